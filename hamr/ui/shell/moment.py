"""A run as one script of a page sees it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from hamr.records import Split
from hamr.store import Run, RunInfo
from hamr.store.rows import RowTable

T = TypeVar("T")


class RunNow(Run):
    """A run that puts each question to the store once, and keeps the answer.

    A page asks for the state, the epochs and the same signals from many places. Asked once,
    they cost it a few milliseconds of the database instead of dozens, and all of the page
    is of one moment, even where the worker ends an epoch while the script runs. Made for
    each script run; what looks again later (a fragment) asks `afresh`.
    """

    def __init__(self, run: Run, info: RunInfo | None = None) -> None:
        super().__init__(run.store, run.id, run.past)
        self._answers: dict[Any, Any] = {}
        if info is not None:
            self.info = info

    @cached_property
    def info(self) -> RunInfo:  # still read-only to all but __init__
        """The run as it stood when it was first asked for."""
        return super().info

    def afresh(self) -> Run:
        """The same run, which asks the store each time."""
        return Run(self.store, self.id, self.past)

    def epochs(self) -> list[int]:
        """The epochs that were complete when they were first asked for."""
        return list(self._once("epochs", super().epochs))

    def scalars(self) -> list[dict[str, Any]]:
        """EPOCH_SCALARS of those epochs."""
        complete = set(self.epochs())
        return [s for s in self._once("scalars", super().scalars) if s["epoch"] in complete]

    def signal(self, name: str, epoch: int) -> np.ndarray:
        """As `Run.signal`; an epoch never changes."""
        read = super().signal
        return self._once((name, epoch), lambda: read(name, epoch))

    def array(self, name: str, epoch: int) -> np.ndarray:
        """As `Run.array`; those of an epoch never change."""
        read = super().array
        return self._once(("array", name, epoch), lambda: read(name, epoch))

    def map(self) -> np.ndarray | None:
        """As `Run.map`."""
        return self._once("map", super().map)

    def held_out_map(self) -> np.ndarray | None:
        """As `Run.held_out_map`."""
        return self._once("held-out map", super().held_out_map)

    def rows(self, split: Split = "train") -> RowTable:
        """As `Run.rows`; rows never change."""
        read = super().rows
        return self._once(split, lambda: read(split))

    def _once(self, question: Any, ask: Callable[[], T]) -> T:
        if question not in self._answers:
            self._answers[question] = ask()
        answer: T = self._answers[question]
        return answer
