"""No function is longer than a screen: 40 lines, from `def` to its last line."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST = 40
SCRIPTS = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]
MODULES = [*SCRIPTS, *sorted((ROOT / "hamr").rglob("*.py"))]


def long_functions(text: str) -> dict[str, int]:
    """The functions of a module that are too long, with their lines; decorators do not count."""
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MOST:
                found[node.name] = lines
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_is_longer_than_40_lines(path):
    assert not long_functions(path.read_text("utf-8"))


def test_a_function_of_41_lines_is_found():
    body = "    pass\n" * (MOST - 1)
    assert not long_functions(f"def fits():\n{body}")
    assert long_functions(f"def grows():\n{body}    pass\n") == {"grows": MOST + 1}
