"""Words that come from files and people, made safe for Streamlit's Markdown and for CSV."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def plain(text: object) -> str:
    """Text that st.error, st.caption and the like show as it is.

    They read Markdown, so a class named `![](https://...)` would load a picture from the
    internet, and `snake_case_names` would turn italic.
    """
    return _MARKUP.sub(r"\\\1", str(text)).replace("\n", " ")


def title_of(name: str) -> str:
    """A setting's name as a label: "learning_rate" is "Learning rate"."""
    return name.replace("_", " ").capitalize()


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 row", "13,621 rows"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """A span of time in words, one unit below an hour: "40 s", "3 min", "2 h 05 min"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def as_csv(table: pd.DataFrame) -> str:
    """A table for downloads, in which no spreadsheet takes a row's text for a formula."""
    from hamr.data import safe_table

    return safe_table(table).to_csv(index=False)
