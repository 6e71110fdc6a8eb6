"""CSV and TSV: the label's field of some records is replaced where it stands."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping

from hamr.errors import DataError
from hamr.files.delimited import DelimitedFile, Dialect
from hamr.files.textfile import open_text


class _Noted:
    """Lines on their way into the csv module, noted until their record is complete."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._noted = lines, [""]

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self._noted.append(next(self._lines))
        return self._noted[-1]

    def take(self) -> str:
        """What was read since the last call."""
        text = "".join(self._noted)
        self._noted.clear()
        return text


def delimited(file: DelimitedFile, column: str, changes: Mapping[int, str]) -> Iterator[str]:
    """The text of the file, record by record; `changes` by the line that a record begins on."""
    at, dialect = file.columns().index(column), file.dialect()
    with open_text(file.path) as text:
        noted = _Noted(text)
        reader = csv.reader(noted, strict=True, **dialect)
        line = 1
        for record in reader:
            raw = noted.take()
            if line in changes and record:
                where = f"{file.name}, line {line:,}"
                raw = _replaced(raw, record, at, changes[line], dialect, where)
            yield raw
            line = reader.line_num + 1


def _replaced(
    raw: str, record: list[str], at: int, label: str, dialect: Dialect, where: str
) -> str:
    """The record with another label; quotes and blanks around the old one stay."""
    places = _places(raw, dialect)
    if len(places) != len(record) or at >= len(places):
        raise DataError(f"{where} has no label to replace: the file has changed")
    start, end = places[at]
    plain = dialect["quoting"] == csv.QUOTE_NONE
    quoted = not plain and raw[start:end].startswith('"')
    old = record[at]
    first = len(old) - len(old.lstrip())
    new = old[:first] + label + old[len(old.rstrip()) :]
    special = any(mark in label for mark in (dialect["delimiter"], "\r", "\n"))
    if plain and special:
        raise DataError(
            f"{where}: the label {label!r} holds the file's delimiter or a line end, and the file "
            "has no quotes to put around it: choose another name for the class"
        )
    if quoted or (not plain and (special or '"' in label)):
        new = '"' + new.replace('"', '""') + '"'
    return raw[:start] + new + raw[end:]


def _places(raw: str, dialect: Dialect) -> list[tuple[int, int]]:
    """Where the fields of a record lie, their quotes included."""
    mark = re.escape(dialect["delimiter"])
    field = rf"[^{mark}\r\n]*"
    if dialect["quoting"] != csv.QUOTE_NONE:
        field = rf'"(?:[^"]|"")*"|{field}'
    found, pattern = [], re.compile(field)
    end = -1
    while end < len(raw) and (end < 0 or raw[end] == dialect["delimiter"]):
        place = pattern.match(raw, end + 1)
        assert place is not None  # it matches nothing, too
        end = place.end()
        found.append((place.start(), end))
    return found
