"""The table of rows on Hardness: filters, pages, and ticks that choose rows.

Filters are bound to the URL by their widgets; the page and the chosen rows are put there.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from hamr.entities import ERROR_MEANINGS
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.tasks.words import TEXTS
from hamr.ui.shell.state import choose_rows, merge, parse_rows, query, set_query
from hamr.ui.shell.text import as_csv, distinct
from hamr.ui.widgets.tables import show_table
from hamr.views.base import recency as hard_support
from hamr.views.base import rowtable
from hamr.views.base.mistakes import KINDS
from hamr.views.base.rowtable import SORTS, RowFilter
from hamr.views.hardness.distribution import MOST_ROWS

PAGE_ROWS = 25
_MEANINGS = "; ".join(f"*{name}*: {meaning}" for name, meaning in ERROR_MEANINGS.items())


_ORDER = (
    "text", "label", "mistakes", "prediction", "hardness", "visits", "last seen", "P(label)",
    "loss", "alignment", "draws", "boost", "reading", "id", "row",
)  # fmt: skip


def filters(run: Run, flat: bool) -> tuple[RowFilter, str]:
    """The filter and the sort order, both in the URL."""
    bound: dict[str, Any] = {"bind": "query-params", "on_change": first_page}
    token, words = run.info.task == "token", TaskWords.of(run.info.task)
    a, b, c = st.columns([3, 3, 2])
    text = a.text_input("Search text or id", key="q", placeholder="any part of it", **bound)
    names = b.multiselect(
        words.own.capitalize(),
        run.classes,
        key="label",
        format_func=distinct(run.classes),
        placeholder=f"all {words.many}",
        **bound,
    )
    sorts = list(SORTS)
    sort = c.selectbox("Order", sorts, index=2 if flat else 0, key="sort", **bound)
    a, b, *others = st.columns([3, 2, 2, 2] if token else [3, 3, 2], vertical_alignment="bottom")
    reading = a.selectbox(
        "Reading",
        hard_support.READINGS,
        index=None,
        key="reading",
        placeholder="any",
        help="The tab *Hard or just drawn* states the rule.",
        **bound,
    )
    least = b.number_input("Visits, at least", 0, step=1, key="visits", **bound)
    kind = None
    if token:
        kind = others[0].selectbox(
            "Kind of mistake", KINDS, index=None, key="kind", placeholder="any", help=_MEANINGS,
            **bound,
        )  # fmt: skip
    mistakes = others[-1].toggle(
        "Only mistakes",
        key="mistakes",
        help="Sentences with an entity that is wrong" if token else "Prediction ≠ label",
        **bound,
    )
    place = {name: i for i, name in enumerate(run.classes)}
    return (
        RowFilter(
            query=text or "",
            classes=tuple(place[name] for name in names),
            mistakes=mistakes,
            kind=kind,
            min_visits=int(least),
            reading=hard_support.READINGS.index(reading) if reading else None,
        ),
        sort,
    )


def first_page() -> None:
    """Back to the first page, as the rows on it have changed."""
    set_query("page", None)


def current_page(row_count: int) -> tuple[int, int]:
    """(page, pages), counted from 0; the URL counts from 1."""
    pages = max(1, -(-row_count // PAGE_ROWS))
    asked = query("page", "1") or "1"
    page = int(asked) - 1 if asked.isdecimal() and len(asked) < 9 else 0
    return min(max(page, 0), pages - 1), pages


def row_grid(
    table: pd.DataFrame, on_page: list[int], chosen: list[int], state: object, words: TaskWords
) -> None:
    """One page of rows. Ticking a row puts it into the URL."""
    version = st.session_state.get("grid_version", 0)
    key = f"rows-{abs(hash((state, tuple(on_page), version)))}"
    number = st.column_config.NumberColumn
    width = 120 if words is TEXTS else 130  # types have longer names
    show_table(
        table,
        key=key,
        # What one reads first stands first; the file the CSV makes keeps the id in front.
        column_order=[name for name in _ORDER if name in table],
        height=35 * (len(table) + 1) + 3,
        alt="The training rows that pass the filters",
        on_select=lambda: tick(key, on_page),
        selection_default={
            "selection": {"rows": [i for i, row in enumerate(on_page) if row in chosen]}
        },
        column_config={
            "row": number(width=60, help="Place among the training rows, from 0"),
            "id": st.column_config.TextColumn(width=90),
            "text": st.column_config.TextColumn(width=330, help="Double-click for all of it"),
            "label": st.column_config.TextColumn(words.own, width=width),
            "mistakes": st.column_config.TextColumn(
                width=170, help="The kinds of wrong entities; empty where all are right"
            ),
            "prediction": st.column_config.TextColumn(words.predicted, width=width),
            "P(label)": st.column_config.ProgressColumn(
                words.p,
                format="%.2f",
                min_value=0,
                max_value=1,
                width=85,
                help=f"Softmax {words.probability}",
            ),
            "hardness": number(format="%.3f", width=80),
            "loss": number(
                format="%.3f", width=70, help="Cross-entropy at the epoch's end, in nats"
            ),
            "alignment": number(
                format="%+.3f",
                help="Above 0: more weight on this row would help the balanced meta set",
            ),
            "boost": number(
                format="%.2f", help="How often it is a hard seed's neighbour; 1 is the most"
            ),
            "visits": number(width=65, help="Draws since the run began"),
            "last seen": number(
                format="%d",
                width=75,
                help="Steps since the last draw; empty if the row was never drawn",
            ),
            "draws": number(width=65, help="Draws in this epoch"),
        },
    )


def tick(key: str, on_page: list[int]) -> None:
    """Put the ticked rows into the URL; more than can be followed are taken back."""
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
        st.warning(f"At most {MOST_ROWS} rows are followed at a time: untick one first.")
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
