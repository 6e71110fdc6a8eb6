"""The JavaScript of the map and of the span editor: unit tests, bundles, and the map's bytes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from hamr.ui.widgets.modules import bundle
from tests.js import golden

KEYBOARD = golden.FOLDER.parents[1] / "assets" / "keyboard"

ASSETS = Path(__file__).parents[2] / "assets"
TESTS = sorted(golden.FOLDER.glob("*.test.mjs"))


@pytest.fixture
def node() -> str:
    """The program that runs JavaScript; where tests decide about a change, it must be there."""
    found = shutil.which("node")
    if found is None:
        sentence = "no node: install Node.js 18 or newer (apt-get install nodejs)"
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    return found


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_unit_tests_pass(node: str) -> None:
    done = run(node, "--test", *map(str, TESTS))
    assert done.returncode == 0, done.stdout + done.stderr
    assert TESTS


def test_the_golden_bytes_are_those_that_python_packs() -> None:
    raw, _ = golden.contents()
    assert raw == golden.BYTES.read_bytes(), "the format changed: python -m tests.js.golden"


def test_the_golden_values_are_those_of_the_golden_bytes() -> None:
    _, values = golden.contents()
    assert values == json.loads(golden.VALUES.read_text("utf-8"))


@pytest.mark.parametrize("entry", ["pointmap/map.js", "pointmap/feed.js", "spaneditor/editor.js"])
def test_a_bundle_is_one_module_that_needs_no_other(node: str, tmp_path: Path, entry: str) -> None:
    joined = tmp_path / "bundle.mjs"
    joined.write_text(bundle(ASSETS / entry), "utf-8")
    show = ".then(module => console.log(Object.keys(module), typeof module.default))"
    done = run(node, "-e", f"import({json.dumps(joined.as_uri())}){show}")
    assert done.stdout.strip() == "[ 'default' ] function", done.stderr


def test_the_keyboard_is_one_module_that_needs_no_other(node: str, tmp_path: Path) -> None:
    joined = tmp_path / "bundle.mjs"
    joined.write_text(bundle(KEYBOARD / "keyboard.js"), "utf-8")
    show = ".then(module => console.log(typeof module.default))"
    assert run(node, "-e", f"import({json.dumps(joined.as_uri())}){show}").stdout == "function\n"


def write(folder: Path, **texts: str) -> Path:
    """Write modules; the path of the first."""
    paths = [folder / f"{name}.js" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, "utf-8")
    return paths[0]


def test_a_module_comes_once_and_after_those_it_imports(tmp_path: Path) -> None:
    entry = write(
        tmp_path,
        main='import { a } from "./a.js";\nimport { b } from "./b.js";\nexport default a + b;\n',
        a='import { b } from "./b.js";\nexport const a = b;\n',
        b="export const b = 1;\n",
    )
    assert bundle(entry) == "const b = 1;\n\nconst a = b;\n\nexport default a + b;\n"


@pytest.mark.parametrize(
    ("main", "other", "sentence"),
    [
        ("const same = 1;", "export const same = 2;", "both declare same"),
        ("const one = 1;", "export const b = 1;\nexport default b;", "default export"),
        ("const one = 1;", 'import { one } from "./main.js";', "in a circle"),
        ('import { x as y } from "./other.js";', "export const x = 1;", "may import only as in"),
        ('import "https://example.org/x.js";', "export const x = 1;", "may import only as in"),
    ],
)
def test_what_can_not_be_joined_is_refused(
    tmp_path: Path, main: str, other: str, sentence: str
) -> None:
    text = f'import {{ b }} from "./other.js";\n{main}\n'
    entry = write(tmp_path, main=text, other=f"{other}\n")
    with pytest.raises(ValueError, match=sentence):
        bundle(entry)
