"""What helps to review a row: its diagnosis, evidence, neighbours and history."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from hamr.decisions import Label
from hamr.entities import NO_ENTITY
from hamr.legible import legible
from hamr.tasks import features
from hamr.ui.relabel.row import Shown, go_to
from hamr.ui.relabel.wording import event_in_words
from hamr.ui.shell import navigation
from hamr.ui.shell.text import plain
from hamr.ui.widgets.sparkline import value_over_epochs
from hamr.ui.widgets.tables import show_table
from hamr.views.base.all_rows import SPLIT_NAMES, AllRows
from hamr.views.base.reduced import Pick
from hamr.views.relabel.context import UNKNOWN, Near, evidence
from hamr.views.relabel.queue import Queue

MOST_EVENTS = 12  # of a row's history
STATUS = {
    "label": "reviewed", "resolve": "resolved", "unsure": "unsure", "skip": "skipped",
    "conflict": "conflict",
}  # fmt: skip


def about(shown: Shown, queue: Queue) -> None:
    """The diagnosis, the rank and the current label, above the row itself."""
    with st.container(horizontal=True, vertical_alignment="center", key="about"):
        st.badge(queue.diagnosis(shown.row), color="orange")
        if shown.state is not None and shown.state.kind:
            st.badge(STATUS[shown.state.kind], color="violet" if shown.conflict else "green")
        label = f"Label: {_in_words(shown, shown.label)}" + _original(shown)
        st.text(legible(label), width="content")
    rank = f"rank {queue.rank[shown.row] + 1:,} of {len(queue.rank):,}"
    st.caption(plain(f"{SPLIT_NAMES[shown.split]} row · {rank} · {shown.row_id}"))


def _in_words(shown: Shown, label: Label) -> str:
    """A class by its name, entities by their words: "Ada Byron (person), Paris (place)"."""
    if isinstance(label, str):
        return label
    words = AllRows.of(shown.run).words(shown.row)
    named = [f"{' '.join(words[start:end])} ({kind})" for start, end, kind in label]
    return ", ".join(named) or NO_ENTITY


def _original(shown: Shown) -> str:
    original = shown.decisions.original(shown.row_id)
    return "" if original == shown.label else f" (originally {_in_words(shown, original)})"


def context(shown: Shown, queue: Queue) -> None:
    """Evidence, signals and history, to the right of the row."""
    st.markdown("**Evidence**")
    sentences = map(plain, evidence(shown.run, shown.epoch, shown.row, queue))
    lines = (f"- {sentence}".replace(" %", "\N{NO-BREAK SPACE}%") for sentence in sentences)
    st.markdown("\n".join(lines))
    if shown.is_trained_on:
        _signals(shown)
    else:
        st.caption(
            f"This is a {SPLIT_NAMES[shown.split]} row: no training step draws it, so it has no "
            "hardness, no weight and no loss by epoch, and it is not on the map."
        )
    _history(shown)
    with st.container(horizontal=True):
        if shown.is_trained_on:
            navigation.link(
                "Neighbourhoods",
                "See it on the map",
                query={"run": shown.run.id, "epoch": str(shown.epoch), "row": str(shown.row)},
            )
        navigation.try_text(shown.run.id, shown.text)


def _signals(shown: Shown) -> None:
    """Hardness and loss over the epochs, each as a small chart with its last value."""
    epochs = [epoch for epoch in shown.run.epochs() if epoch <= shown.epoch]
    pick = Pick((shown.row,))
    columns = st.columns(2)
    for column, name, title in zip(
        columns, ("hardness", "loss"), ("Hardness", "Loss (nats)"), strict=True
    ):
        values = [float(v[0]) for v in shown.run.reduce_over(name, epochs, pick)]
        with column:
            value_over_epochs(
                title,
                values,
                f"The value after epoch {epochs[-1]}; the curve shows epochs {epochs[0]} to "
                f"{epochs[-1]}.",
            )


def neighbours(shown: Shown, known: AllRows, near: Near) -> None:
    """The nearest rows with their current labels; selecting one opens it."""
    st.markdown("**Neighbours**")
    if near.how == UNKNOWN:
        st.caption(UNKNOWN)
        return
    table = neighbour_table(shown, known, near)
    key = shown.key("near")

    def picked() -> None:
        ticked = st.session_state[key]["selection"]["rows"]
        if ticked:
            go_to(int(near.rows[ticked[0]]))

    show_table(
        table,
        key=key,
        height=35 * (len(table) + 1) + 3,
        alt=f"The rows nearest to {shown.row_id} with their labels",
        on_select=picked,
        selection_mode="single-row",
        column_config={
            "similarity": st.column_config.NumberColumn(
                "cosine", width=70, format="%.2f", help="Cosine similarity of the embeddings"
            ),
            "label": st.column_config.TextColumn(width=130),
            "split": st.column_config.TextColumn(width=80),
            "text": st.column_config.TextColumn(width=330, help="Double-click to read all of it"),
        },
    )
    st.caption(f"Nearest {near.how}. Select one to review it; *Back* returns here.")


def neighbour_table(shown: Shown, known: AllRows, near: Near) -> pd.DataFrame:
    """The nearest rows: similarity, current label, text, split."""
    frame = known.frame(near.rows)
    if features(shown.run.info.task).one_class_a_row:
        frame["label"] = [shown.decisions.label(row_id) for row_id in frame["id"]]
    if near.similarity is not None:
        frame["similarity"] = near.similarity
    return frame[[c for c in ("similarity", "label", "text", "split", "id") if c in frame]]


def _history(shown: Shown) -> None:
    """All decisions on the row, newest last."""
    if shown.state is None:
        return
    events = shown.decisions.history(shown.row_id)
    st.markdown("**Decisions on this row**")
    words = shown.words
    lines = [f"{event.time:%d %b %H:%M} {event.annotator}: {event_in_words(event, words)}"
             for event in events]  # fmt: skip
    st.text("\n".join(legible(line, 300) for line in lines[-MOST_EVENTS:]))
