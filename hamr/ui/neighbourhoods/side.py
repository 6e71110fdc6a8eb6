"""What the panel at the map's side shows: the list of regions, a region, a row or a selection.

It is what was chosen last, as links of older versions have it; `?side=` names another one.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from hamr.ui.shell.state import REGION as REGION_IN_URL
from hamr.ui.shell.state import query, set_query
from hamr.ui.widgets.mapchoice import choose

REGIONS, REGION, SELECTION, ROW, POOL = SIDES = (
    "regions",
    "region",
    "selection",
    "row",
    "unlabelled",
)
_KEY = "side-shown"


def choose_side(there: Mapping[str, str]) -> str:
    """The side to show, one of SIDES; `there` names those that have something to show.

    Where the URL names none it is the last of them: a row before a selection before a region.
    """
    default = list(there)[-1]
    side = query("side") or default
    side = side if side in there else default
    if len(there) > 1:
        st.session_state[_KEY] = side
        st.segmented_control(
            "Show at the side",
            list(there),
            format_func=lambda one: there[one],
            key=_KEY,
            required=True,
            on_change=lambda: _picked(default),
            label_visibility="collapsed",
        )
    return side


def _picked(default: str) -> None:
    side = st.session_state[_KEY]
    set_query("side", None if side == default else side)


def show_side(side: str | None) -> None:
    """Show that side at the next look; None shows what is chosen."""
    set_query("side", side)


def choose_region(region_id: str | None) -> None:
    """Put a region into the URL and show it; a row that was chosen before gives way."""
    choose(row=None)
    set_query(REGION_IN_URL, region_id)
    show_side(REGION if region_id else None)


def open_row(row: int | None, mention: int | None = None) -> None:
    """Put a row into the URL and show it; None closes it."""
    choose(row=row, mention=mention)
    show_side(None)
