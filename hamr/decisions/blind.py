"""What an annotator may see of rows in blind mode: no label of others before one of their own.

Until they have decided on a row (a skip decides nothing), its state is that of their own events.
The version of that state, which their decision names as its `base`, so shows for good that they
had seen nobody else's label. Whoever has decided once has seen the others' labels since, also if
they undo their decision.
"""

from __future__ import annotations

from collections.abc import Sequence

from hamr.decisions.records import DECIDING, Event


def has_decided(events: Sequence[Event], annotator: str) -> bool:
    """Whether the annotator ever decided on the row that these events touch."""
    return any(
        event.annotator == annotator and event.kind in DECIDING and event.kind != "skip"
        for event in events
    )
