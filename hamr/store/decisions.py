"""What follows from all decisions on one data set."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from hamr.decisions import (
    Agreement,
    Corrections,
    CurrentLabels,
    Label,
    Log,
    Names,
    Rules,
    State,
    Work,
    agreement,
    refusal,
)
from hamr.records import Split
from hamr.store.decision_log import DecisionLog

MOST_READINGS = 8  # of the original labels, by what classes are called, kept in memory


class Decisions(DecisionLog):
    """All decisions on the rows of one data set. Safe for threads and for many processes."""

    # --- what follows from the events ---

    @property
    def version(self) -> int:
        """The version of the last event, 0 before the first: every decision changes it."""
        return self._look(lambda log: log.version)

    @property
    def count(self) -> int:
        """How many events there are."""
        return self._look(lambda log: len(log.by_client))

    def state(self, row_id: str) -> State | None:
        """The state of a row; None if nobody ever decided about it."""
        return self._look(lambda log: log.state(row_id))

    def states(self, split: Split | None = None, at: int | None = None) -> dict[str, State]:
        """The state of each row that anybody decided about, by id; with `at`, right after that
        version.
        """
        found = self._look(Log.states if at is None else lambda log: log.states_at(at))
        if split is None:
            return found
        return {row: state for row, state in found.items() if self.rows.split(row) == split}

    def conflicts(self) -> list[State]:
        """The rows on which annotators disagree and no final label is chosen, oldest first."""
        found = [state for state in self.states().values() if state.conflict]
        return sorted(found, key=lambda state: state.version)

    def corrections(self, split: Split | None = None, at: int | None = None) -> Corrections:
        """The current labels that differ from the original ones, of rows that have no conflict;
        with `at`, as they were right after that version.

        With `split`, decisions on other splits are left out. Class acts are not: rows that are
        scored have the same classes as those that are trained on.
        """
        version = self.version if at is None else at
        known = self._corrections.get(split)
        if known is not None and known.version == version:
            return known
        states = self.states(split, at=version)
        changed = self.current(states, at).changes(self.rows.original)
        found = Corrections(
            version=version,
            labels={row: label for row, label in changed.items() if row in self.rows},
            conflicts=sum(state.conflict for state in states.values()),
            names=self.class_names(at),
            added={row: label for row, label in changed.items() if row not in self.rows},
        )
        if at is None:
            self._corrections[split] = found
        return found

    def current(self, states: Mapping[str, State], at: int | None = None) -> CurrentLabels:
        """The current labels that follow from these states and from class acts, of all rows;
        with `at`, as right after that version, which the states must be of too.
        """
        names = self.class_names(at)
        return CurrentLabels.of_states(states.values(), names, self._renamed(names))

    def label(self, row_id: str) -> Label:
        """The current label of a row. Raises DecisionError if there is no such row."""
        current = CurrentLabels.of_states([self.state(row_id)], self.class_names())
        return current.label(row_id, self.rows.original)

    def original(self, row_id: str) -> Label:
        """The label that a row came with, as its class is called now."""
        return CurrentLabels({}, self.class_names()).label(row_id, self.rows.original)

    def class_names(self, at: int | None = None) -> Names:
        """What classes are called now; with `at`, right after that version."""
        return self._look(lambda log: log.classes.now if at is None else log.classes.at(at))

    def class_keys(self) -> tuple[str, ...]:
        """The keys (see `hamr.decisions.class_acts`) of the classes (of sentences the types) of the
        data, then those that decisions added.
        """
        own = self.rows.names
        return self._look(lambda log: log.class_keys(own))

    def names(self) -> tuple[str, ...]:
        """What the classes (of sentences the types) are called that can be given."""
        return self.class_names().given(self.class_keys())

    def refusal(self, name: str) -> str:
        """Why a name of a class can't be given: it was retired, renamed or merged; "" if not."""
        return refusal(name, self.class_names(), self.class_keys())

    def annotators(self) -> list[str]:
        """Everybody who has decided anything, by their first decision."""
        return self._look(Log.annotators)

    def decided_since(self, version: int) -> int:
        """How many decisions were stored after a version."""
        return self._look(lambda log: log.decided_since(version))

    def progress(self, annotator: str) -> Work:
        """What an annotator has done, and how fast."""
        return self._look(lambda log: log.work(annotator))

    def agreement(self) -> Agreement:
        """The agreement on rows that more than one annotator labelled blind."""
        given = (state.given for state in self.states().values())
        return agreement(
            {j.annotator: j.label for j in own if j.label is not None} for own in given
        )

    def last_act(self, annotator: str) -> str | None:
        """The act that this annotator would undo next; None if there is none."""
        return self._look(lambda log: log.last_act(annotator))

    def next_redo(self, annotator: str) -> str | None:
        """The act that this annotator would redo next; None if there is none."""
        return self._look(lambda log: log.next_redo(annotator))

    # --- how people work together ---

    @property
    def rules(self) -> Rules:
        """The rules of working together now."""
        return self._look(lambda log: log.rules)

    # --- inside ---

    def _renamed(self, names: Names) -> Mapping[str, Label]:
        """The original labels that read otherwise by these names, by row id."""
        if not names.touches:
            return {}
        key = (tuple(sorted(names.called.items())), tuple(sorted(names.merged.items())))
        if key not in self._read_as:
            if len(self._read_as) >= MOST_READINGS:
                self._read_as.clear()
            self._read_as[key] = self.rows.read_as(names)
        return self._read_as[key]

    @cached_property
    def _read_as(self) -> dict[object, Mapping[str, Label]]:
        return {}
