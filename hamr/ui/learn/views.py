"""The two views of the page Learn. The one of a run is imported once it is chosen.

Its tables and figures take half a second to import, which a first visit does not wait for.
"""

from __future__ import annotations

import streamlit as st

from hamr.ui.learn.link import POINT, STAGE, STEP
from hamr.ui.shell.state import set_query
from hamr.ui.widgets.learnview import RUN_STEP

VIEWS = ("Playground", RUN_STEP)  # in the URL: view


def of_a_run() -> bool:
    """Let people choose what is looked at: a step on points, or one of a run."""
    chosen = st.segmented_control(
        "View",
        list(VIEWS),
        default=VIEWS[0],
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
        on_change=_forget_place,
    )
    return chosen == VIEWS[1]


def _forget_place() -> None:
    """Steps and stages of the one view are not those of the other."""
    set_query(STEP, None)
    set_query(STAGE, None)
    set_query(POINT, None)
