"""What the meta step does to the weights of rows."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hamr.records import ROW_SIGNALS
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.shell.cached import chart, view
from hamr.ui.shell.state import choose_rows, chosen_rows
from hamr.ui.widgets.pointmap import AxisSpec, pointmap
from hamr.ui.widgets.sentence import row_text
from hamr.ui.widgets.steplink import see_step
from hamr.views.base import mistakes
from hamr.views.base.theme import class_colours
from hamr.views.weights import curve

POST = 6  # the stage of post-meta weights on Learn
MOST_COLOURS = 256  # a point carries its colour in one byte; beyond, colours repeat


def before_and_after(run: Run, epoch: int) -> None:
    """Pre-meta against post-meta weights, as densities and row by row."""
    left, right = st.columns(2)
    with left:
        chart(
            curve.before_and_after,
            run,
            epoch,
            key="before-after",
            how_to_read="On the dashed line the meta step did not change the weight. Rows above "
            "the line gained weight, rows below it lost weight.",
            alt=f"Density of the rows over pre-meta and post-meta weight at epoch {epoch}",
        )
    with right:
        chart(
            curve.before_and_after,
            run,
            epoch,
            change=True,
            key="weight-change",
            how_to_read="The same rows, magnified: one meta step changes a weight a little. The "
            "height shows how much, and in which direction.",
            alt=f"Density of the rows over pre-meta weight and its change at epoch {epoch}",
        )
    row_map(run, epoch)


def row_map(run: Run, epoch: int) -> None:
    """Every drawn row as a point; a click opens the row."""
    st.subheader("Row by row", anchor=False)
    change = st.toggle("Show the change (post − pre)", key="change", bind="query-params")
    rows, xy = view(curve.points, run, epoch, change=change)
    if not len(rows):
        st.text("No row was drawn in this epoch, so there are no weights.")
        return
    table, names, words = run.rows(), run.classes, TaskWords.of(run.info.task)
    palette = class_colours(len(names))[:MOST_COLOURS]
    chosen = chosen_rows(len(table), 1)
    place = np.flatnonzero(rows == chosen[0]) if chosen else np.empty(0, np.int64)
    unit = run.info.settings.training.traits.weight_unit
    up = "change: post − pre" if change else f"post-meta weight{unit}"
    st.caption(
        f"Each point is one drawn {words.each}, in the colour of its {words.own}. Click a point to "
        f"read the {words.each}."
    )
    pointmap(
        xy,
        key="row-changes" if change else "row-weights",
        colours=(table.labels[rows] % len(palette)).astype(np.uint8),
        palette=palette,
        labels=list(names) if len(names) == len(palette) else None,
        axes=(AxisSpec(f"pre-meta weight{unit}"), AxisSpec(up)),
        selected=int(place[0]) if place.size else None,
        description=f"{up.capitalize()} against pre-meta weight of the rows, epoch {epoch}",
        height=460,
        on_change=lambda event: choose_rows([] if event.clicked is None else [rows[event.clicked]]),
    )
    if chosen:
        row_card(run, epoch, chosen[0])


def row_card(run: Run, epoch: int, row: int) -> None:
    """The text of a row, with its weights, z-score, hardness and visits."""
    with st.container(border=True):
        st.text(f"{run.rows().ids([row])[0]} · {mistakes.verdict(run, epoch, row)}")
        row_text(run, epoch, row, limit=600)
        columns = st.columns(5)
        for column, name in zip(columns, ("pre", "post", "z", "hardness", "visits"), strict=True):
            column.metric(ROW_SIGNALS[name].title, f"{float(run.signal(name, epoch)[row]):.3g}")
        see_step(run, epoch, row, stage=POST)
