"""Unlabelled rows of a file, read as a stream: those that are new, and how many are not.

Texts are the same whose words are, whatever their case and blanks (`text_key`). Of each text only a
hash of 8 bytes is kept in memory, so that a million rows take 8 MB: the chance that any two of a
million different texts share one is 3 in 100 million.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from hamr.data.lookalikes import has_ink
from hamr.data.sametext import text_key
from hamr.decisions.pools import PoolRow
from hamr.files.table import Reader, as_text, blamed_on, check_column

CHUNK = 8192  # texts that are compared at a time

# Why a row is left out.
EMPTY = "without a text"
KNOWN = "whose text the data has"
ATTACHED = "attached before"
REPEATED = "repeated in the file"


def column_in(reader: Reader, columns: Sequence[str]) -> str:
    """The first of these columns that a file has; without any of them the first one."""
    there = reader.columns()
    return next((one for one in columns if one in there), columns[0])


def texts_of(reader: Reader, column: str) -> Iterator[PoolRow]:
    """The rows with their texts, as they are read.

    Raises ColumnError, with the control "text_column", where the file lacks the column or it
    holds lists; DataError if the file can't be read.
    """
    with blamed_on("text_column"):
        check_column(column, reader.columns(), reader.name)
        for place, (value,) in reader.rows([column]):
            yield PoolRow(place, as_text(value, column, reader, place) or "")


def hashes_of(texts: Iterable[str]) -> np.ndarray:
    """A number for each text, equal for texts that are the same, [n] uint64."""
    digests = (hashlib.blake2b(text_key(text).encode("utf-8", "surrogatepass"), digest_size=8)
               for text in texts)  # fmt: skip
    return np.frombuffer(b"".join(one.digest() for one in digests), np.uint64)


class Fresh:
    """Lets rows through that have a new text, and counts the others by reason.

    `known` and `attached` are the hashes of the data's own texts and of those attached before.
    """

    def __init__(self, known: np.ndarray, attached: np.ndarray) -> None:
        self._known, self._attached = np.unique(known), np.unique(attached)
        self._own = np.empty(0, np.uint64)
        self.left_out: Counter[str] = Counter()

    def of(self, rows: Iterable[PoolRow]) -> Iterator[PoolRow]:
        """The rows that are new, in their order."""
        left = iter(rows)
        while chunk := list(islice(left, CHUNK)):
            filled = [row for row in chunk if has_ink(row.text)]
            self._count(EMPTY, len(chunk) - len(filled))
            yield from self._fresh(filled)

    def _fresh(self, rows: list[PoolRow]) -> Iterator[PoolRow]:
        hashes = hashes_of(row.text for row in rows)
        known, before = np.isin(hashes, self._known), np.isin(hashes, self._attached)
        first = np.zeros(len(rows), bool)
        first[np.unique(hashes, return_index=True)[1]] = True
        repeated = ~first | np.isin(hashes, self._own)
        self._count(KNOWN, int(known.sum()))
        self._count(ATTACHED, int((before & ~known).sum()))
        self._count(REPEATED, int((repeated & ~known & ~before).sum()))
        new = ~(known | before | repeated)
        self._own = np.union1d(self._own, hashes[new])
        yield from (rows[at] for at in np.flatnonzero(new).tolist())

    def _count(self, why: str, rows: int) -> None:
        if rows:
            self.left_out[why] += rows
