"""The guide's example of a method of one's own runs as it is printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hamr.methods.table import BUILT_IN

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "assets/guide/methods.md").read_text(encoding="utf-8")
OWN = GUIDE[GUIDE.index("## A method of your own") :]


def block(language):
    found = re.search(rf"```{language}\n(.*?)```", OWN, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def folder(tmp_path):
    """A folder with the guide's module and a small table in the place of the demo."""
    (tmp_path / "my_losses.py").write_text(block("python"))
    rows = [f"a fine and happy film number {n},good" for n in range(40)]
    rows += [f"a dull and sad film number {n},bad" for n in range(20)]
    (tmp_path / "reviews.csv").write_text("\n".join(["text,label", *rows]))
    return tmp_path


@pytest.mark.parametrize("verb", ["train", "sweep"])
def test_the_commands_of_the_guide_train_its_method(folder, verb):
    export, *commands = block("bash").splitlines()
    command = next(one for one in commands if f"hamr {verb}" in one)
    arguments = command.removeprefix("python -m hamr ").replace("demo", "reviews.csv").split()
    name, _, value = export.removeprefix("export ").partition("=")
    environment = {**os.environ, name: value, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-m", "hamr", *arguments, "--epochs", "1", "--home", str(folder / "home")],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "brier" in done.stdout.lower()


def test_the_guide_lists_every_method():
    table = GUIDE[: GUIDE.index("## A method of your own")]
    assert [method.name for method in BUILT_IN if f"`{method.name}`" not in table] == []
