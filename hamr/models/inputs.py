"""Inputs of a model: batches of cached features, or of word-piece ids, by row index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float32, Int

from hamr.models.encoder import Encoder
from hamr.models.frozen_prefix import HiddenStates, inputs_of
from hamr.models.pieces import Pieces


@runtime_checkable
class Inputs(Protocol):
    """Rows of all splits, by index."""

    @property
    def lengths(self) -> Int[np.ndarray, " n"] | None:
        """Tokens of each row, where a batch is padded to its longest one; None where it is not."""

    def batch(self, index: Int[np.ndarray, " b"]) -> Any:
        """The argument of the model's forward for those rows, on the CPU."""

    def chunks(self, index: Int[np.ndarray, " n"]) -> Iterator[np.ndarray]:
        """The index in an order and in sizes that are cheap to evaluate."""


class Features:
    """Frozen embeddings, [N, D]."""

    CHUNK = 8192

    def __init__(self, embeddings: Float32[np.ndarray, "n d"]) -> None:
        self.matrix = torch.from_numpy(np.array(embeddings))  # the cache's own is read-only
        self.lengths = None

    def batch(self, index: Int[np.ndarray, " b"]) -> Float32[torch.Tensor, "b d"]:
        """The embeddings of those rows."""
        return self.matrix.index_select(0, torch.from_numpy(index))

    def chunks(self, index: Int[np.ndarray, " n"]) -> Iterator[np.ndarray]:
        """Large pieces, in the order given."""
        for start in range(0, len(index), self.CHUNK):
            yield index[start : start + self.CHUNK]


class Tokens:
    """Texts, tokenised once: all word-piece ids in one array, one row after another."""

    CHUNK = 64

    def __init__(self, encoder: Encoder, texts: list[str]) -> None:
        pieces = Pieces.made(encoder.tokenize, texts)
        self.lengths, self._ids, self._starts = pieces.lengths, pieces.ids, pieces.starts
        self._padding = encoder.tokenizer.pad_token_id or 0  # masked, so any id would do
        self.hidden: HiddenStates | None = None  # of the frozen layers, once they are stored

    @property
    def sizes(self) -> Int[np.ndarray, " n"]:
        """Tokens of each row."""
        return self.lengths

    def batch(self, index: Int[np.ndarray, " b"]) -> dict[str, torch.Tensor]:
        """Token ids padded to the batch's longest row, the mask of real tokens, and what the
        frozen layers make of them, where it is stored.
        """
        return inputs_of(self, index)

    def padded(self, index: Int[np.ndarray, " b"]) -> dict[str, torch.Tensor]:
        """Token ids padded to the batch's longest row, [b, t], and the mask of real tokens."""
        lengths = self.lengths[index]
        column = np.arange(lengths.max(initial=0))  # a rank may have no row of a batch
        own = column < lengths[:, None]  # [b, t]
        ids = np.full(own.shape, self._padding, np.int64)
        ids[own] = self._ids[(self._starts[index, None] + column)[own]]
        mask = torch.from_numpy(own.astype(np.int64))
        return {"input_ids": torch.from_numpy(ids), "attention_mask": mask}

    def chunks(self, index: Int[np.ndarray, " n"]) -> Iterator[np.ndarray]:
        """Rows of like length together, so that little is padded."""
        ordered = index[np.argsort(self.lengths[index], kind="stable")]
        for start in range(0, len(ordered), self.CHUNK):
            yield ordered[start : start + self.CHUNK]
