"""Attached rows of tagged sentences, without tags.

The file has the words of those in which a word holds a blank; all others, and those that earlier
versions attached, have the words of their texts, parted at blanks.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from hamr.store.arrow_file import Indices
from hamr.store.rows import RowTable


class AttachedSentences(RowTable):
    """The rows of an attachment, read as sentences."""

    def __init__(self, table: RowTable) -> None:
        self.classes = table.classes
        self._file = table._file

    def words(self, row: int) -> list[str]:
        """The words of one row."""
        return self.words_of([row])[0]

    def words_of(self, rows: Indices) -> list[list[str]]:
        """The words of each of those rows."""
        kept = self._file.take("words", rows) if self.has_words else [None] * len(rows)
        texts = self.texts(rows)
        return [text.split() if own is None else own for own, text in zip(kept, texts, strict=True)]

    @cached_property
    def word_starts(self) -> np.ndarray:
        """[n + 1]: row i has the words starts[i] to starts[i + 1] - 1 of all."""
        counts = [len(words) for words in self.words_of(range(len(self)))]
        return np.cumsum([0, *counts])
