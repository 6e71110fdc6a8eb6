"""What a method does is in one table: no other module names one to tell methods apart."""

import ast
from pathlib import Path

import pytest

from hamr.methods.table import BUILT_IN

ROOT = Path(__file__).parents[2]
OWNERS = {"hamr/methods/table.py", "hamr/config/renamed.py"}  # the table, and its older names
NAMES = {method.name for method in BUILT_IN}
MODULES = [
    path
    for folder in ("hamr", "pages")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path.relative_to(ROOT).as_posix() not in OWNERS
]


def named(tree: ast.AST) -> list[str]:
    """The methods that comparisons, patterns and displays of a module name, with their lines."""
    found = []
    exported = [node.value for node in ast.walk(tree) if _exports(node)]
    for node in ast.walk(tree):
        if node in exported:
            continue
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.List | ast.Set | ast.Tuple):
            parts = [*node.elts]
        elif isinstance(node, ast.Dict):
            parts = [*node.keys, *node.values]
        elif isinstance(node, ast.MatchValue):
            parts = [node.value]
        texts = [part.value if isinstance(part, ast.Constant) else None for part in parts]
        for before, text in zip([None, *texts], texts, strict=False):
            # `python -m hamr` names the program.
            if isinstance(text, str) and text in NAMES and before != "-m":
                found.append(f"line {node.lineno}: {text}")
    return found


def _exports(node: ast.AST) -> bool:
    """Whether this is __all__, which names functions: a loss is called like its method."""
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_but_the_table_tells_methods_apart_by_name(path):
    assert named(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "code",
    ['m == "erm"', 'm in ("erm", x)', '{"smote": 1}', '["focal"]', 'match m:\n case "dice": pass'],
)
def test_a_method_named_in_code_is_found(code):
    assert len(named(ast.parse(code))) == 1
