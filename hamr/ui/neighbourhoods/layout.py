"""Where the rows are drawn: on the map of meanings, or on the data map; in the URL as ?layout=."""

from __future__ import annotations

from typing import Any

import streamlit as st

from hamr.store import Run
from hamr.ui.neighbourhoods.splits import shown
from hamr.ui.shell.cached import view
from hamr.ui.shell.guide_links import with_guide
from hamr.ui.shell.state import query, set_query
from hamr.ui.widgets.pointmap import AxisSpec
from hamr.views.neighbourhoods.data_map import (
    CONFIDENCE,
    FEWEST_EPOCHS,
    HOW_TO_READ,
    VARIABILITY,
    on_data_map,
)
from hamr.views.neighbourhoods.shown_rows import ShownRows
from hamr.views.neighbourhoods.subjects import Subject, data_map_of

MAP, DATA_MAP = LAYOUTS = ("map", "data-map")  # as links hold them
_TITLES = {MAP: "Map of meanings", DATA_MAP: "Data map"}
_KEY = "layout-shown"


def is_data_map() -> bool:
    """Whether the URL names the data map."""
    return query("layout") == DATA_MAP


def lasso_name(subject: Subject) -> str:
    """Where the URL holds the lasso of the layout that is shown; it means nothing on another."""
    return f"{'d' if is_data_map() else ''}{subject.in_links[1]}"


def choose_layout(subject: Subject, run: Run, epoch: int) -> None:
    """The control, and how to read the data map."""
    st.session_state[_KEY] = DATA_MAP if is_data_map() else MAP
    st.segmented_control(
        "Layout",
        LAYOUTS,
        key=_KEY,
        format_func=_TITLES.__getitem__,
        required=True,
        on_change=_picked,
        help=with_guide(
            f"The data map places training {subject.name}s by how sure the model is of their "
            "label and how much that changes over the epochs (Swayamdipta et al. 2020).",
            "map.layout",
        ),
    )
    if is_data_map() and view(data_map_of, run, subject.name, epoch) is None:
        st.caption(
            f"The data map needs {FEWEST_EPOCHS} epochs, since it shows what changes between "
            "them. Choose a later epoch."
        )
    elif is_data_map():
        st.caption(HOW_TO_READ)


def _picked() -> None:
    set_query("layout", DATA_MAP if st.session_state[_KEY] == DATA_MAP else None)


def points_of(subject: Subject, run: Run, epoch: int) -> ShownRows | None:
    """The rows at their places in the layout that is shown; None until the map is drawn.

    The data map has training rows only. Where it has no places yet the other map is shown.
    """
    places = view(data_map_of, run, subject.name, epoch) if is_data_map() else None
    if places is None or subject.map(run) is None:
        return shown(subject, run, epoch)
    return on_data_map(places)


def axes_of(subject: Subject, run: Run, epoch: int) -> dict[str, Any]:
    """The axes of the data map, for `pointmap`; the other one has none."""
    if not is_data_map() or view(data_map_of, run, subject.name, epoch) is None:
        return {}
    return {"axes": (AxisSpec(VARIABILITY), AxisSpec(CONFIDENCE))}
