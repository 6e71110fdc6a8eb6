"""Rows of one epoch as a table: the first ones on screen, all of them as CSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from hamr.legible import legible
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.shell.cached import view
from hamr.ui.shell.text import as_csv, count
from hamr.ui.widgets.tables import show_table
from hamr.views.base import rowtable
from hamr.views.base.hard_rows import highest
from hamr.views.base.hardness_check import is_turned, mean_loss

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 300  # a longer table is no help to the eye and slow to send


def row_grid(
    run: Run,
    epoch: int,
    rows: np.ndarray,
    *,
    key: str,
    what: str,
    on_pick: Callable[[int], None],
) -> None:
    """Show rows hardest first, and offer all of them as CSV.

    `what` says which rows these are ("in the lasso") and is shown after their number;
    `on_pick` is called with a row that is selected.
    """
    _head(run, epoch, rows, key, what)
    measures = view(rowtable.measures, run, epoch)  # after what is known at once
    shown = _hardest_first(run, epoch, measures, rows, SHOWN)
    table_key = f"{key}-{abs(hash(shown.tobytes()))}"

    def picked() -> None:
        # A callback, because the tick stays in the table while the choice may change.
        ticked = st.session_state[table_key]["selection"]["rows"]
        if ticked:
            on_pick(int(shown[ticked[0]]))

    show_table(
        rowtable.table(run, measures, shown),
        key=table_key,
        height=min(36 * (len(shown) + 1) + 2, 400),
        alt=f"Training rows {what}",
        on_select=picked,
        selection_mode="single-row",
        column_config=columns(TaskWords.of(run.info.task)),
    )


def _hardest_first(
    run: Run, epoch: int, measures: pd.DataFrame, rows: np.ndarray, most: int
) -> np.ndarray:
    """The hardest of these rows; ties keep their order. By mean loss where hardness is turned."""
    turned = is_turned(run, epoch)
    values = mean_loss(run, epoch) if turned else measures["hardness"].to_numpy()
    found: np.ndarray = rows[highest(values[rows], most)]
    return found


def _head(run: Run, epoch: int, rows: np.ndarray, key: str, what: str) -> None:
    """How many rows there are, and their download."""

    def csv() -> str:
        measures = view(rowtable.measures, run, epoch)
        return as_csv(
            rowtable.table(run, measures, _hardest_first(run, epoch, measures, rows, len(rows)))
        )

    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-head"):
        more = f"; the {SHOWN} hardest are shown" if len(rows) > SHOWN else ", hardest first"
        st.text(f"{count(len(rows), 'row')} {legible(what, 200)}{more}", width="stretch")
        st.download_button(
            "CSV of these rows",
            csv,
            f"{key}.csv",
            "text/csv",
            on_click="ignore",
            key=f"{key}-csv",
            help="All of these rows, not only the ones shown",
        )


def columns(words: TaskWords) -> dict[str, Any]:
    """The columns of rows, as the run's task calls them."""
    text = st.column_config.TextColumn
    return {
        **COLUMNS,
        "label": text(words.own),
        "prediction": text(words.predicted),
        "P(label)": _number(words.p, format="%.2f", help=f"Softmax {words.probability}"),
    }


_number = st.column_config.NumberColumn
COLUMNS = {
    "row": _number(width=60, help="Index among the training rows, from 0"),
    "id": st.column_config.TextColumn(width=90),
    "text": st.column_config.TextColumn(width=380),
    "P(label)": _number(format="%.2f", help="Softmax probability of the label"),
    "hardness": _number(format="%.3f"),
    "loss": _number(format="%.3f", help="Cross-entropy at the epoch's end, in nats"),
    "alignment": _number(format="%+.3f"),
    "boost": _number(format="%.2f"),
    "similarity": _number(format="%.3f", help="Cosine similarity of the embeddings"),
}
