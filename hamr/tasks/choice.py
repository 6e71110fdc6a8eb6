"""How a task is chosen in the settings of data, where `auto` means: by the file."""

from __future__ import annotations

from typing import Literal

from hamr.config import DataSettings
from hamr.records import Task


def tagged_task(*, tagged: bool) -> Task:
    """The task of rows that are tagged sentences, or texts with a class."""
    return "token" if tagged else "sequence"


def built_in_task(settings: DataSettings) -> Task:
    """The task of built-in rows, which serve both: texts with a class unless entities are named."""
    return tagged_task(tagged=settings.task == "token")


def setting_of(task: Task | None) -> Literal["auto", "token"]:
    """The setting by which built-in rows serve the task: links and commands may leave out auto."""
    return "token" if task == "token" else "auto"
