"""One row at the map's side: its text, its figures, its neighbours, and why it was drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from hamr.regions import Regions
from hamr.store import PERSON_SECONDS, Run, patience
from hamr.tasks import TaskWords
from hamr.ui.neighbourhoods.facts import values_table
from hamr.ui.neighbourhoods.found import decisions_of, regions
from hamr.ui.neighbourhoods.meaning import similar_button
from hamr.ui.neighbourhoods.near import nearest
from hamr.ui.neighbourhoods.side import choose_region, open_row
from hamr.ui.neighbourhoods.why import why_section
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.shell.text import count, plain
from hamr.ui.widgets.rowgrid import columns
from hamr.ui.widgets.sentence import row_text
from hamr.ui.widgets.tables import show_table
from hamr.views.base import mistakes
from hamr.views.base.region_rows import region_of_row
from hamr.views.neighbourhoods import row_facts
from hamr.views.neighbourhoods.row_values import LABEL_ERROR, row_values


def row_section(run: Run, epoch: int, row: int, found: Regions | None = None) -> None:
    """Everything about a training row; what is long is closed at first."""
    head, close = st.columns([5, 2], vertical_alignment="center")
    head.subheader(f"Row {row}", anchor=False)
    close.button(
        "Close",
        key="row-close",
        type="tertiary",
        on_click=lambda: open_row(None),
        width="stretch",
    )
    st.text(f"{run.rows().ids([row])[0]} · {mistakes.verdict(run, epoch, row)}")
    with st.container(border=True, key="row-text"):
        row_text(run, epoch, row)
    with st.container(horizontal=True, key="row-acts"):
        navigation.relabel_row(run.id, epoch, row)
        navigation.try_text(run.id, run.rows().texts([row])[0])
        similar_button(row, key="row-similar")
    place = st.container(gap=None)
    values_table([*_figures(run, epoch, row), ("decisions", _decided(run, row))])
    why_section(run, epoch, row)
    _neighbours(run, epoch, row)
    with place:  # last, since nothing else waits for the regions
        _region(run, found or regions(run, epoch), row)


def _region(run: Run, found: Regions, row: int) -> None:
    """The region that holds the row, one click away."""
    region = region_of_row(run, found, row)
    if region is not None:
        st.button(
            f"In the region {plain(region.name, 60)}",
            key="row-region",
            icon=":material/workspaces:",
            type="tertiary",
            on_click=choose_region,
            args=(region.id,),
        )


def _figures(run: Run, epoch: int, row: int) -> list[tuple[str, str]]:
    wrong = view(row_values, run, epoch, LABEL_ERROR)[row]
    found = [] if np.isnan(wrong) else [(LABEL_ERROR, f"{wrong:.2f}")]
    return [*found, *row_facts.figures(run, epoch, row)]


def _decided(run: Run, row: int) -> str:
    """What people have decided on it."""
    with patience(PERSON_SECONDS):
        state = decisions_of(run).state(run.rows().ids([row])[0])
    return row_facts.decided(state)


def _neighbours(run: Run, epoch: int, row: int) -> None:
    """The nearest training rows; a click opens one."""
    near = nearest(run, row)
    if not len(near):
        return
    each = TaskWords.of(run.info.task).each
    st.caption(f"The {count(len(near), f'nearest {each}')}, nearest first. Select one to open it.")
    table: pd.DataFrame = run.rows().frame(near)
    key = f"near-{epoch}-{row}"

    def picked() -> None:
        ticked = st.session_state[key]["selection"]["rows"]
        if ticked:
            open_row(int(near[ticked[0]]))

    show_table(
        table,
        key=key,
        height=min(36 * (len(table) + 1) + 2, 290),
        column_order=["text", "label", "row"],
        alt=f"The rows nearest to row {row}",
        on_select=picked,
        selection_mode="single-row",
        column_config={**columns(TaskWords.of(run.info.task)), "text": _TEXT},
    )


_TEXT = st.column_config.TextColumn(width=230)
