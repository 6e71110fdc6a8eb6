"""One row under review: what is shown of it, and the decisions that can be made on it.

A decision is about exactly what was on screen: the label, the version and the text shown are
bound to the buttons when they are drawn. A second press of a key, while the next row is still
loading, would be about a row that was not shown yet, so it is ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import streamlit as st

from hamr.decisions import Decision, Label, State, new_id, text_hash
from hamr.records import Split
from hamr.store import Decisions, Run
from hamr.tasks import features
from hamr.ui.relabel.act import Act
from hamr.ui.relabel.last_act import forget_report
from hamr.ui.relabel.perform import perform
from hamr.ui.relabel.place import row_name
from hamr.ui.relabel.wording import decision_in_words
from hamr.ui.shell.state import query, set_query
from hamr.views.relabel.doubt import Doubt

DecisionKind = Literal["label", "unsure", "skip", "resolve"]


@dataclass(frozen=True)
class Shown:
    """A row on screen, with everything that a decision on it records."""

    run: Run
    decisions: Decisions
    epoch: int
    row: int  # its index among the rows of all splits (`hamr.views.base.all_rows`), or in the pool
    split: Split
    row_id: str
    text: str
    label: Label  # the current one
    state: State | None
    annotator: str
    following: int | None  # the row that comes next
    evidence: Mapping[str, Any]  # recorded with the decision
    client_id: str
    doubt: Doubt | None = None  # about the label

    @property
    def is_trained_on(self) -> bool:
        """Whether steps draw it, so that it has hardness, weights and a loss at each epoch."""
        return self.split == "train"

    @property
    def words(self) -> Sequence[str] | None:
        """The words of a tagged sentence; None of a text."""
        is_tagged = features(self.run.info.task).entities
        return self.decisions.rows.words_of(self.row_id) if is_tagged else None

    @property
    def conflict(self) -> bool:
        """Whether annotators disagree on it."""
        return self.state is not None and self.state.conflict

    @property
    def settles(self) -> bool:
        """Whether annotators disagree on it, and this one may choose the final label."""
        return self.conflict and self.decisions.rules.may_settle(self.annotator)

    @property
    def base(self) -> int:
        """The version of the row that is shown."""
        return self.state.version if self.state else 0

    def key(self, name: str) -> str:
        """The widget key of a control of this row and of no other row."""
        return f"{name}-{self.client_id}"

    def decision(self, kind: DecisionKind, label: Label | None, new_class: bool) -> Decision:
        """The decision that a control of this row makes."""
        return Decision(
            row_id=self.row_id,
            split=self.split,
            text_hash=text_hash(self.text),
            kind=kind,
            annotator=self.annotator,
            new=label,
            old=self.label,
            base=self.base,
            client_id=self.client_id,
            run=self.run.id,
            epoch=self.epoch,
            evidence=self.evidence,
            new_class=new_class,
        )


def client_id(row_id: str, annotator: str, version: int) -> str:
    """The client id of the decision on what is shown; the same until something else is shown."""
    seen = (row_id, annotator, version)
    if st.session_state.get("relabel.seen", (None, ""))[0] != seen:
        st.session_state["relabel.seen"] = (seen, new_id())
    return str(st.session_state["relabel.seen"][1])


def decide(
    shown: Shown,
    kind: DecisionKind,
    label: Label | None = None,
    new_class: bool = False,
    client_id: str | None = None,
) -> None:
    """Decide on the row on screen and go to the next one.

    A draft brings the `client_id` that the browser sends it with.
    """
    if st.session_state.get("relabel.seen", (None, ""))[1] != shown.client_id:
        return
    if kind == "label" and shown.settles:
        kind = "resolve"
    decision = shown.decision(kind, label, new_class)
    act = Act(
        annotator=shown.annotator,
        fingerprint=shown.decisions.fingerprint,
        words=decision_in_words(shown.row_id, kind, shown.label, label, shown.words),
        decisions=(replace(decision, client_id=client_id or decision.client_id),),
        leads_to=shown.following,
    )
    pass_on(shown)
    perform(act)


def pass_on(shown: Shown) -> None:
    """Note that the row on screen was decided on, for *Back* and for the row that comes next."""
    trail = st.session_state.setdefault("relabel.trail", [])
    if not trail or trail[-1] != shown.row:
        trail.append(shown.row)
    st.session_state["relabel.led"] = shown.following


def back() -> None:
    """Return to the row that was reviewed before the one on screen."""
    trail: list[int] = st.session_state.get("relabel.trail", [])
    shown = query(row_name())
    while trail and str(trail[-1]) == shown:
        trail.pop()
    if trail:
        go_to(trail.pop())


def go_to(row: int | None) -> None:
    """Show that row, whether or not it is in the queue."""
    st.session_state["relabel.led"] = None
    forget_report()
    set_query(row_name(), row)
