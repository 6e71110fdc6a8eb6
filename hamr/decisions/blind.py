"""What an annotator may see of rows in blind mode: no label of others before one of their own.

Until they have decided on a row (a skip decides nothing), its state is that of their own events.
The version of that state, which their decision names as its `base`, so shows for good that they
had seen nobody else's label. Whoever has decided once has seen the others' labels since, also if
they undo their decision.
"""

from __future__ import annotations

from collections.abc import Sequence

from hamr.decisions.fold import Relabel, fold_row
from hamr.decisions.records import DECIDING, Event, State


def has_decided(events: Sequence[Event], annotator: str) -> bool:
    """Whether the annotator ever decided on the row that these events touch."""
    return any(
        event.annotator == annotator and event.kind in DECIDING and event.kind != "skip"
        for event in events
    )


class SeenStates:
    """The states of rows that one annotator may see; kept until something changes them."""

    def __init__(self, annotator: str) -> None:
        self._annotator = annotator
        self._known: dict[str, tuple[tuple[int, int], State | None]] = {}

    def state(
        self, row_id: str, events: Sequence[Event], relabel: Relabel, names: int
    ) -> State | None:
        """The state of a row that they have not decided on, given all its events.

        `names` grows whenever classes are renamed or merged.
        """
        key = (events[-1].version, names)
        known = self._known.get(row_id)
        if known is None or known[0] != key:
            own = [event for event in events if event.annotator == self._annotator]
            known = (key, fold_row(row_id, own, relabel) if own else None)
            self._known[row_id] = known
        return known[1]
