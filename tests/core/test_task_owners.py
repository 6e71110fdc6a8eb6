"""What tells the tasks apart has few owners: no other module compares the name of a task."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = {"token", "sequence"}
# Each owner, and what it owns.
OWNERS = {
    "hamr/tasks/words.py",  # what people call rows and labels
    "hamr/tasks/features.py",  # what a page or a command can offer
    "hamr/tasks/labels.py",  # the kinds of label
    "hamr/tasks/choice.py",  # how a setting chooses a task
    "hamr/training/tasks.py",  # models, steps and scores
    "hamr/inference/passes.py",  # how trained models are applied
    "hamr/data/task.py",  # which task a source is for
    "hamr/data/readers.py",  # how its rows are read
    "hamr/config/presets.py",  # the defaults of its settings
    "hamr/methods/fitness.py",  # which methods are for it
    "hamr/methods/table.py",  # what a method sets itself for it
}
MODULES = [
    path
    for folder in ("hamr", "pages")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path.relative_to(ROOT).as_posix() not in OWNERS
]


def forks(code: str) -> list[str]:
    """Where code tells tasks apart by name: in a comparison, the keys of a dict, or a match."""
    found: list[str] = []
    for node in ast.walk(ast.parse(code)):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.Dict):
            parts = [*node.keys]
        elif isinstance(node, ast.MatchValue):
            parts = [node.value]
        inner = [each for part in parts if part for each in ast.walk(part)]
        names = [each for each in inner if isinstance(each, ast.Constant) and each.value in NAMES]
        found += [f"line {name.lineno}: {name.value}" for name in names]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_but_the_owners_tells_tasks_apart_by_name(path):
    assert forks(path.read_text(encoding="utf-8")) == []


def test_every_owner_is_a_module_that_there_is():
    assert [owner for owner in sorted(OWNERS) if not (ROOT / owner).is_file()] == []


@pytest.mark.parametrize(
    "code",
    [
        'task == "token"',
        '"sequence" != run.info.task',
        'task in ("token", other)',
        '{"token": 1}',
        'match task:\n case "token": pass',
    ],
)
def test_a_fork_is_found(code):
    assert len(forks(code)) == 1


def test_the_name_of_a_task_may_be_passed_on():
    assert forks('load(task="token")') == []
