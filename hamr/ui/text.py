"""Words that come from files and people, made safe for Streamlit's Markdown and for CSV."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hamr.legible import LONGEST, NAME, legible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

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


def distinct(names: Iterable[str]) -> Callable[[str], str]:
    """What each name is called in a list to choose from: legible, and no two alike.

    Streamlit tells options by what is shown of them, so that two long names cut to the same
    letters would be one.
    """
    shown: dict[str, str] = {}
    taken: set[str] = set()
    for number, name in enumerate(dict.fromkeys(names), 1):
        said = legible(name, NAME)
        while said in taken:
            said += f" ({number})"
        shown[name] = said
        taken.add(said)
    return lambda name: shown.get(name, name)


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
    from hamr.files.cells import table_text

    return table_text(table)
