"""A column of metadata: what a file says about each row beside its text and label.

An annotator, a source, a date, a number: every value is kept as the text that the file has, each
different one once, so that a million rows by a dozen annotators take four bytes a row.
"""

from __future__ import annotations

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
