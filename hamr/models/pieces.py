"""The word-piece ids of many texts in one array, without a Python object for each piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from jaxtyping import Int

AT_A_TIME = 8192  # texts; a tokenizer's own answer takes some 200 bytes for each piece


@dataclass(frozen=True)
class Pieces:
    """N texts of P word pieces, one text after another: four bytes a piece."""

    ids: Int[np.ndarray, " p"]  # int32
    lengths: Int[np.ndarray, " n"]  # int64, pieces of each text

    @cached_property
    def starts(self) -> Int[np.ndarray, " n"]:
        """Where each text begins."""
        starts: np.ndarray = np.cumsum(self.lengths) - self.lengths
        return starts

    def of(self, row: int) -> list[int]:
        """The ids of one text."""
        first = int(self.starts[row])
        found: list[int] = self.ids[first : first + int(self.lengths[row])].tolist()
        return found

    @classmethod
    def made(cls, tokenize: Callable[[list[str]], list[list[int]]], texts: Sequence[str]) -> Pieces:
        """The pieces that `tokenize` finds, asked for some thousand texts at a time."""
        ids, lengths = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)]
        for start in range(0, len(texts), AT_A_TIME):
            found = tokenize(list(texts[start : start + AT_A_TIME]))
            own = np.fromiter(map(len, found), np.int64, len(found))
            lengths.append(own)
            ids.append(np.fromiter(chain.from_iterable(found), np.int32, own.sum()))
        return cls(np.concatenate(ids), np.concatenate(lengths))
