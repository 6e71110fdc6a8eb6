"""All events of a data set in memory, and the states of its rows, updated event by event.

The states are the same as `fold` computes from all events at once; a new event costs only the
rows that it touches. Texts and evidence are not held in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from hamr.decisions.blind import has_decided
from hamr.decisions.class_acts import ClassActs
from hamr.decisions.comments import Comments
from hamr.decisions.fold import fold_row
from hamr.decisions.guidelines import Guidelines
from hamr.decisions.pools import Attachments
from hamr.decisions.records import (
    CLASS_ACTS,
    COMMENTING,
    DECIDING,
    TURNING,
    Event,
    Label,
    Recorded,
    State,
)
from hamr.decisions.rules import Rules
from hamr.decisions.work import Clock, Work, work_of


@dataclass
class Act:
    """Decisions that are undone and redone together."""

    annotator: str
    rows: dict[str, None] = field(default_factory=dict)
    undone: bool = False


class Log:
    """All events, in order. Not thread-safe: the owner holds a lock."""

    def __init__(self) -> None:
        self.version = 0  # of the last event
        self.by_client: dict[str, Event] = {}
        self.acts: dict[str, Act] = {}
        self._touching: dict[str, list[Event]] = {}
        self._states: dict[str, State] = {}
        self._done: dict[str, list[str]] = {}  # annotator -> valid acts, oldest first
        self._undone: dict[str, list[str]] = {}  # annotator -> acts to redo, the next one last
        self._reviewed: dict[str, dict[str, None]] = {}  # annotator -> rows
        self._clocks: dict[str, Clock] = {}
        self._named: dict[str, set[str]] = {}  # key of a class or type -> the acts that give it
        self.classes = ClassActs()
        self.comments = Comments()
        self.guidelines = Guidelines()
        self.rules = Rules()
        self.pool = Attachments()

    def add(self, events: Iterable[Event]) -> None:
        """Add events in their order; known ones are ignored."""
        for event in events:
            if event.version <= self.version:
                continue
            self.version = event.version
            self.by_client[event.client_id] = event
            if event.kind in DECIDING and event.row_id is not None:
                self._decide(event, event.row_id)
            elif event.kind in TURNING:
                self._undo_or_redo(event)
            elif event.kind in CLASS_ACTS:
                self._begin(event)
                self.classes.add(event)
                self._states.clear()
            elif event.kind in COMMENTING:
                self.comments.add(event)
            elif event.kind == "guideline":
                self.guidelines.add(event, self.classes.now)
            elif event.kind in ("attach", "detach"):
                self.pool.add(event)
            else:
                self.rules = self.rules.after(event)

    def state(self, row_id: str) -> State | None:
        """The state of a row; None if nothing was ever decided about it."""
        if row_id not in self._states and row_id in self._touching:
            relabel = self.classes.relabel()
            self._states[row_id] = fold_row(row_id, self._touching[row_id], relabel)
        return self._states.get(row_id)

    def states(self) -> dict[str, State]:
        """The state of each row that anything was decided about, by row id."""
        if len(self._states) < len(self._touching):
            relabel = self.classes.relabel()
            for row_id in self._touching.keys() - self._states.keys():
                self._states[row_id] = fold_row(row_id, self._touching[row_id], relabel)
        return dict(self._states)

    def states_at(self, version: int) -> dict[str, State]:
        """The state of each row decided about, as of that version."""
        if version >= self.version:
            return self.states()
        found = {row_id: self.state_after(row_id, version) for row_id in self._touching}
        return {row_id: state for row_id, state in found.items() if state is not None}

    def decided_since(self, version: int) -> int:
        """How many decisions came after that version; undo, comments and the like do not count."""
        later = takewhile(lambda event: event.version > version, reversed(self.by_client.values()))
        return sum(event.kind in DECIDING for event in later)

    def state_after(self, row_id: str, version: int) -> State | None:
        """The state of a row as of that version; None if nothing was decided by then."""
        events = [event for event in self._touching[row_id] if event.version <= version]
        return fold_row(row_id, events, self.classes.relabel(version)) if events else None

    def seen(self, row_id: str, annotator: str, version: int | None = None) -> State | None:
        """The state of a row as an annotator may see it in blind mode; see `blind`.

        With `version`, right after it.
        """
        if row_id not in self._reviewed.get(annotator, ()):
            return None
        events, at = self._touching[row_id], self.version if version is None else version
        if at < self.version:
            events = [event for event in events if event.version <= at]
        if has_decided(events, annotator):
            return self.state(row_id) if at >= self.version else self.state_after(row_id, at)
        own = [event for event in events if event.annotator == annotator]
        return fold_row(row_id, own, self.classes.relabel(at)) if own else None

    def seen_states(self, annotator: str, version: int | None = None) -> dict[str, State]:
        """`seen` of each row of which the annotator may see a state."""
        own = self._reviewed.get(annotator, ())
        every = ((row_id, self.seen(row_id, annotator, version)) for row_id in own)
        return {row_id: state for row_id, state in every if state is not None}

    def has_decided(self, row_id: str, annotator: str) -> bool:
        """Whether the annotator ever decided on the row, which shows them others' labels."""
        return has_decided(self._touching.get(row_id, ()), annotator)

    def touching(self, row_id: str) -> list[Event]:
        """The events that touch a row, in their order."""
        return list(self._touching.get(row_id, ()))

    def keys(self) -> set[str]:
        """The keys of the classes (entity types of sentences) that valid decisions use."""
        return {
            key
            for key, acts in self._named.items()
            if any(not self.acts[act].undone for act in acts)
        }

    def class_keys(self, own: Sequence[str]) -> tuple[str, ...]:
        """The keys of all classes: `own`, those of the data, then those that decisions added."""
        return (*own, *sorted(self.keys().difference(own)))

    def last_act(self, annotator: str) -> str | None:
        """The act that the annotator's next undo takes back; None if there is none."""
        done = self._done.get(annotator)
        return done[-1] if done else None

    def next_redo(self, annotator: str) -> str | None:
        """The act that their next redo restores; None if there is none, as after a new act."""
        undone = self._undone.get(annotator)
        return undone[-1] if undone else None

    def answer(self, client_id: str) -> Recorded:
        """The answer to that send, as of its commit."""
        event = self.by_client[client_id]
        decides = event.kind in DECIDING and event.row_id is not None
        act = self.acts.get(event.act_id, Act(event.annotator))
        rows = [str(event.row_id)] if decides else [*act.rows]
        before = self.state_after(rows[0], event.version - 1) if decides else None
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
        """Everybody who has decided anything, by first decision."""
        return list(self._reviewed)

    def work(self, annotator: str) -> Work:
        """What an annotator has done."""
        states = (self.state(row_id) for row_id in self._reviewed.get(annotator, ()))
        clock = self._clocks.get(annotator, Clock())
        return work_of(annotator, (state for state in states if state), clock)

    def _decide(self, event: Event, row_id: str) -> None:
        self._reviewed.setdefault(event.annotator, {})[row_id] = None
        self._touching.setdefault(row_id, []).append(event)
        self._states.pop(row_id, None)
        clock = self._clocks.setdefault(event.annotator, Clock())
        clock.tick(event.time, event.act_id, row_id)
        if event.act_id not in self.acts:
            self._begin(event)
        self.acts[event.act_id].rows[row_id] = None
        for name in names_in(event.new):
            self._named.setdefault(self.classes.now.key(name), set()).add(event.act_id)

    def _begin(self, event: Event) -> None:
        """A new act, which its annotator may undo."""
        self.acts[event.act_id] = Act(event.annotator)
        self._done.setdefault(event.annotator, []).append(event.act_id)
        self._undone.pop(event.annotator, None)

    def _undo_or_redo(self, event: Event) -> None:
        act = self.acts[event.act_id]
        act.undone = event.kind == "undo"
        if event.act_id in self.classes.acts:
            self.classes.turn(event)
            self._states.clear()
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
    if not label:
        return set()
    return {label} if isinstance(label, str) else {kind for _, _, kind in label}
