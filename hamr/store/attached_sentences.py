"""Attached rows of tagged sentences: texts whose words are parted at blanks, without tags."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from hamr.store.rows import RowTable


class AttachedSentences(RowTable):
    """The rows of an attachment, read as sentences."""

    def __init__(self, table: RowTable) -> None:
        self.classes = table.classes
        self._file = table._file

    def words(self, row: int) -> list[str]:
        """The words of one row."""
        return self.texts([row])[0].split()

    @cached_property
    def word_starts(self) -> np.ndarray:
        """[n + 1]: row i has the words starts[i] to starts[i + 1] - 1 of all."""
        counts = [len(text.split()) for text in self.texts(range(len(self)))]
        return np.cumsum([0, *counts])
