"""A column of metadata: what a file says about each row beside its text and label.

An annotator, a source, a date, a number: every value is kept as the text that the file has, each
different one once, so that a million rows by a dozen annotators take four bytes a row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

Indices = np.ndarray | list[int]


@dataclass(frozen=True)
class Column:
    """The values of n rows."""

    values: tuple[str, ...]  # the different ones, in the order of the rows that first have them
    codes: np.ndarray  # [n] int32, an index into `values`; -1 where a row has no value

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> Column:
        """The column of these cells; blank ones are no values."""
        known: dict[str, int] = {}
        codes = [
            known.setdefault(text, len(known)) if text and not text.isspace() else -1
            for text in texts
        ]
        return cls(tuple(known), np.array(codes, np.int32))

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[str | None]:
        return (self.values[code] if code >= 0 else None for code in self.codes.tolist())

    def take(self, rows: Indices) -> Column:
        """The values of those rows (indices, or a mask [n]), without values that none of them has.

        The same cells give the same column, whichever rows were around them.
        """
        codes = self.codes[rows]
        used, first = np.unique(codes[codes >= 0], return_index=True)
        order = used[np.argsort(first)]
        number = np.full(len(self.values) + 1, -1, np.int32)  # the last one for -1
        number[order] = np.arange(len(order), dtype=np.int32)
        return Column(tuple(self.values[code] for code in order.tolist()), number[codes])

    def counts(self) -> np.ndarray:
        """How many rows have each value, [len(values)] int64."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))


def apart(names: Iterable[str], taken: Collection[str]) -> dict[str, str]:
    """What columns of metadata are called in a table that has columns of its own."""
    found: dict[str, str] = {}
    for name in names:
        own = name
        while own in taken or own in found.values():
            own += " (metadata)"
        found[name] = own
    return found


def joined(columns: Iterable[Column]) -> Column:
    """The column of all rows of these, one after the other."""
    known: dict[str, int] = {}
    parts = []
    for column in columns:
        number = [known.setdefault(value, len(known)) for value in column.values]
        parts.append(np.array([*number, -1], np.int32)[column.codes])
    return Column(tuple(known), np.concatenate([np.empty(0, np.int32), *parts]))


_NUMBER = re.compile(r"[+-]?\d{1,18}([.,]\d{1,18})?([eE][+-]?\d{1,3})?")
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?(?:[T ].*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:[T ].*)?")


def as_numbers(values: Iterable[str]) -> np.ndarray | None:
    """The values as float64; None unless each is a number, with a point or a comma in it."""
    texts = [value.strip() for value in values]
    if not all(map(_NUMBER.fullmatch, texts)):
        return None
    return np.array([float(text.replace(",", ".")) for text in texts])


def as_months(values: Iterable[str]) -> list[tuple[int, int]] | None:
    """The year and month of each value; None unless each is a date.

    Dates begin or end with the year: 2024-03-05, 5.3.2024, 5/3/2024, each with or without a time.
    Of 5/3/2024 the first number is the day if some value shows it (13/3/2024) or points part
    the numbers, the month if some value shows that; otherwise it could be either, and the values
    count as no dates.
    """
    found: list[tuple[int, int]] = []
    open_order: list[tuple[int, int, int]] = []  # first number, second number, year
    day_first = False
    for text in map(str.strip, values):
        if match := _YEAR_FIRST.fullmatch(text):
            found.append((int(match[1]), int(match[3])))
        elif match := _YEAR_LAST.fullmatch(text):
            open_order.append((int(match[1]), int(match[3]), int(match[4])))
            day_first |= match[2] == "."
            found.append((0, len(open_order) - 1))
        else:
            return None
    if open_order:
        first, second = (max(one[at] for one in open_order) for at in (0, 1))
        if not day_first and (first > 12) == (second > 12):
            return None
        at = 1 if day_first or first > 12 else 0
        found = [(open_order[month][2], open_order[month][at]) if not year else (year, month)
                 for year, month in found]  # fmt: skip
    return found if all(1 <= month <= 12 for _, month in found) else None
