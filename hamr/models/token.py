"""Token classification: the fine-tuned model, and frozen word vectors by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from hamr.models.sequence import FineTuned
from hamr.models.transitions import HasTransitions


class FineTunedTagger(FineTuned, HasTransitions):
    """An encoder with a linear layer on each of its token vectors."""

    def vectors(self, tokens: dict[str, Int[torch.Tensor, "b t"]]) -> Float[torch.Tensor, "b ..."]:
        """The vector of each word piece, [b, t, d]; its logits of those that begin a word count."""
        hidden: torch.Tensor = self.encoder(**tokens).last_hidden_state
        return hidden


@dataclass(frozen=True)
class Words:
    """The vectors of a batch's words, one row after the other."""

    x: Float[torch.Tensor, "n d"]
    starts: Int[torch.Tensor, " _"]  # [b + 1]: row i has those from starts[i] to starts[i + 1]


@dataclass(frozen=True)
class Scored:
    """Words to be scored together: what the model reads, and where its logits belong."""

    inputs: object
    words: Int[np.ndarray, " n"]  # the number of each word among those of all rows
    taken: Int[np.ndarray, " n"]  # where each word's logits are, batch and pieces flattened


class WordFeatures:
    """Frozen word vectors of all rows, with their tags."""

    CHUNK = 16_384  # words

    def __init__(
        self,
        vectors: Float[np.ndarray, "w d"],
        starts: Int[np.ndarray, " _"],
        tags: Int[np.ndarray, " w"],
    ) -> None:
        """`vectors` may be 16 bits wide and on disk; batches are float32."""
        self.vectors, self.starts, self.tags = vectors, starts, tags
        self.lengths = None

    def tagged(
        self, index: Int[np.ndarray, " b"], offsets: Int[np.ndarray, " b"]
    ) -> tuple[Words, Int[torch.Tensor, " n"]]:
        """The words of those rows and their tags: all of them, whatever the `offsets`."""
        lengths = self.starts[index + 1] - self.starts[index]
        ends = np.cumsum(lengths)
        own = np.arange(ends[-1]) + np.repeat(self.starts[index] - (ends - lengths), lengths)
        starts = torch.from_numpy(np.concatenate([[0], ends]))
        tags = torch.from_numpy(self.tags[own].astype(np.int64))
        return Words(self._vectors(own), starts), tags

    def scored(self, index: Int[np.ndarray, " n"]) -> Iterator[Scored]:
        """All words of consecutive rows, in large pieces."""
        for start in range(self.starts[index[0]], self.starts[index[-1] + 1], self.CHUNK):
            words = np.arange(start, min(start + self.CHUNK, self.starts[index[-1] + 1]))
            yield Scored(self._vectors(words), words, words - start)

    def _vectors(self, words: Int[np.ndarray, " n"]) -> Float[torch.Tensor, "n d"]:
        return torch.from_numpy(self.vectors[words].astype(np.float32))
