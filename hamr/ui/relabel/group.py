"""Rows as a group: one label for all of them, or for all but some, as one act."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from hamr.decisions import Decision, Label, new_id, text_hash
from hamr.legible import legible_name
from hamr.store import Decisions, Run
from hamr.ui.relabel.acts import Act, perform
from hamr.ui.relabel.keys import blocked, turns
from hamr.ui.relabel.spans import by_model
from hamr.ui.shell.cached import view
from hamr.ui.shell.navigation import AS_GROUP
from hamr.ui.shell.text import count, distinct
from hamr.ui.widgets.rowgrid import columns
from hamr.ui.widgets.tables import show_table
from hamr.views.base import rowtable
from hamr.views.base import sentence as sentences
from hamr.views.base.labels import Words
from hamr.views.relabel.queue import Queue

ONE, MANY = MODES = ("One by one", AS_GROUP)
MOST = 3_000  # rows of one act: about a second; it waits for all of them to be kept
AS_IT_IS, BY_MODEL = "Accept the labels they have", "The model's entities"
_ORDER = ("text", "label", "prediction", "hardness", "P(label)", "loss", "mistakes", "id")
EVERY, BUT, ONLY = WHICH = ("All of them", "All but the ticked", "Only the ticked")


def group(
    run: Run, decisions: Decisions, epoch: int, found: Queue, rows: np.ndarray, annotator: str
) -> None:
    """The rows of the queue as a table with ticks, and what to do with them."""
    if not len(rows):
        st.info("No row passes these filters. Take one away, or draw a larger lasso.", icon="🔎")
        with st.container(horizontal=True):
            turns(decisions, annotator)
        return
    shown = rows[:MOST]
    st.text(f"{count(len(rows), 'row')} in this group, the most doubtful first.")
    if len(rows) > MOST:
        st.info(
            f"One act takes at most {MOST:,} rows, so these are the first {MOST:,} of them. Judge "
            "them and go on with the rest, or take fewer with a filter or a smaller lasso.",
            icon="✂️",
        )
    ticked = _table(run, decisions, epoch, shown)
    a, b = st.columns(2, vertical_alignment="bottom")
    which = a.segmented_control("Which rows", WHICH, default=EVERY, key="which", required=True)
    chosen = {EVERY: shown, BUT: np.delete(shown, ticked), ONLY: shown[ticked]}[which or EVERY]
    names = _labels(run, decisions)
    label = b.selectbox(
        "Label",
        names,
        index=None,
        key="group-label",
        format_func=distinct(names),
        placeholder="Choose one",
    )
    reason = blocked(annotator)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            f"Relabel {count(len(chosen), 'row')}…",
            key="relabel-group",
            type="primary",
            disabled=bool(reason) or label is None or not len(chosen),
        ):
            _confirm(run, decisions, epoch, found, chosen, str(label), annotator)
        turns(decisions, annotator)
    if reason:
        st.warning(reason, icon="✋")


def _labels(run: Run, decisions: Decisions) -> list[str]:
    """What a group can be given: of sentences no two have the same entities."""
    if run.info.task == "token":
        return [AS_IT_IS, BY_MODEL]
    return [AS_IT_IS, *decisions.names()]


def _table(run: Run, decisions: Decisions, epoch: int, rows: np.ndarray) -> list[int]:
    """The rows; which of them are ticked, as places in the table."""
    frame = rowtable.table(run, view(rowtable.measures, run, epoch), rows)
    words = Words.of(run.info.task)
    if run.info.task != "token":
        frame["label"] = [decisions.label(row_id) for row_id in frame["id"]]
    event = show_table(
        frame,
        key=f"group-{abs(hash(rows.tobytes()))}",
        height=min(35 * (len(frame) + 1) + 3, 460),
        column_order=[name for name in _ORDER if name in frame],
        alt="The rows of the group",
        on_select="rerun",
        selection_mode="multi-row",
        column_config=columns(words),
    )
    return [place for place in event.selection.rows if place < len(rows)]


@st.dialog("Relabel the group?")
def _confirm(
    run: Run,
    decisions: Decisions,
    epoch: int,
    found: Queue,
    rows: np.ndarray,
    label: str,
    annotator: str,
) -> None:
    what = {AS_IT_IS: "keep the labels they have", BY_MODEL: "get the model's entities"}
    given = what.get(label, f"get the label {legible_name(label)!r}")
    st.text(f"{count(len(rows), 'row')} {given}.")
    st.caption("It is one act: one undo takes all of it back.")
    with st.container(horizontal=True):
        # Made here, so that two presses of the button send the same client ids.
        act = group_act(run, decisions, epoch, found, rows, label, annotator)
        if st.button(
            "Relabel them", key="group-yes", type="primary", on_click=perform, args=(act,)
        ):
            st.rerun()
        if st.button("Leave them", key="group-no"):
            st.rerun()


def group_act(
    run: Run,
    decisions: Decisions,
    epoch: int,
    found: Queue,
    rows: np.ndarray,
    label: str,
    annotator: str,
) -> Act:
    """One label for all the rows, under one act id."""
    act_id, table, states = new_id(), run.rows(), decisions.states("train")
    give = _giver(run, decisions, epoch, label)
    made = [
        Decision(
            row_id=row_id,
            split="train",
            text_hash=text_hash(text),
            kind="label",
            annotator=annotator,
            new=give(row, row_id),
            old=decisions.label(row_id),
            base=state.version if (state := states.get(row_id)) else 0,
            act_id=act_id,
            run=run.id,
            epoch=epoch,
            evidence={"group": len(rows), "score": float(found.score[row]), "score_is": found.by},
        )
        for row, row_id, text in zip(rows.tolist(), table.ids(rows), table.texts(rows), strict=True)
    ]
    to = {AS_IT_IS: "accepted", BY_MODEL: "given the model's entities"}.get(label, f"to {label!r}")
    words = f"{count(len(rows), 'row')} {to}"
    return Act(annotator, decisions.fingerprint, words, tuple(made))


def _giver(run: Run, decisions: Decisions, epoch: int, label: str) -> Callable[[int, str], Label]:
    """The label that each row gets."""
    if label == AS_IT_IS:
        return lambda row, row_id: decisions.label(row_id)
    if label == BY_MODEL and run.info.task == "token":
        return lambda row, row_id: by_model(sentences.sentence(run, epoch, row))
    return lambda row, row_id: label
