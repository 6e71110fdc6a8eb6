"""What one annotator has done, and how fast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from hamr.decisions.records import State

PAUSE_SECONDS = 300  # a longer gap between two acts is a pause
LEAST_SECONDS = 0.1  # nobody reviews a row in less: such decisions come from a file


@dataclass
class Clock:
    """How long one annotator has worked on rows one by one, and on how many.

    A gap between two acts is the time for the row that ends it. Pauses don't count, nor do rows of
    groups and files, nor the time for them. A row that is decided again takes more time, but is
    still one row.
    """

    seconds: float = 0.0
    rows: set[str] = field(default_factory=set)
    last: datetime | None = None
    _act: str = ""
    _undo: tuple[float, str] | None = None  # the newest time and row, until another act begins

    def tick(self, time: datetime, act_id: str, row_id: str) -> None:
        """Count a decision made at that time, on that row."""
        if act_id == self._act:  # a group after all
            if self._undo is not None:
                self.seconds -= self._undo[0]
                self.rows.discard(self._undo[1])
            self._undo = None
        else:
            gap = (time - self.last).total_seconds() if self.last else -1.0
            self._act, self._undo = act_id, None
            if LEAST_SECONDS <= gap <= PAUSE_SECONDS:
                self._undo = gap, row_id if row_id not in self.rows else ""
                self.seconds += gap
                self.rows.add(row_id)
        self.last = time


@dataclass(frozen=True)
class Work:
    """How many rows one annotator has reviewed, by outcome."""

    annotator: str
    accepted: int  # rows whose label they left as it was
    changed: int  # rows that they gave another label
    unsure: int
    skipped: int
    resolved: int
    seconds: float  # worked on rows one by one, without pauses
    timed: int  # the rows reviewed in that time
    last: datetime | None

    @property
    def reviewed(self) -> int:
        """Rows they decided about, without skipped ones."""
        return self.accepted + self.changed + self.unsure + self.resolved

    @property
    def per_hour(self) -> float | None:
        """Rows reviewed one by one per hour of work; None before the second one."""
        return 3600 * self.timed / self.seconds if self.seconds > 0 else None


def work_of(annotator: str, states: Iterable[State], clock: Clock) -> Work:
    """The work of an annotator, from the states of the rows they reviewed and their clock."""
    own = [one for state in states for one in state.judgements if one.annotator == annotator]
    kinds = Counter("accepted" if one.accepts else one.kind for one in own)
    return Work(
        annotator=annotator,
        accepted=kinds["accepted"],
        changed=kinds["label"],
        unsure=kinds["unsure"],
        skipped=kinds["skip"],
        resolved=kinds["resolve"],
        seconds=clock.seconds,
        timed=len(clock.rows),
        last=clock.last,
    )
