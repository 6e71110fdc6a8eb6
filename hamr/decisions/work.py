"""What one annotator has done: progress and pace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hamr.decisions.records import State

PAUSE_SECONDS = 300  # a longer gap between two decisions is no work


@dataclass
class Clock:
    """How long one annotator has been at work."""

    seconds: float = 0.0  # between acts, pauses left out
    timed: int = 0  # the gaps that were counted
    last: datetime | None = None

    def tick(self, time: datetime) -> None:
        """An act was made then."""
        gap = (time - self.last).total_seconds() if self.last else -1.0
        if 0 <= gap <= PAUSE_SECONDS:
            self.seconds += gap
            self.timed += 1
        self.last = time


@dataclass(frozen=True)
class Work:
    """How many rows stand at what, by one annotator."""

    annotator: str
    accepted: int  # rows whose label they left as it was
    changed: int  # rows that they gave another label
    unsure: int
    skipped: int
    resolved: int
    seconds: float  # at work: the gaps between acts, pauses left out
    timed: int  # the acts that those seconds lie between
    last: datetime | None

    @property
    def judged(self) -> int:
        """Rows that they have said something about, skips left out."""
        return self.accepted + self.changed + self.unsure + self.resolved

    @property
    def per_hour(self) -> float | None:
        """Acts an hour while at work; None before the second one."""
        return 3600 * self.timed / self.seconds if self.seconds > 0 else None


def work_of(annotator: str, states: Iterable[State], clock: Clock) -> Work:
    """The work of an annotator, from the states of the rows they judged and their clock."""
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
