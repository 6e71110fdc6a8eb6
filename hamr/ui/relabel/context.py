"""What helps to judge a row: reading and evidence, its neighbours, its past, who said what."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from hamr.decisions import Event, Label
from hamr.entities import NO_ENTITY
from hamr.legible import legible
from hamr.ui.relabel.acts import in_short
from hamr.ui.relabel.row import Shown, go_to
from hamr.ui.shell import navigation
from hamr.ui.shell.text import plain
from hamr.ui.widgets.tables import show_table
from hamr.views.base.reduced import Pick
from hamr.views.relabel import queue as queues
from hamr.views.relabel.queue import Near, Queue

MOST_EVENTS = 12  # of a row's history


def about(shown: Shown, found: Queue) -> None:
    """The label in force and why one would doubt it, above the row itself."""
    label = shown.label
    told = _told(shown, label)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(found.named(shown.row, found.classes), color="orange")
        if shown.state is not None and shown.state.kind:
            st.badge(shown.state.kind, color="violet" if shown.conflict else "green")
        place = f"number {found.rank[shown.row] + 1:,} of {len(found.rank):,}"
        st.caption(plain(f"{place} · {shown.row_id}"))
    st.text(legible(f"Label: {told}" + _came_as(shown)))


def _told(shown: Shown, label: Label) -> str:
    """A class by its name, entities by their words: "Ada Byron (person), Paris (place)"."""
    if isinstance(label, str):
        return label
    words = shown.run.rows().words(shown.row)
    named = [f"{' '.join(words[start:end])} ({kind})" for start, end, kind in label]
    return ", ".join(named) or NO_ENTITY


def _came_as(shown: Shown) -> str:
    original = shown.decisions.rows.original(shown.row_id)
    if original == shown.label:
        return ""
    return f" (the file says {_told(shown, original)})"


def beside(shown: Shown, found: Queue) -> None:
    """Evidence, signals and history."""
    st.markdown("**Why it is here**")
    told = queues.told(shown.run, shown.epoch, shown.row, found)
    st.text("\n".join(f"• {legible(one)}" for one in told))
    _signals(shown)
    _history(shown)
    navigation.link(
        "Neighbourhoods",
        "On the map, and why it was drawn",
        query={"run": shown.run.id, "epoch": str(shown.epoch), "row": str(shown.row)},
    )


def _signals(shown: Shown) -> None:
    """Hardness and loss over the epochs, each as a small chart with its last value."""
    epochs = [epoch for epoch in shown.run.epochs() if epoch <= shown.epoch]
    pick = Pick((shown.row,))
    columns = st.columns(2)
    for column, name, title in zip(
        columns, ("hardness", "loss"), ("Hardness", "Loss, nats"), strict=True
    ):
        values = [float(v[0]) for v in shown.run.reduce_over(name, epochs, pick)]
        column.metric(
            title,
            f"{values[-1]:.3f}",
            help=f"Over epochs {epochs[0]} to {epochs[-1]}, as epoch {epochs[-1]} left it",
            chart_data=values if len(values) > 1 else None,
            chart_type="line",
            border=True,
        )


def neighbours(shown: Shown, near: Near) -> None:
    """The nearest rows with their labels in force; a tick opens one."""
    st.markdown("**Neighbours**")
    if not len(near.rows):
        st.caption(f"None to show: {near.how}.")
        return
    table = neighbour_table(shown, near)
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
            "text": st.column_config.TextColumn(width=330, help="Double-click for all of it"),
        },
    )
    st.caption(f"Nearest {near.how}. Tick one to judge it; *Back* leads here again.")


def neighbour_table(shown: Shown, near: Near) -> pd.DataFrame:
    """The nearest rows: similarity, label in force, text."""
    frame = shown.run.rows().frame(near.rows)
    if shown.run.info.task != "token":
        frame["label"] = [shown.decisions.label(row_id) for row_id in frame["id"]]
    if near.similarity is not None:
        frame["similarity"] = near.similarity
    return frame[[c for c in ("similarity", "label", "text", "id") if c in frame]]


def _history(shown: Shown) -> None:
    """All that was decided about the row, newest last."""
    if shown.state is None:
        return
    events = shown.decisions.history(shown.row_id)
    st.markdown("**Decisions on it**")
    lines = [f"{event.time:%d %b %H:%M} {event.annotator}: {_said(event)}" for event in events]
    st.text("\n".join(legible(line, 300) for line in lines[-MOST_EVENTS:]))


def _said(event: Event) -> str:
    if event.row_id is None:
        return "took their act back" if event.kind == "undo" else "brought their act back"
    words = in_short(event.row_id, event.kind, event.old, event.new)
    return words.removeprefix(f"row {event.row_id} ")
