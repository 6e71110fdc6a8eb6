"""The decisions on a data set as one annotator may see them in blind mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from hamr.decisions import Agreement, Decision, Event, Label, Log, Names, Recorded, State
from hamr.decisions.blind import has_decided
from hamr.records import Split
from hamr.store.decisions import Decisions
from hamr.store.labelled_rows import LabelledRows

T = TypeVar("T")


def as_seen_by(decisions: Decisions, annotator: str) -> Decisions:
    """The decisions as that annotator may see them; the same unless blind mode is on."""
    return Seen(decisions, annotator) if decisions.rules.blind else decisions


class Seen(Decisions):
    """States, labels and histories of rows without what others said about rows that the annotator
    has not decided on. Everything is stored as usual.
    """

    def __init__(self, whole: Decisions, annotator: str) -> None:
        super().__init__(whole._database, whole.fingerprint, whole._open_rows, whole.pool)
        self._whole, self.annotator = whole, annotator

    def record(self, decisions: Sequence[Decision]) -> list[Recorded]:
        """As of all decisions."""
        return self._whole.record(decisions)

    def add(self, event: Event, check: Callable[[Log], None]) -> Recorded:
        """As of all decisions."""
        return self._whole.add(event, check)

    def undo(self, act_id: str, annotator: str, client_id: str) -> Recorded:
        """As of all decisions."""
        return self._whole.undo(act_id, annotator, client_id)

    def redo(self, act_id: str, annotator: str, client_id: str) -> Recorded:
        """As of all decisions."""
        return self._whole.redo(act_id, annotator, client_id)

    def state(self, row_id: str) -> State | None:
        """The state of a row that the annotator may see; None if there is none."""
        return self._look(lambda log: log.seen(row_id, self.annotator))

    def states(self, split: Split | None = None, at: int | None = None) -> dict[str, State]:
        """The state that the annotator may see of each row that has one."""
        found = self._look(lambda log: log.seen_states(self.annotator, at))
        if split is None:
            return found
        return {row: state for row, state in found.items() if self.rows.split(row) == split}

    def history(self, row_id: str) -> list[Event]:
        """The events on a row that the annotator may see."""
        events = self._whole.history(row_id)
        if has_decided(events, self.annotator):
            return events
        return [event for event in events if event.annotator == self.annotator]

    def hides(self, row_id: str) -> bool:
        """Whether the annotator may not yet see what others said about the row."""
        return self._look(lambda log: not log.has_decided(row_id, self.annotator))

    def agreement(self) -> Agreement:
        """That of everybody's labels, which shows nobody's."""
        return self._whole.agreement()

    @property
    def rows(self) -> LabelledRows:
        """The rows of the data set."""
        return self._whole.rows

    def _look(self, ask: Callable[[Log], T]) -> T:
        return self._whole.ask(ask)

    def _renamed(self, names: Names) -> Mapping[str, Label]:
        return self._whole._renamed(names)
