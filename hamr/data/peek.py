"""A cheap look at a source before it is loaded: its columns and first rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from hamr.data import builtin
from hamr.data.load import BUILTIN, open_source
from hamr.errors import DataError
from hamr.files.reading import TableFile
from hamr.files.table import Reader, blamed_on

if TYPE_CHECKING:
    import pandas as pd

# Column names that publishers use, the likeliest first.
TEXT_NAMES = ("text", "sentence", "tweet", "content", "tweet_text", "message", "review", "body",
              "utterance", "comment", "description", "document", "title")  # fmt: skip
LABEL_NAMES = ("label", "class", "category", "tag", "label_text", "class_label", "target",
               "intent", "sentiment", "topic", "y")  # fmt: skip
PREVIEW_CHARACTERS = 1000  # of a cell


def read_columns(source: str) -> list[str]:
    """The names of a source's columns, from its head or schema alone. Raises DataError."""
    if source in BUILTIN:
        return list(builtin.COLUMNS)
    _, readers = open_source(source, streaming=True)
    with blamed_on("source"):
        return readers["train"].columns()


def preview(source: str, limit: int = 50) -> pd.DataFrame:
    """The first rows as texts, long ones cut; "" where a row has no value.

    Columns whose name stands twice can't be chosen and are left out. Ends before a row that
    can't be read: `load` tells what is wrong with it. Raises DataError if there is no head.
    """
    import pandas as pd

    if source in BUILTIN:
        return pd.DataFrame(builtin.procedures()[:limit], columns=list(builtin.COLUMNS), dtype=str)
    _, readers = open_source(source, streaming=True)
    reader = readers["train"]
    with blamed_on("source"):
        names = reader.columns()
        wanted = [name for name in names if names.count(name) == 1]
        rows: list[list[str]] = []
        with suppress(DataError):
            rows.extend([_shown(value) for value in r] for r in first_rows(reader, wanted, limit))
    return pd.DataFrame(rows, columns=wanted, dtype=str)


def first_rows(reader: Reader, wanted: Sequence[str], limit: int) -> Iterator[Sequence[Any]]:
    """The values of the first rows; of a file those that its head holds."""
    if isinstance(reader, TableFile):
        at = [reader.head.single.index(name) for name in wanted]
        yield from ([row[i] for i in at] for row in reader.head.rows[:limit])
        return
    for _, row in islice(reader.rows(wanted), limit):
        yield row


def guess_columns(frame: pd.DataFrame) -> tuple[str | None, str | None]:
    """The likely text and label columns of a preview; None where there is no candidate.

    By name if a name is a usual one; otherwise the text is the column with the longest
    values on average, and the label the one with fewest different values, but at least 2.
    """
    names = [str(name) for name in frame.columns]
    text, label = _by_name(names, TEXT_NAMES), _by_name(names, LABEL_NAMES)
    if frame.empty:
        return text, label
    if text is None:
        rest = [name for name in names if name != label]
        text = max(rest, key=lambda name: frame[name].str.len().mean(), default=None)
    if label is None:
        different = {name: frame[name].nunique() for name in names if name != text}
        several = [name for name, count in different.items() if 2 <= count < len(frame)]
        label = min(several, key=different.__getitem__, default=None)
    return text, label


def _by_name(names: list[str], usual: tuple[str, ...]) -> str | None:
    lower = {name.lower().strip(): name for name in reversed(names)}
    return next((lower[name] for name in usual if name in lower), None)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = text.encode(errors="replace").decode()  # a nested value may hold half a character
    return text if len(text) <= PREVIEW_CHARACTERS else f"{text[:PREVIEW_CHARACTERS]}..."
