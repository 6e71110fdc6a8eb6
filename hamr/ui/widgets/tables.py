"""Tables on a page: what every one of them has in common, and how it is saved.

Streamlit's own download writes cells as they are, and a spreadsheet runs what begins with =. It
is switched off in .streamlit/config.toml; the button here goes by `hamr.ui.shell.text.as_csv`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from hamr.ui.shell.text import as_csv

if TYPE_CHECKING:
    import pandas as pd

LONGEST_CELL = 10_000  # characters of a text that go to the browser


def show_table(frame: pd.DataFrame, *, csv: str | None = None, **options: Any) -> Any:
    """`st.dataframe` without its index, and the selection that this gives.

    `csv` is the name of the file that a button below saves the table as; tables whose page has
    a button of its own go without.
    """
    shown = st.dataframe(_cut(frame), hide_index=True, **options)
    if csv is not None:
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.download_button(
                "CSV",
                lambda: as_csv(frame),
                f"{csv}.csv",
                "text/csv",
                key=f"{options.get('key', csv)}-csv",
                on_click="ignore",
                type="tertiary",
                help="This table",
            )
    return shown


def edit_table(frame: pd.DataFrame, **options: Any) -> pd.DataFrame:
    """`st.data_editor` without its index: a table that can be written into."""
    edited: pd.DataFrame = st.data_editor(frame, hide_index=True, **options)
    return edited


def _cut(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with texts short enough for a browser; the very same where all are."""
    cut = {
        name: column.map(_cell)
        for name, column in frame.items()
        if column.dtype.kind == "O" and any(map(_is_long, column))
    }
    return frame.assign(**cut) if cut else frame


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > LONGEST_CELL


def _cell(value: Any) -> Any:
    return value[: LONGEST_CELL - 1] + "…" if _is_long(value) else value
