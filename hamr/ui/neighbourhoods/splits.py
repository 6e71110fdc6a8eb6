"""Which rows the map shows: training rows, or validation and test rows too, in the URL."""

from __future__ import annotations

import streamlit as st

from hamr.jobs.held_out_places import held_out_places
from hamr.store import Run
from hamr.ui.shell.state import query
from hamr.views.neighbourhoods.shown_rows import CHOICES, TRAINING, ShownRows, shown_rows


def split_in_link() -> str:
    """One of CHOICES, as the URL or the control has it."""
    named = st.session_state.get("split", query("split"))
    return str(named) if named in CHOICES else TRAINING


def choose_split(run: Run) -> None:
    """The control, bound to the URL."""
    st.selectbox(
        "Rows shown",
        CHOICES,
        key="split",
        help="Validation rows are squares and test rows triangles, placed among the training rows "
        "that they are most similar to.",
        bind="query-params",
    )
    if split_in_link() != TRAINING and held_out_places(run) is None:
        st.caption(
            "Validation and test rows of this run are not on the map yet. To place them, run the "
            "command below; then reload the page."
        )
        st.code(f"python -m hamr map {run.info.id[:8]}", language=None)


def shown(run: Run) -> ShownRows | None:
    """The rows on the map; None until it is drawn."""
    if run.map() is None:
        return None
    split = split_in_link()
    return shown_rows(run, split, None if split == TRAINING else held_out_places(run))
