"""Which rows the table on Hardness lists, and in which order; all of it in the URL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from hamr.entities import ERROR_MEANINGS
from hamr.store import Run
from hamr.tasks import TaskWords, features
from hamr.ui.shell.guide_links import with_guide
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.text import distinct
from hamr.views.base.mistakes import KINDS
from hamr.views.base.recency import SUPPORT_NAMES
from hamr.views.base.rowtable import RowFilter

_MEANINGS = "; ".join(f"*{name}*: {meaning}" for name, meaning in ERROR_MEANINGS.items())
_OLD_SUPPORT = "reading"  # the name of the filter "support" in links made by version 0.1.0


def filters(run: Run, orders: Sequence[str], first: str) -> tuple[RowFilter, str]:
    """The filter and the sort order that the reader chooses, at first the order `first`."""
    bound: dict[str, Any] = {"bind": "query-params", "on_change": first_page}
    query_text, classes, sort = _what_and_order(run, orders, first, bound)
    kinds = features(run.info.task).mistake_kinds
    widths = [3, 2, 2, 2] if kinds else [3, 3, 2]
    a, b, *others = st.columns(widths, vertical_alignment="bottom")
    support = a.selectbox(
        "Support of hardness",
        SUPPORT_NAMES,
        index=None,
        key="support",
        placeholder="any",
        help=with_guide("The tab *Hard or just drawn* explains the rule.", "hardness.support"),
        **bound,
    )
    about = with_guide("Draws since the run began.", "hardness.visits")
    least = b.number_input("Minimum visits", 0, step=1, key="visits", help=about, **bound)
    wanted = RowFilter(
        query=query_text,
        classes=classes,
        kind=_kind(others[0], bound) if kinds else None,
        mistakes=_only_mistakes(others[-1], run, bound),
        min_visits=int(least),
        support=SUPPORT_NAMES.index(support) if support else None,
    )
    return wanted, sort


def _what_and_order(
    run: Run, orders: Sequence[str], first: str, bound: dict[str, Any]
) -> tuple[str, tuple[int, ...], str]:
    """The words to search, the classes of the rows, and their order."""
    words = TaskWords.of(run.info.task)
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
    sort = c.selectbox("Order", orders, index=orders.index(first), key="sort", **bound)
    index = {name: i for i, name in enumerate(run.classes)}
    return text or "", tuple(index[name] for name in names), sort


def _kind(column: Any, bound: dict[str, Any]) -> str | None:
    chosen: str | None = column.selectbox(
        "Kind of mistake", KINDS, index=None, key="kind", placeholder="any", help=_MEANINGS, **bound
    )
    return chosen


def _only_mistakes(column: Any, run: Run, bound: dict[str, Any]) -> bool:
    entities = features(run.info.task).entities
    chosen: bool = column.toggle(
        "Only mistakes",
        key="mistakes",
        help="Sentences with at least one wrong entity"
        if entities
        else "Rows whose prediction differs from the label",
        **bound,
    )
    return chosen


def show_support(name: str) -> None:
    """Open the table with the rows of that support."""
    st.session_state["support"] = name
    st.session_state["view"] = "Rows"
    first_page()


def first_page() -> None:
    """Go back to the first page, as the rows on it have changed."""
    set_query("page", None)


def modernise_link() -> None:
    """Set the filter of an older link, which had another name for it."""
    support = query(_OLD_SUPPORT)
    if support is None:
        return
    set_query(_OLD_SUPPORT, None)
    if support in SUPPORT_NAMES:
        st.session_state["support"] = support
