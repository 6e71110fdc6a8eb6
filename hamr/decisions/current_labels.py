"""The current label of a row: the label that people decided on, otherwise the original one, each
with its classes as they are called now (see `class_acts`).

This is the only place where the two are combined. Whoever shows, trains on or exports current
labels asks it, and supplies the original labels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from hamr.decisions.class_acts import AS_THEY_CAME, Names
from hamr.decisions.records import Label, State

Original = Callable[[str], Label]  # row id -> the label that the row came with


@dataclass(frozen=True)
class CurrentLabels:
    """The labels that people decided on; every other row keeps its original label."""

    # Row id -> label. Of all rows together, it also has the original labels that read otherwise
    # since their class was renamed or merged.
    decided: Mapping[str, Label] = field(default_factory=dict)
    names: Names = AS_THEY_CAME  # what classes are called

    @classmethod
    def of_states(
        cls,
        states: Iterable[State | None],
        names: Names = AS_THEY_CAME,
        renamed: Mapping[str, Label] | None = None,
    ) -> CurrentLabels:
        """From the states of rows; a row in conflict, like one without a state, is not decided.

        `renamed` has the original labels that read otherwise by `names`, by row id.
        """
        known = (state for state in states if state is not None)
        decided = {state.row_id: state.label for state in known if state.label is not None}
        return cls({**(renamed or {}), **decided}, names)

    def label(self, row_id: str, original: Original) -> Label:
        """The current label of a row."""
        decided = self.decided.get(row_id)
        if decided is not None:
            return decided
        came = original(row_id)
        read = self.names.read(came, AS_THEY_CAME)
        return came if read is None else read

    def changes(self, original: Original) -> dict[str, Label]:
        """The current labels that differ from the original ones, by row id."""
        return {row: label for row, label in self.decided.items() if label != original(row)}

    def among(self, row_ids: Iterable[str]) -> dict[int, Label]:
        """The decided labels of these rows, by their position."""
        return {
            index: self.decided[row_id]
            for index, row_id in enumerate(row_ids)
            if row_id in self.decided
        }


@dataclass(frozen=True)
class Corrections:
    """The current labels that differ from the original ones."""

    version: int  # of the last event included
    labels: Mapping[str, Label]  # row id -> label
    conflicts: int = 0  # rows that keep their label because annotators differ
    names: Names = AS_THEY_CAME  # what classes are called
    # The labels given to rows that were attached without one (see `pools`), by row id.
    added: Mapping[str, Label] = field(default_factory=dict)

    @property
    def current(self) -> CurrentLabels:
        """The current labels; rows without a correction keep their original label."""
        return CurrentLabels(self.labels, self.names)
