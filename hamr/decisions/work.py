"""What one annotator has done, and how fast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hamr.decisions.records import State

PAUSE_SECONDS = 300  # a longer gap between two decisions is a pause


@dataclass
class Clock:
    """How long one annotator has worked."""

    seconds: float = 0.0  # between acts, without pauses
    timed: int = 0  # gaps counted
    last: datetime | None = None

    def tick(self, time: datetime) -> None:
        """Count an act made at that time."""
        gap = (time - self.last).total_seconds() if self.last else -1.0
        if 0 <= gap <= PAUSE_SECONDS:
            self.seconds += gap
            self.timed += 1
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
    seconds: float  # worked: the gaps between acts, without pauses
    timed: int  # the number of these gaps
    last: datetime | None

    @property
    def reviewed(self) -> int:
        """Rows they decided about, without skipped ones."""
        return self.accepted + self.changed + self.unsure + self.resolved

    @property
    def per_hour(self) -> float | None:
        """Acts per hour of work; None before the second one."""
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
        timed=clock.timed,
        last=clock.last,
    )
