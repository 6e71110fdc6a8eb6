"""Columns of metadata on Relabel: beside the row, as a filter, and label errors by their values."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from hamr.decisions import State
from hamr.legible import legible
from hamr.store import Decisions, Run
from hamr.ui.shell.cached import view
from hamr.ui.shell.state import query, query_all, set_query, set_query_all
from hamr.ui.shell.text import count, distinct, plain, plain_name
from hamr.ui.widgets.tables import show_table
from hamr.views.base import metadata
from hamr.views.base.all_rows import AllRows
from hamr.views.relabel.by_column import changed_ids, table
from hamr.views.relabel.queue import Queue

COLUMN, VALUE = "column", "value"  # in the URL
MOST_OPTIONS, MOST_LINES = 300, 200
MOST_ACROSS = 6  # columns beside each other under a row


def chosen_column(run: Run) -> str | None:
    """The column that the URL names, where the run's rows have it."""
    name = query(COLUMN)
    return name if name in metadata.names(run) else None


def rows_with_values(run: Run) -> np.ndarray | None:
    """The rows with the values that the URL names, [A] bool; None where it names none."""
    name, values = chosen_column(run), query_all(VALUE)
    if name is None or not values:
        return None
    return view(metadata.groups, run, name).rows(values)


def row_metadata(run: Run, row: int) -> None:
    """What the columns say of a row, as a small table under its text."""
    about = view(metadata.names, run) and metadata.about(run, row)
    if not about:
        return
    cells = {plain_name(name): plain(legible(value, 200)) for name, value in about.items()}
    if len(cells) <= MOST_ACROSS:
        frame = pd.DataFrame([cells])
    else:
        frame = pd.DataFrame({"column": cells.keys(), "value": cells.values()})
    st.table(frame, border="horizontal", hide_index=True, alt="Metadata of the row")


def by_column(
    run: Run, decisions: Decisions, queue: Queue, known: AllRows, states: Mapping[str, State]
) -> None:
    """Label errors by the values of a column, and the choice of the values to show."""
    if not view(metadata.names, run):
        return
    name, values = chosen_column(run), query_all(VALUE)
    box = st.popover(
        "Errors by column",
        icon=":material/table_chart:",
        key="by-column",
        on_change="rerun",
        width="content",
    )
    if name and values:
        more = f" and {len(values) - 1:,} more" if len(values) > 1 else ""
        st.button(
            f"Clear {plain_name(name)}: {plain_name(values[0])}{more}",
            icon=":material/filter_alt_off:",
            key="all-values",
            help="Show the rows of all values again",
            on_click=_show,
            args=(name, ()),
        )
    if box.open:  # a closed one sends no table
        with box:
            _inside(run, decisions, queue, known, states)


def _inside(
    run: Run, decisions: Decisions, queue: Queue, known: AllRows, states: Mapping[str, State]
) -> None:
    names = metadata.names(run)
    name = st.selectbox(
        "Column",
        names,
        index=names.index(chosen_column(run) or names[0]),
        format_func=distinct(names),
        key="errors-column",
    )
    groups = view(metadata.groups, run, name)
    frame = table(groups, name, queue, known, states, changed_ids(decisions, states))
    _table(frame, name, groups, hard=queue.issues is None)
    _values(name, groups)


def _table(frame: pd.DataFrame, name: str, groups: metadata.Groups, *, hard: bool) -> None:
    """The lines, of which a selected one becomes the filter."""
    key = f"errors-{name}-{groups.by}"

    def picked() -> None:
        ticked = st.session_state[key]["selection"]["rows"]
        if ticked:  # Escape, which closes the box, takes the tick off as well
            _show(name, tuple(frame.iloc[ticked, 0]))

    number, share = st.column_config.NumberColumn, st.column_config.ProgressColumn
    show_table(
        frame.head(MOST_LINES),
        csv="errors-by-column",
        key=key,
        height=min(35 * (len(frame) + 1) + 3, 320),
        alt=f"{'Hard rows' if hard else 'Likely errors'} by {name}",
        on_select=picked,
        selection_mode="single-row",
        column_config={
            "likely errors": number("hard rows" if hard else None),
            "share": share(format="percent", min_value=0.0, max_value=1.0),
            "from": number(format="percent", help="Low end of the 95 % interval of the share"),
            "to": number(format="percent", help="High end of the 95 % interval of the share"),
            "changed": number(help="Rows whose label people changed"),
        },
    )
    what = "hard rows" if hard else "likely errors"
    cut = f" The first {MOST_LINES} of {count(len(frame), groups.by)}."
    st.caption(
        f"Sorted by the low end of the 95 % interval of the share of {what}. Select a line to "
        f"review only its rows.{cut if len(frame) > MOST_LINES else ''}"
    )


def _values(name: str, groups: metadata.Groups) -> None:
    """The values whose rows are shown; of many the most frequent ones, or those that match."""
    chosen = query_all(VALUE) if query(COLUMN) == name else ()
    options = list(groups.names)
    if len(options) > MOST_OPTIONS:
        part = st.text_input(
            f"Find one of {count(len(options), groups.by)}", key="find-value", type="search"
        )
        found = [one for one in options if part.strip().casefold() in one.casefold()]
        options = found[:MOST_OPTIONS]
    options = list(dict.fromkeys([*options, *(one for one in chosen if one in groups.names)]))
    # Another choice is another control: a rerun that interrupts this one would otherwise come with
    # the control's older choice, which then counted as a change.
    key = f"values-{name}-{abs(hash(chosen))}"

    def changed() -> None:
        values = tuple(st.session_state[key])
        # A control that has gone comes back once, as if changed, where the browser asks for a
        # rerun before it knows that the control has gone: then it has its first choice still.
        if values != chosen:
            _show(name, values)

    st.multiselect(
        "Show only rows with",
        options,
        default=[one for one in chosen if one in options],
        format_func=distinct(options),
        key=key,
        placeholder=f"any {groups.by}",
        on_change=changed,
    )


def _show(name: str | None, values: tuple[str, ...]) -> None:
    """Put the filter into the URL, and start the queue with its first row."""
    set_query(COLUMN, name if values else None)
    set_query_all(VALUE, values)
    set_query("row", None)
