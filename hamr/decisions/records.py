"""The plain values of decisions: what is sent, what is kept, the state of a row."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from hamr.records import Split

# label     gives a label; the one that the row already had means "accepted"
# unsure    the annotator can't decide; replaces a label they gave before
# skip      not now; replaces nothing
# resolve   settles all decisions up to `base`, the annotator's own too
# undo      takes a whole act back; redo restores it
# rename, merge, retire, reinstate      a class: see `class_acts`
# comment, comment_edit, comment_delete, thread_settle, thread_reopen      see `comments`
# guideline      a new version of what a class is for: see `guidelines`
# setting        how people work together on the data set: see `rules`
# attach, detach unlabelled rows: see `pools`
Kind = Literal[
    "label", "unsure", "skip", "resolve", "undo", "redo", "rename", "merge", "retire", "reinstate",
    "comment", "comment_edit", "comment_delete", "thread_settle", "thread_reopen", "guideline",
    "setting", "attach", "detach",
]  # fmt: skip
DECIDING: tuple[Kind, ...] = ("label", "unsure", "skip", "resolve")  # kinds about a row's label
GIVING: tuple[Kind, ...] = ("label", "resolve")  # kinds with a label
TURNING: tuple[Kind, ...] = ("undo", "redo")  # kinds about an act, not a row
CLASS_ACTS: tuple[Kind, ...] = ("rename", "merge", "retire", "reinstate")
COMMENTING: tuple[Kind, ...] = (
    "comment", "comment_edit", "comment_delete", "thread_settle", "thread_reopen",
)  # fmt: skip

# The name of a class; of a tagged sentence all its entities, from left to right, each as
# (first word, first word after it, type).
Label = str | tuple[tuple[int, int, str], ...]


def new_id() -> str:
    """A new id for a send or an act."""
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Decision:
    """What an annotator sends: one decision about one row."""

    row_id: str
    split: Split
    text_hash: str  # `text_hash` of the text that the annotator saw
    kind: Literal["label", "unsure", "skip", "resolve"]
    annotator: str
    new: Label | None = None  # of kind label and resolve
    old: Label | None = None  # the label that was shown; None: the current one on arrival
    base: int = 0  # the row's version that was shown (`State.version`), 0 for none
    client_id: str = field(default_factory=new_id)  # the same on every try to send it
    act_id: str = ""  # shared by decisions made as one act; "" for an act of its own
    run: str | None = None
    epoch: int | None = None
    evidence: Mapping[str, Any] | None = None  # the evidence that was shown; JSON
    time: datetime | None = None  # when it was made; None: when it arrives
    new_class: bool = False  # the label may be a class that the data lacks


@dataclass(frozen=True)
class Event:
    """What is kept. `version` grows with every event and is never used twice."""

    version: int
    client_id: str
    act_id: str
    annotator: str
    time: datetime
    kind: Kind
    row_id: str | None = None  # of decisions and comments
    split: Split | None = None
    text_hash: str | None = None
    old: Label | None = None
    new: Label | None = None
    base: int = 0
    run: str | None = None
    epoch: int | None = None
    evidence: Mapping[str, Any] | None = None
    content: Mapping[str, Any] | None = None  # what an event that is no decision says; JSON


@dataclass(frozen=True)
class Judgement:
    """What one annotator currently says about a row."""

    annotator: str
    kind: Kind
    label: Label | None
    old: Label | None
    version: int  # of the decision
    since: int  # the event that made it valid: the decision, or a redo of its act
    act_id: str
    time: datetime

    @property
    def accepts(self) -> bool:
        """Whether the label is the one that was shown."""
        return self.kind == "label" and self.label == self.old


@dataclass(frozen=True)
class State:
    """The state of a row after all events so far."""

    row_id: str
    version: int  # the last event that touched the row: the `base` of what is decided next
    judgements: tuple[Judgement, ...]  # the valid one of each annotator, oldest first
    open: tuple[Judgement, ...]  # those that no resolve has settled
    given: tuple[Judgement, ...]  # the label that each annotator gave blind (see `fold`)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The different open labels, oldest first; more than one is a conflict."""
        return tuple(dict.fromkeys(j.label for j in self.open if j.label is not None))

    @property
    def conflict(self) -> bool:
        """Whether annotators disagree and no final label is chosen."""
        return len(self.labels) > 1

    @property
    def label(self) -> Label | None:
        """The label decided on; None: the row keeps its original label, as in a conflict."""
        return self.labels[0] if len(self.labels) == 1 else None

    @property
    def by(self) -> tuple[str, ...]:
        """Who gave the open labels."""
        return tuple(j.annotator for j in self.open if j.label is not None)

    @property
    def kind(self) -> Literal["conflict", "resolve", "label", "unsure", "skip"] | None:
        """The row's status; None if all decisions were undone."""
        if self.conflict:
            return "conflict"
        kinds = {j.kind for j in self.open}
        order: tuple[Literal["resolve", "label", "unsure", "skip"], ...]
        order = ("resolve", "label", "unsure", "skip")
        return next((kind for kind in order if kind in kinds), None)

    def unseen(self, annotator: str, base: int) -> tuple[Judgement, ...]:
        """The decisions of others after that version, which this annotator had not seen."""
        return tuple(
            j
            for j in self.judgements
            if j.annotator != annotator and j.since > base and j.kind != "skip"
        )


@dataclass(frozen=True)
class Recorded:
    """The answer to a send, once it is kept; a repeated send gets the same one."""

    version: int
    client_id: str
    act_id: str
    time: datetime
    states: tuple[State, ...]  # of the rows that it touched, right after it
    unseen: tuple[Judgement, ...] = ()  # decisions of others that its annotator had not seen

    @property
    def state(self) -> State:
        """The row's state right after a decision."""
        return self.states[0]

    @property
    def conflict(self) -> bool:
        """Whether others disagree, or decided without this annotator seeing it."""
        return bool(self.unseen) or any(state.conflict for state in self.states)
