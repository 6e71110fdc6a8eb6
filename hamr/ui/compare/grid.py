"""Rows of two runs as a table in which one can be selected, and the selected one in full.

The selected row is in the URL, under the name of its table: ?test_row=12, ?train_row=7.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from hamr.ui.compare.pair import Pair
from hamr.ui.shell.state import set_query
from hamr.ui.shell.text import as_csv, count
from hamr.ui.widgets.tables import show_table

SHOWN = 300  # a longer table is no help to the eye and slow to send
LONGEST = 2000  # letters of a text

_text, _number = st.column_config.TextColumn, st.column_config.NumberColumn
_chance = _number(
    format="%.2f", width=84, help="Softmax probability of the label; of a sentence, its hardest tag"
)
# The columns that the order of the rows depends on fit next to the sidebar of a small screen.
COLUMNS = {
    "text": _text(width=236, help="Select the row to read all of it"),
    **dict.fromkeys(("label", "A predicts", "B predicts"), _text(width=132)),
    "P(label) A": _chance,
    "P(label) B": _chance,
}


def grid(
    rows: np.ndarray,
    table: Callable[[np.ndarray], pd.DataFrame],
    *,
    name: str,
    chosen: int | None,
    what: str,
    which: str = "",
) -> None:
    """The first SHOWN rows, and all of them as CSV; the widest gap comes first.

    Selecting a row puts it into the URL as `name`; `chosen` is the row that is there.
    """
    if not len(rows):
        st.success(f"No {what}{which}." if which else f"No {what} of this kind.")
        return
    _head(rows, table, name, f"{count(len(rows), what)}{which}")
    shown = rows[:SHOWN]
    frame = table(shown)
    key = f"compare_{name}s-{abs(hash(shown.tobytes()))}-{st.session_state.get(_version(name), 0)}"

    def selected() -> None:
        indices = st.session_state[key]["selection"]["rows"]
        set_query(name, int(shown[indices[0]]) if indices else None)

    show_table(
        frame,
        key=key,
        height=min(36 * (len(frame) + 1) + 2, 400),
        alt=f"{what.capitalize()}s{which}: text, label and the prediction of each run",
        column_order=[*COLUMNS, "id", "row"],
        column_config=COLUMNS,
        on_select=selected,
        selection_mode="single-row",
        selection_default={"selection": {"rows": np.flatnonzero(shown == chosen).tolist()}},
    )


def _head(
    rows: np.ndarray, table: Callable[[np.ndarray], pd.DataFrame], name: str, title: str
) -> None:
    """How many rows there are, in which order, and all of them as CSV."""
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"{name}-head"):
        more = f"; {SHOWN} are shown" if len(rows) > SHOWN else ""
        order = ", largest difference in P(label) first" if len(rows) > 1 else ""
        st.text(f"{title}{order}{more}", width="stretch")
        st.download_button(
            "CSV of these rows",
            lambda: as_csv(table(rows)),
            f"compare_{name}s.csv",
            "text/csv",
            on_click="ignore",
            key=f"{name}-csv",
            help="All of these rows, not only the ones shown",
        )


def choose(name: str, row: int | None) -> None:
    """Put a row into the URL, or remove it, and have its table select it."""
    set_query(name, row)
    # A table keeps its selection as long as its key.
    st.session_state[_version(name)] = st.session_state.get(_version(name), 0) + 1


def _version(name: str) -> str:
    return f"{name}-version"


def open_row(
    pair: Pair, line: pd.Series, *, name: str, what: str, links: Callable[[], None] | None = None
) -> None:
    """A row in full: its text, its label, and what the two runs predict."""
    with st.container(border=True, key=f"{name}-open"):
        head, close = st.columns([9, 1], vertical_alignment="center")
        head.subheader(f"{what.capitalize()} {line['row']}", anchor=False)
        close.button("Close", key=f"{name}-close", on_click=choose, args=(name, None))
        text = line["text"]
        st.text(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")
        said = [f"{line['id']} · labelled {line['label']}"]
        for side, one, run in zip("AB", pair.of, (pair.a, pair.b), strict=True):
            said.append(
                f"{side}, {one.name}, seed {run.info.seed}, predicts {line[f'{side} predicts']}: "
                f"P(label) {line[f'P(label) {side}']:.2f}"
            )
        st.text("\n".join(said))
        if links:
            with st.container(horizontal=True):
                links()
