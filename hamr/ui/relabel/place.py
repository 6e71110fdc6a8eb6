"""Which row is on screen, in the URL: of the data, or of its unlabelled rows.

They are counted apart, so each has a part of the URL of its own: other pages read `row` alone.
"""

from __future__ import annotations

import streamlit as st

from hamr.ui.shell.state import POOL_ROW, query

UNLABELLED = "unlabelled"  # the value of the filter *Split*


def shows_unlabelled() -> bool:
    """Whether the queue is that of the unlabelled rows."""
    return bool(st.session_state.get("split", query("split")) == UNLABELLED)


def row_name() -> str:
    """The part of the URL that has the row on screen."""
    return POOL_ROW if shows_unlabelled() else "row"
