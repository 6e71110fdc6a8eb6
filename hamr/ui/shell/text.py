"""Words that come from files and people, made safe for Streamlit's Markdown and for CSV."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hamr.legible import LONGEST, NAME, distinct, legible

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "as_csv",
    "count",
    "distinct",
    "duration",
    "plain",
    "plain_name",
    "title_of",
]

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])")
# Where Streamlit makes something of plain letters, after all escapes: links of www.x, http://x
# and a@b, icons of :material/x:, arrows of ->, code of a line that begins with blanks.
_JOINTS = re.compile(
    r"(?<=www)(?=\.)|(?<=:)(?=[a-z/+])|(?<=@)(?=\S)|(?<=[-<>~!=])(?=[-<>~=])|^(?=\s)", re.I
)
_JOINER = "\N{WORD JOINER}"  # takes no room and no ink


def plain(text: object, most: int = LONGEST) -> str:
    """Text that st.error, st.caption and the like show as it is, on one line.

    They read Markdown, so a class named `![](https://...)` would load a picture from the
    internet, and `snake_case_names` would turn italic. Long texts are cut.
    """
    return _MARKUP.sub(r"\\\1", _JOINTS.sub(_JOINER, legible(text, most)))


def plain_name(text: object) -> str:
    """`plain` for a name in a button, a tab or another short label."""
    return plain(text, NAME)


def title_of(name: str) -> str:
    """A setting's name as a label: "learning_rate" is "Learning rate", "lora_rank" "LoRA rank"."""
    return name.replace("_", " ").capitalize().replace("Lora ", "LoRA ")


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
    from hamr.files.cells import table_text

    return table_text(table)
