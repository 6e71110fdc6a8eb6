"""The place in a sweep that a new run takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from sqlalchemy.orm import Session

from hamr.store.info import Origin
from hamr.store.names import LONGEST_NAME
from hamr.store.tables import RunRow, SweepRunRow


@dataclass(frozen=True)
class SweepPlace:
    """A sweep, the index of a run in its plan, and what the run takes from the sweep."""

    sweep_id: str
    place: int
    fingerprint: str
    name: str
    origin: Origin | None = None  # of corrected rows

    @property
    def names(self) -> Iterator[str]:
        """Names for the run, of which the first free one is taken."""
        stem = self.name[: LONGEST_NAME - 8]
        return (stem if number == 1 else f"{stem} ({number})" for number in count(1))

    def take(self, session: Session, row: RunRow) -> None:
        """Give the run that place, and the sweep's rows."""
        row.fingerprint = self.fingerprint
        if self.origin is not None:
            row.parent, row.origin, row.origin_version = self.origin
        session.add(SweepRunRow(sweep_id=self.sweep_id, place=self.place, run_id=row.id))
