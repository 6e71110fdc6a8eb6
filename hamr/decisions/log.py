"""All events of a data set in memory, and the states of its rows, brought up to date in steps.

The same states as `fold` gives for all events at once; a new event costs only the rows that it
touches. The rows' texts and the evidence are not kept here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile

from hamr.decisions.fold import fold_row
from hamr.decisions.records import Event, Label, Recorded, State
from hamr.decisions.work import Clock, Work, work_of


@dataclass
class Act:
    """Decisions that are undone and redone together."""

    annotator: str
    rows: dict[str, None] = field(default_factory=dict)
    undone: bool = False


class Log:
    """What happened, in order. Whoever shares it between threads holds a lock."""

    def __init__(self) -> None:
        self.version = 0  # of the last event
        self.by_client: dict[str, Event] = {}
        self.acts: dict[str, Act] = {}
        self._touching: dict[str, list[Event]] = {}
        self._states: dict[str, State] = {}
        self._done: dict[str, list[str]] = {}  # annotator -> acts that stand, oldest first
        self._undone: dict[str, list[str]] = {}  # annotator -> acts to redo, the next one last
        self._judged: dict[str, dict[str, None]] = {}  # annotator -> rows
        self._clocks: dict[str, Clock] = {}
        self._named: dict[str, set[str]] = {}  # class or type -> the acts that give it

    def add(self, events: Iterable[Event]) -> None:
        """Take up events in their order; those that are known are passed over."""
        for event in events:
            if event.version <= self.version:
                continue
            self.version = event.version
            self.by_client[event.client_id] = event
            if event.row_id is None:
                self._turn(event)
            else:
                self._decide(event, event.row_id)

    def state(self, row_id: str) -> State | None:
        """Where a row stands; None if nothing was ever decided about it."""
        if row_id not in self._states and row_id in self._touching:
            self._states[row_id] = fold_row(row_id, self._touching[row_id])
        return self._states.get(row_id)

    def states(self) -> dict[str, State]:
        """Where each row stands that anything was decided about."""
        if len(self._states) < len(self._touching):
            for row_id in self._touching.keys() - self._states.keys():
                self._states[row_id] = fold_row(row_id, self._touching[row_id])
        return dict(self._states)

    def states_at(self, version: int) -> dict[str, State]:
        """Where each row stood right after that version, of those that had been decided about."""
        if version >= self.version:
            return self.states()
        found = {row_id: self.state_after(row_id, version) for row_id in self._touching}
        return {row_id: state for row_id, state in found.items() if state is not None}

    def decided_since(self, version: int) -> int:
        """How many decisions came after that version; undo and redo are none."""
        later = takewhile(lambda event: event.version > version, reversed(self.by_client.values()))
        return sum(event.row_id is not None for event in later)

    def state_after(self, row_id: str, version: int) -> State | None:
        """Where a row stood right after that version."""
        events = [event for event in self._touching[row_id] if event.version <= version]
        return fold_row(row_id, events) if events else None

    def touching(self, row_id: str) -> list[Event]:
        """The events that touch a row, in their order."""
        return list(self._touching.get(row_id, ()))

    def names(self) -> set[str]:
        """The classes (of sentences the types) that standing decisions give."""
        return {
            name
            for name, acts in self._named.items()
            if any(not self.acts[act].undone for act in acts)
        }

    def last_act(self, annotator: str) -> str | None:
        """The act that an undo takes back; None if there is none."""
        done = self._done.get(annotator)
        return done[-1] if done else None

    def next_redo(self, annotator: str) -> str | None:
        """The act that a redo brings back; None if there is none, as after a new act."""
        undone = self._undone.get(annotator)
        return undone[-1] if undone else None

    def answer(self, client_id: str) -> Recorded:
        """What was said, or would have been, right after the commit of that send."""
        event = self.by_client[client_id]
        rows = [event.row_id] if event.row_id is not None else [*self.acts[event.act_id].rows]
        before = self.state_after(rows[0], event.version - 1) if event.row_id else None
        states = (self.state_after(row_id, event.version) for row_id in rows)
        return Recorded(
            version=event.version,
            client_id=client_id,
            act_id=event.act_id,
            time=event.time,
            states=tuple(state for state in states if state),
            unseen=before.unseen(event.annotator, event.base) if before else (),
        )

    def annotators(self) -> list[str]:
        """Everybody who has decided anything, in the order they came."""
        return list(self._judged)

    def work(self, annotator: str) -> Work:
        """What an annotator has done."""
        states = (self.state(row_id) for row_id in self._judged.get(annotator, ()))
        clock = self._clocks.get(annotator, Clock())
        return work_of(annotator, (state for state in states if state), clock)

    def _decide(self, event: Event, row_id: str) -> None:
        self._judged.setdefault(event.annotator, {})[row_id] = None
        self._touching.setdefault(row_id, []).append(event)
        self._states.pop(row_id, None)
        if event.act_id not in self.acts:
            self.acts[event.act_id] = Act(event.annotator)
            # A whole group is one act: its rows were not judged one by one.
            self._clocks.setdefault(event.annotator, Clock()).tick(event.time)
            self._done.setdefault(event.annotator, []).append(event.act_id)
            self._undone.pop(event.annotator, None)
        self.acts[event.act_id].rows[row_id] = None
        for name in names_in(event.new):
            self._named.setdefault(name, set()).add(event.act_id)

    def _turn(self, event: Event) -> None:
        act = self.acts[event.act_id]
        act.undone = event.kind == "undo"
        for row_id in act.rows:
            self._touching[row_id].append(event)
            self._states.pop(row_id, None)
        done = self._done.setdefault(act.annotator, [])
        undone = self._undone.setdefault(act.annotator, [])
        source, target = (done, undone) if act.undone else (undone, done)
        if event.act_id in source:
            source.remove(event.act_id)
        target.append(event.act_id)


def names_in(label: Label | None) -> set[str]:
    """The class that a label names, or the types of its spans."""
    if label is None:
        return set()
    return {label} if isinstance(label, str) else {kind for _, _, kind in label}
