"""Cells of the CSV files that the program writes: a spreadsheet must not run a text as a formula.

Spreadsheets run what begins with = + - or @ as a formula, also in full width, and after blanks and
invisible characters (OWASP, "CSV injection"). A spreadsheet that separates cells by semicolons or
tabs ignores quotes in the middle of a line, so a cell also begins after every semicolon, tab and
line end of a text. Each such piece of a text gets an apostrophe before it, which marks text in
spreadsheets; `unsafe` removes it. Numbers stay numbers. The file of a data set is never changed
like this: it is written back as it was.

Every CSV file that the program writes is written here. Cells that contain a delimiter, a quote or a
line end (a lone carriage return too) are quoted, so that the csv module and pandas read back what
was written, on every Python version.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_UNSEEN = (
    r"\s\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
_SEPARATOR = re.compile(r"([;\t\r\n])")
_FORMULA = re.compile(f"[{_UNSEEN}]*[{_SIGNS}]")
_LATER_FORMULA = re.compile(f'[{_UNSEEN}"]*[{_SIGNS}]')  # where quotes mean nothing
_NUMBER = re.compile(rf"[{_UNSEEN}]*[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?[{_UNSEEN}]*")
_PERHAPS = re.compile(rf"(?:\A|[;\t\r\n])'*(?:[{_UNSEEN}\"]*[{_SIGNS}]|[\t\r\n])")
_TO_QUOTE = re.compile(r'[,;\t|"\r\n\ufeff]|\A\s|\s\Z')
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")  # UTF-8 can't hold it


def safe(value: Any) -> Any:
    """The value as a cell that no spreadsheet runs; values other than texts are unchanged."""
    if isinstance(value, str) and _PERHAPS.search(value):
        return _by_pieces(value, lambda piece: f"'{piece}")
    return value


def unsafe(value: str) -> str:
    """The text that `safe` was given, from a cell of a file that the program wrote."""
    return _by_pieces(value, lambda piece: piece.removeprefix("'")) if "'" in value else value


def _by_pieces(text: str, change: Callable[[str], str]) -> str:
    """The text with each piece changed that a spreadsheet would run as a formula.

    Apostrophes before a piece do not count, so that `safe` and `unsafe` change the same ones.
    """
    pieces = _SEPARATOR.split(text)
    number = len(pieces) == 1 and _NUMBER.fullmatch(text.lstrip("'"))
    for at in range(0, len(pieces), 2):
        bare = pieces[at].lstrip("'")
        formula = (_LATER_FORMULA if at else _FORMULA).match(bare) and not number
        behind = pieces[at + 1] if at == 0 and not bare and len(pieces) > 1 else ""
        if formula or behind in ("\t", "\r", "\n"):  # some programs drop these at the start
            pieces[at] = change(pieces[at])
    return "".join(pieces)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A CSV file of these rows, each cell safe."""
    return "".join(_line([_cell(value) for value in row]) for row in (header, *rows))


def line_of(cells: Iterable[str], delimiter: str = ",") -> str:
    """A line of a CSV or TSV file with these texts as they are, each quoted where it needs to be.

    For the cells of a data set, which is written back as it was; others go through `safe`.
    """
    quoted = (_quoted(_HALF_CHARACTER.sub("\ufffd", cell)) for cell in cells)
    return f"{delimiter.join(quoted) or chr(34) * 2}\n"


def table_text(table: pd.DataFrame) -> str:
    """A CSV file of a table, each cell and column name safe; numbers as pandas writes them."""
    columns = [_column(table.iloc[:, at]) for at in range(table.shape[1])]
    lines = map(_line, zip(*columns, strict=True))
    return "".join([_line([_cell(name) for name in table.columns]), *lines])


def _column(column: pd.Series) -> list[str]:
    """The cells of a table's column."""
    import pandas as pd

    kinds = pd.api.types
    if kinds.is_numeric_dtype(column) or kinds.is_datetime64_any_dtype(column):
        lines = column.to_csv(index=False, header=False, lineterminator="\n").split("\n")
        return ["" if line == '""' else line for line in lines[:-1]]
    missing = column.isna().tolist()
    return ["" if gap else _cell(value) for value, gap in zip(column, missing, strict=True)]


def _cell(value: Any) -> str:
    """A value as it is written: safe, and quoted where a reader could split it into cells."""
    if value is None:
        return ""
    return _quoted(_HALF_CHARACTER.sub("\ufffd", safe(str(value))))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _TO_QUOTE.search(text) else text


def _line(cells: Sequence[str]) -> str:
    """A line of a file. A single empty cell is quoted: a blank line is not a row."""
    return f"{','.join(cells) or chr(34) * 2}\n"
