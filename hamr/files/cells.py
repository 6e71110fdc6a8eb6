"""Cells of the CSV files that we compose: a spreadsheet must not run a row's text as a formula.

Spreadsheets compute what begins with = + - or @, and some do so behind a tab or a line end
(OWASP, "CSV injection"). Such a text gets an apostrophe before it, which spreadsheets take for
"this is text". Numbers stay numbers. A data set's own file is never treated so: it is written
back as it came.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")


def safe(value: Any) -> Any:
    """The value as a cell that no spreadsheet computes; other values than texts as they are."""
    if isinstance(value, str):
        # A text that has such an apostrophe of its own gets another, so that `unsafe` can tell.
        bare = value.lstrip("'")
        if bare.startswith(RISKY) and not _NUMBER.fullmatch(bare):
            return f"'{value}"
    return value


def unsafe(value: str) -> str:
    """The text that `safe` was given, from a cell of a file of ours."""
    return value[1:] if value[:1] == "'" and safe(value[1:]) == value else value


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A CSV file of these rows, each cell safe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(safe, header))
    writer.writerows([safe(value) for value in row] for row in rows)
    return text.getvalue()


def safe_table(table: pd.DataFrame) -> pd.DataFrame:
    """The table with safe texts and column names; numbers, and the order, stay."""
    import pandas as pd

    texts = {
        name: column.map(safe)
        for name, column in table.items()
        if not pd.api.types.is_numeric_dtype(column)
    }
    return table.assign(**texts).rename(columns=safe)  # type: ignore[arg-type]
