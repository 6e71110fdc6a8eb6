"""Validation and test rows at the map's side: one of them, or those of a selection."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hamr.legible import legible
from hamr.store import Run
from hamr.ui.neighbourhoods.meaning import similar_button
from hamr.ui.neighbourhoods.side import open_row
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.shell.text import count
from hamr.ui.widgets.rowgrid import COLUMNS, SHOWN
from hamr.ui.widgets.sentence import row_text
from hamr.ui.widgets.tables import show_table
from hamr.views.neighbourhoods import held_out


def held_out_section(run: Run, epoch: int, row: int) -> None:
    """A row that the run was not trained on: no step draws it, so nothing decides its draws."""
    with st.container(border=True, key="held-out"):
        head, close = st.columns([9, 1], vertical_alignment="center")
        head.subheader(f"Row {row}", anchor=False)
        close.button("Close", key="held-out-close", on_click=lambda: open_row(None))
        st.text(view(held_out.verdict, run, row))
        row_text(run, epoch, row)
        with st.container(horizontal=True, vertical_alignment="center"):
            navigation.relabel_row(run.id, epoch, row)
            similar_button(row, key="held-out-similar")


def held_out_table(run: Run, rows: np.ndarray, what: str) -> None:
    """Validation and test rows of a selection, the highest loss first."""
    table = held_out.held_out_table(run, rows)
    key = f"held-out-{abs(hash(rows.tobytes()))}"

    def picked() -> None:
        ticked = st.session_state[key]["selection"]["rows"]
        if ticked:
            open_row(int(table["row"].iloc[ticked[0]]))

    more = f"; the {SHOWN} with the highest loss are shown" if len(table) > SHOWN else ""
    st.text(f"{count(len(table), 'validation or test row')} {legible(what, 200)}{more}")
    show_table(
        table.head(SHOWN),
        key=key,
        csv="held-out-rows",
        height=min(36 * (min(len(table), SHOWN) + 1) + 2, 400),
        alt=f"Validation and test rows {what}",
        on_select=picked,
        selection_mode="single-row",
        column_config=COLUMNS | {"row": None},
    )
