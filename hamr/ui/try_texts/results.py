"""The predictions of several texts as a table, one of which is open, and their downloads."""

from __future__ import annotations

import streamlit as st

from hamr.jobs.trying import Tried
from hamr.store import Run
from hamr.ui.shell.state import keep_text, set_query
from hamr.ui.shell.text import as_csv
from hamr.ui.try_texts.field import EDITED
from hamr.ui.widgets.tables import show_table
from hamr.views.try_texts.given import Given
from hamr.views.try_texts.table import as_json, table

_number = st.column_config.NumberColumn
COLUMNS = {
    "number": _number("number", width=70),
    "text": st.column_config.TextColumn(width=380),
    "probability": _number(format="%.3f", help="Softmax probability of the prediction"),
    "second probability": _number(format="%.3f"),
    "third probability": _number(format="%.3f"),
    "unlike anything seen": st.column_config.CheckboxColumn(
        help="Its nearest training rows are farther away than those of nearly all held-out rows"
    ),
}


def results(run: Run, tried: Tried, found: Given, opened: int) -> int:
    """Show the table, and the number of the text that is open."""
    frame = table(run, tried)
    key = f"try-results-{abs(hash(found.texts))}"

    def picked() -> None:
        ticked = st.session_state[key]["selection"]["rows"]
        if ticked:
            set_query("at", ticked[0] + 1)
            keep_text(EDITED, "")

    shown = frame.copy()
    shown.insert(0, "number", range(1, len(frame) + 1))
    show_table(
        shown,
        key=key,
        height=min(36 * (len(frame) + 1) + 2, 330),
        alt="The texts with their predictions",
        on_select=picked,
        selection_mode="single-row",
        column_config=COLUMNS,
    )
    with st.container(horizontal=True, vertical_alignment="center", key="try-downloads"):
        st.caption("Select a text to see why. It is shown below.", width="stretch")
        downloads(run, tried)
    return opened


def downloads(run: Run, tried: Tried, before: str = "") -> None:
    """The results as CSV, and with all probabilities as JSON."""
    st.download_button(
        f"{before}CSV",
        lambda: as_csv(table(run, tried)),
        "predictions.csv",
        "text/csv",
        key="try-csv",
        on_click="ignore",
        type="tertiary",
        help="The texts with their predictions, as a table",
    )
    st.download_button(
        "JSON",
        lambda: as_json(run, tried),
        "predictions.json",
        "application/json",
        key="try-json",
        on_click="ignore",
        type="tertiary",
        help="The texts with the probabilities of all classes, or of all tags of each word",
    )
