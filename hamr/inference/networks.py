"""The networks of trained models, applied to batches of texts or to windows of sentences.

Each gives the logits and the vectors that they are read from: of the quick preset the frozen
encoder and its head, of the full one the fine-tuned encoder and its last layer. The vectors are
what distances to the training rows are measured by, at no further pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from jaxtyping import Float

from hamr.models import Encoder, FineTuned, FineTunedTagger, Head
from hamr.models.encoder import pooled
from hamr.models.windows import Window

Tokens = dict[str, torch.Tensor]  # input_ids and attention_mask, [b, t]


class TextNetwork(Protocol):
    """Texts in, a class each out."""

    def __call__(
        self, tokens: Tokens
    ) -> tuple[Float[torch.Tensor, "b c"], Float[torch.Tensor, "b d"]]:
        """Logits, and what they are read from."""


class WordNetwork(Protocol):
    """Windows of sentences in, a tag for each word out."""

    def __call__(
        self, tokens: Tokens, windows: Sequence[Window]
    ) -> tuple[Float[torch.Tensor, "n c"], Float[torch.Tensor, "b d"]]:
        """Logits of all words that the windows score, and the sum of each window's vectors."""


class FrozenTexts(torch.nn.Module):
    """A head on the mean of a frozen encoder's token vectors, scaled to length 1."""

    def __init__(self, encoder: Encoder, head: Head) -> None:
        super().__init__()
        self.encoder, self.head = encoder.model, head

    def forward(self, tokens: Tokens) -> tuple[torch.Tensor, torch.Tensor]:
        """See `TextNetwork`."""
        vectors = torch.nn.functional.normalize(pooled(self.encoder, tokens).float(), dim=1)
        return self.head(vectors), vectors


class TunedTexts(torch.nn.Module):
    """A fine-tuned encoder with its linear layer."""

    def __init__(self, model: FineTuned) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Tokens) -> tuple[torch.Tensor, torch.Tensor]:
        """See `TextNetwork`."""
        vectors = self.model.vectors(tokens)
        return self.model.logits(vectors), vectors


class FrozenWords(torch.nn.Module):
    """A head on the mean of each word's pieces, by a frozen encoder."""

    def __init__(self, encoder: Encoder, head: Head) -> None:
        super().__init__()
        self.encoder, self.head = encoder.model, head

    def forward(
        self, tokens: Tokens, windows: Sequence[Window]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See `WordNetwork`."""
        logits, sums, _ = self.with_words(tokens, windows)
        return logits, sums

    def with_words(
        self, tokens: Tokens, windows: Sequence[Window]
    ) -> tuple[torch.Tensor, torch.Tensor, Float[torch.Tensor, "n d"]]:
        """The same, and the vector of each word that the windows score."""
        hidden = self.encoder(**tokens).last_hidden_state
        # Sums up to each piece, so that a word is one subtraction; in double, since they grow.
        wide = torch.float64 if hidden.device.type != "mps" else torch.float32
        sums = torch.nn.functional.pad(hidden.to(wide).cumsum(1), (0, 0, 1, 0))
        line, firsts, ends = _words_of(windows, hidden.device)
        totals = sums[line, ends] - sums[line, firsts]
        words = (totals / (ends - firsts).unsqueeze(1)).float()
        whole = torch.zeros(len(windows), hidden.shape[-1], dtype=wide, device=hidden.device)
        return self.head(words), whole.index_add_(0, line, totals).float(), words


class TunedWords(torch.nn.Module):
    """A fine-tuned encoder with its linear layer on the first piece of each word."""

    def __init__(self, model: FineTunedTagger) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, tokens: Tokens, windows: Sequence[Window]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See `WordNetwork`."""
        hidden = self.model.vectors(tokens)
        line, firsts, _ = _words_of(windows, hidden.device)
        words = hidden[line, firsts]
        whole = torch.zeros(len(windows), hidden.shape[-1], device=hidden.device)
        return self.model.logits(words), whole.index_add_(0, line, words.float())


def _words_of(
    windows: Sequence[Window], device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(line in the batch, first piece, piece after the last) of each word that is scored, [n]."""
    lines = [line for line, own in enumerate(windows) for _ in own.firsts]
    firsts = [first for own in windows for first in own.firsts]
    ends = [end for own in windows for end in own.ends]
    return tuple(torch.tensor(part, device=device) for part in (lines, firsts, ends))  # type: ignore[return-value]
