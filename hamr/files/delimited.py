"""CSV and TSV files, read line by line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

from hamr.errors import DataError
from hamr.files.table import Unit
from hamr.files.textfile import open_text

# The csv module refuses fields above a limit, which is one for the whole process. A quote
# that is never closed makes one field of the rest of the file, so a limit there must be.
LONGEST_FIELD = 20_000_000
csv.field_size_limit(LONGEST_FIELD)
_DELIMITERS = ",;\t"


class Dialect(TypedDict):
    """What differs between the files that are read here."""

    delimiter: str
    quoting: Literal[0, 3]


class DelimitedFile:
    """A CSV or TSV file with a header line.

    A .csv file may be delimited by semicolons or tabs, as spreadsheets in much of Europe
    write it: the most frequent of the three in the header counts. TSV files are often
    written without quoting; where quotes do not pair up there, they are read as plain
    characters, provided that no line then has more fields than the header.
    """

    unit: Unit = "line"

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.notices: list[str] = []
        self._quoting: Literal[0, 3] = csv.QUOTE_MINIMAL
        with open_text(path) as file:
            head = next((line for line in file if not line.isspace()), "")
        if not head:
            raise DataError(f"{self.name} is empty: give a file with a header line and rows")
        frequent = max(_DELIMITERS, key=head.count)
        self._delimiter = "\t" if path.suffix.lower() == ".tsv" else frequent

    def columns(self) -> list[str]:
        """The header's names."""
        _, names = next(self._records())
        return [name.strip() for name in names]

    def rows(self, wanted: Sequence[str]) -> Iterator[tuple[int, Sequence[Any]]]:
        """The line each row begins on and its values; None for a field the line lacks."""
        if self._delimiter == "\t":
            self._choose_quoting()
        there = self.columns()
        at = [there.index(column) for column in wanted]
        records = self._records()
        next(records)
        for line, record in records:
            if len(record) == len(there):
                yield line, [record[i] for i in at]
            else:
                _check_length(self.name, line, record, len(there))
                yield line, [record[i] if i < len(record) else None for i in at]

    def dialect(self) -> Dialect:
        """How the csv module is to read the file."""
        if self._delimiter == "\t" and self._quoting == csv.QUOTE_MINIMAL:
            self._choose_quoting()
        return {"delimiter": self._delimiter, "quoting": self._quoting}

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        with open_text(self.path) as file:
            reader = csv.reader(file, delimiter=self._delimiter, quoting=self._quoting, strict=True)
            line = 1
            try:
                for record in reader:
                    if record:  # not a blank line
                        yield line, record
                    line = reader.line_num + 1
            except csv.Error as error:
                raise DataError(
                    f"{self.name}, line {line:,}: the quotes do not pair up ({error}); write a "
                    'quote inside a quoted field twice ("")'
                ) from None

    def _choose_quoting(self) -> None:
        """Falls back to plain quotes if pairing them fails and not pairing them does not."""
        try:
            for _ in self._records():
                pass
        except DataError as error:
            self._quoting = csv.QUOTE_NONE
            width = len(self.columns())
            if any(len(record) > width for _, record in self._records()):
                self._quoting = csv.QUOTE_MINIMAL
                raise error from None
            self.notices = [f"quotes in {self.name} do not pair up and are kept as characters"]


def _check_length(name: str, line: int, record: list[str], width: int) -> None:
    """Raises DataError if a row has more fields than the header; empty extras are harmless."""
    if any(record[width:]):
        raise DataError(
            f"{name}, line {line:,}: {len(record)} fields where the header has {width}; put "
            "quotes around a field that holds the delimiter"
        )
