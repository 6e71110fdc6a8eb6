"""Which rows the map shows: training rows, or validation and test rows too, in the URL."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.ui.shell.guide_links import with_guide
from hamr.ui.shell.state import query, set_query
from hamr.views.neighbourhoods.shown_rows import CHOICES, TRAINING, ShownRows
from hamr.views.neighbourhoods.subjects import Subject, points_at

_KEY = "rows-shown"


def split_in_link() -> str:
    """One of CHOICES, as the URL or the control has it."""
    named = query("split")
    return str(named) if named in CHOICES else TRAINING


def choose_split(subject: Subject, run: Run) -> None:
    """The control. Its key is not the part of the URL, as that is a filter's on Relabel."""
    st.session_state[_KEY] = split_in_link()
    st.selectbox(
        f"{subject.name.capitalize()}s shown",
        CHOICES,
        key=_KEY,
        on_change=_picked,
        help=with_guide(
            "Validation rows are squares and test rows triangles, placed among the training rows "
            "that they are most similar to.",
            "map.rows",
        ),
    )
    if split_in_link() != TRAINING and subject.held_out_map(run) is None:
        st.caption(
            f"Validation and test {subject.name}s of this run are not on the map yet. To place "
            "them, run the command below; then reload the page."
        )
        st.code(f"python -m hamr map {run.info.id[:8]}", language=None)


def _picked() -> None:
    split = st.session_state[_KEY]
    set_query("split", None if split == TRAINING else split)


def shown(subject: Subject, run: Run, epoch: int) -> ShownRows | None:
    """The points on the map at an epoch; None until it is drawn."""
    return points_at(run, subject.name, split_in_link(), epoch)
