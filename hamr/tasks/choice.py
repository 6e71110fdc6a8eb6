"""How a task is chosen in the settings of data, where `auto` means: by the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from hamr.config import DataSettings
from hamr.records import Task

# What people choose from, of a source of their own and of built-in rows.
TASK_TITLES: dict[str, str] = {
    "auto": "Detect automatically",
    "sequence": "Classify texts",
    "token": "Find entities in sentences",
}
BUILT_IN_TITLES: dict[Task, str] = {
    "sequence": "Classify the tactic",
    "token": "Find groups, malware, tools and campaigns",
}


def asks_for_texts(settings: Mapping[str, Any]) -> bool:
    """Whether these settings of data name the task of texts with a class."""
    return settings.get("task") == "sequence"


def tagged_task(*, tagged: bool) -> Task:
    """The task of rows that are tagged sentences, or texts with a class."""
    return "token" if tagged else "sequence"


def built_in_task(settings: DataSettings) -> Task:
    """The task of built-in rows, which serve both: texts with a class unless entities are named."""
    return tagged_task(tagged=settings.task == "token")


def setting_of(task: Task | None) -> Literal["auto", "token"]:
    """The setting by which built-in rows serve the task: links and commands may leave out auto."""
    return "token" if task == "token" else "auto"
