"""The table of rows on Hardness: pages of it, and ticks that choose rows.

The page and the chosen rows are in the URL.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from hamr.difficulty import MEASURES
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.tasks.words import TEXTS
from hamr.ui.shell.state import choose_rows, merge, parse_rows, query, set_query
from hamr.ui.shell.text import as_csv
from hamr.ui.widgets.tables import show_table
from hamr.views.base import rowtable
from hamr.views.hardness.trajectories import MOST_ROWS

PAGE_ROWS = 25

_ORDER = (
    "text", "label", "mistakes", "prediction", "hardness", "visits", "last seen", "P(label)",
    "loss", "mean loss", "AUM", "forgetting", "confidence", "variability", "alignment", "draws",
    "boost", "support", "id", "row",
)  # fmt: skip


def current_page(row_count: int) -> tuple[int, int]:
    """(page, pages), counted from 0; the URL counts from 1."""
    pages = max(1, -(-row_count // PAGE_ROWS))
    asked = query("page", "1") or "1"
    page = int(asked) - 1 if asked.isdecimal() and len(asked) < 9 else 0
    return min(max(page, 0), pages - 1), pages


def row_grid(
    table: pd.DataFrame,
    on_page: list[int],
    chosen: list[int],
    state: object,
    words: TaskWords,
    sort: str,
) -> None:
    """One page of rows. Ticking a row puts it into the URL."""
    version = st.session_state.get("grid_version", 0)
    key = f"rows-{abs(hash((state, tuple(on_page), version)))}"
    show_table(
        table,
        key=key,
        # What people read comes first on screen; in the CSV the id does.
        column_order=[
            *(name for name in _columns(sort) if name in table),
            *(name for name in table if name not in rowtable.OWN_COLUMNS),  # metadata
        ],
        height=35 * (len(table) + 1) + 3,
        alt="The training rows that pass the filters",
        on_select=lambda: tick(key, on_page),
        selection_default={
            "selection": {"rows": [i for i, row in enumerate(on_page) if row in chosen]}
        },
        column_config=_text_columns(words) | _number_columns(),
    )


def _columns(sort: str) -> list[str]:
    """The columns in their order: the measure that rows are sorted by comes before hardness."""
    by = rowtable.SORTS[sort][0]
    own = [MEASURES[by].title] if by in MEASURES else []
    rest = [name for name in _ORDER if name not in own]
    place = rest.index("prediction") + 1
    return [*rest[:place], *own, *rest[place:]]


def _text_columns(words: TaskWords) -> dict[str, Any]:
    """Texts and names, and the probability of the label as a bar."""
    text = st.column_config.TextColumn
    width = 120 if words is TEXTS else 130  # types have longer names
    return {
        "id": text(width=90),
        "text": text(width=330, help="Double-click to read the whole text"),
        "label": text(words.own, width=width),
        "mistakes": text(width=170, help="Kinds of wrong entities; empty if all are right"),
        "prediction": text(words.predicted, width=width),
        "P(label)": st.column_config.ProgressColumn(
            words.p,
            format="%.2f",
            min_value=0,
            max_value=1,
            width=85,
            help=f"Softmax {words.probability}",
        ),
        "support": text(
            help="Whether the row is hard, and what its hardness rests on; see *Hard or just drawn*"
        ),
    }


def _number_columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "row": number(width=60, help="Index among the training rows, from 0"),
        "hardness": number(format="%.3f", width=80),
        "loss": number(format="%.3f", width=70, help="Cross-entropy at the epoch's end, in nats"),
        "alignment": number(
            format="%+.3f",
            help="Above 0: more weight on this row would help the balanced meta set",
        ),
        "boost": number(
            format="%.2f", help="How often the row is a hard seed's neighbour; 1 is the maximum"
        ),
        "visits": number(width=65, help="Draws since the run began"),
        "last seen": number(
            format="%d", width=75, help="Steps since the last draw; empty if it was never drawn"
        ),
        "draws": number(width=65, help="Draws in this epoch"),
        **{
            measure.title: number(
                format="%d" if name == "forgetting" else "%.3f", width=95, help=measure.meaning
            )
            for name, measure in MEASURES.items()
            if name != "hardness"
        },
    }


def tick(key: str, on_page: list[int]) -> None:
    """Put the ticked rows into the URL; ticks beyond the limit are undone."""
    before = parse_rows(query("rows"), sys.maxsize, MOST_ROWS)
    rows = merge(before, on_page, st.session_state[key]["selection"]["rows"])
    if len(rows) > MOST_ROWS:
        st.session_state["too_many"] = True
        _new_grid()
    choose_rows(rows[:MOST_ROWS])


def untick(key: str) -> None:
    """Keep the rows that the list of chosen ones still holds."""
    choose_rows(st.session_state[key])
    _new_grid()


def _new_grid() -> None:
    """A grid keeps its ticks as long as its key; a new key makes it read the URL again."""
    st.session_state["grid_version"] = st.session_state.get("grid_version", 0) + 1


def pager(run: Run, frame: pd.DataFrame, found: np.ndarray, page: int, pages: int) -> None:
    """How many rows there are, paging and the download of all of them."""
    if st.session_state.pop("too_many", False):
        st.warning(f"You can follow at most {MOST_ROWS} rows at a time. Deselect one first.")
    with st.container(horizontal=True, vertical_alignment="center"):
        first = page * PAGE_ROWS + 1
        last = min(first + PAGE_ROWS - 1, len(found))
        st.caption(f"Rows {first:,} to {last:,} of {len(found):,}", width="stretch")
        st.button(
            "Previous", disabled=page == 0, on_click=set_query, args=("page", page), key="previous"
        )
        st.button(
            "Next",
            disabled=page == pages - 1,
            on_click=set_query,
            args=("page", page + 2),
            key="next",
        )
        st.download_button(
            "CSV of these rows",
            lambda: as_csv(rowtable.table(run, frame, found)),
            "hardest_rows.csv",
            "text/csv",
            on_click="ignore",
            help="All rows that pass the filters, not only this page",
        )
