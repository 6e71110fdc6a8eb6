"""Unlabelled rows of a file, read as a stream: those that are new, and how many are not.

Texts are the same whose words are, whatever their case and blanks (`text_key`). Of each text only a
hash of 8 bytes is kept in memory, so that a million rows take 8 MB: the chance that any two of a
million different texts share one is 3 in 100 million.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from hamr.data.lookalikes import has_ink
from hamr.data.sametext import text_key
from hamr.files.table import Reader, as_text, blamed_on, check_column

CHUNK = 8192  # texts that are compared at a time

# Why a row is left out.
EMPTY = "without a text"
KNOWN = "whose text the data has"
ATTACHED = "attached before"
REPEATED = "repeated in the file"


def texts_of(reader: Reader, column: str) -> Iterator[tuple[int, str | None]]:
    """The place of each row and its text, as they are read.

    Raises ColumnError, with the control "text_column", where the file lacks the column or it
    holds lists; DataError if the file can't be read.
    """
    with blamed_on("text_column"):
        check_column(column, reader.columns(), reader.name)
        for place, (value,) in reader.rows([column]):
            yield place, as_text(value, column, reader, place)


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

    def of(self, rows: Iterable[tuple[int, str | None]]) -> Iterator[tuple[int, str]]:
        """The rows that are new, in their order."""
        left = iter(rows)
        while chunk := list(islice(left, CHUNK)):
            filled = [(place, text) for place, text in chunk if text and has_ink(text)]
            self._count(EMPTY, len(chunk) - len(filled))
            yield from self._fresh(filled)

    def _fresh(self, rows: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        hashes = hashes_of(text for _, text in rows)
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
