"""What a model reads: batches of cached features, or of word-piece ids, by row index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float32, Int

from hamr.models.encoder import Encoder


@runtime_checkable
class Inputs(Protocol):
    """Rows of one or more splits, addressed by their place."""

    def batch(self, places: Int[np.ndarray, " b"]) -> Any:
        """What the model's forward takes for those rows."""

    def chunks(self, places: Int[np.ndarray, " n"]) -> Iterator[np.ndarray]:
        """The places in an order and in sizes that are cheap to evaluate."""


class Features:
    """Frozen embeddings, [N, D]."""

    CHUNK = 8192

    def __init__(self, embeddings: Float32[np.ndarray, "n d"]) -> None:
        self.matrix = torch.from_numpy(np.array(embeddings))  # the cache's own is read-only

    def batch(self, places: Int[np.ndarray, " b"]) -> Float32[torch.Tensor, "b d"]:
        """The embeddings of those rows."""
        return self.matrix.index_select(0, torch.from_numpy(places))

    def chunks(self, places: Int[np.ndarray, " n"]) -> Iterator[np.ndarray]:
        """Large pieces, in the order given."""
        for start in range(0, len(places), self.CHUNK):
            yield places[start : start + self.CHUNK]


class Tokens:
    """Texts, tokenised once."""

    CHUNK = 64

    def __init__(self, encoder: Encoder, texts: list[str]) -> None:
        self._encoder = encoder
        self._ids = encoder.tokenize(texts)
        self._lengths = np.array([len(ids) for ids in self._ids])

    def batch(self, places: Int[np.ndarray, " b"]) -> dict[str, Int[torch.Tensor, "b t"]]:
        """Token ids padded to the batch's longest row."""
        return self._encoder.pad([self._ids[place] for place in places])

    def chunks(self, places: Int[np.ndarray, " n"]) -> Iterator[np.ndarray]:
        """Rows of like length together, so that little is padded."""
        ordered = places[np.argsort(self._lengths[places], kind="stable")]
        for start in range(0, len(ordered), self.CHUNK):
            yield ordered[start : start + self.CHUNK]
