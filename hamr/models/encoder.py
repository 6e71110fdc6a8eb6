"""The text encoder, as it is used to embed sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from hamr.models.batches import batches_of, computed, token_budget
from hamr.models.pieces import Pieces

CHARACTERS_PER_PIECE = 32  # no tokenizer here makes a longer piece; bounds a huge text's cost


@dataclass
class Encoder:
    """A transformer and its tokenizer."""

    model: torch.nn.Module
    tokenizer: Any
    width: int  # D, the size of an embedding
    max_length: int

    def tokenize(self, texts: list[str]) -> list[list[int]]:
        """Word-piece ids of each text, special tokens included, cut at `max_length`."""
        longest = self.max_length * CHARACTERS_PER_PIECE
        encoded = self.tokenizer(
            [text[:longest] for text in texts], truncation=True, max_length=self.max_length
        )
        ids: list[list[int]] = encoded["input_ids"]
        return ids

    @cached_property
    def special_ids(self) -> tuple[list[int], list[int]]:
        """The ids that the tokenizer puts before and after a text."""
        encoded = self.tokenizer("a", return_special_tokens_mask=True)
        ids, special = encoded["input_ids"], encoded["special_tokens_mask"]
        if 0 not in special:  # the text itself is unknown, and that is a special token here
            special = [int(number != self.tokenizer.unk_token_id) for number in ids]
        if 0 not in special:
            return [], []
        own = special.index(0)
        last = len(special) - special[::-1].index(0)
        return ids[:own], ids[last:]

    def pad(self, ids: list[list[int]]) -> dict[str, Int[torch.Tensor, "b t"]]:
        """One batch of token ids, padded to its longest row, with its attention mask."""
        padded = self.tokenizer.pad({"input_ids": ids}, return_tensors="pt")
        return {"input_ids": padded["input_ids"], "attention_mask": padded["attention_mask"]}

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next((tensor.device for tensor in self.model.parameters()), torch.device("cpu"))

    def embed(
        self, texts: Sequence[str], of: int | None = None
    ) -> Iterator[tuple[int, np.ndarray | None]]:
        """Embeds the texts, longest first, so that the time left is never underestimated.

        `of` is the number of texts in the set that they are a part of, by default theirs. Yields
        (rows done, None) after each batch and (n, embeddings [n, D] float32) last.
        An embedding is the mean over the token vectors, scaled to length 1, as
        all-MiniLM-L6-v2 was trained (Reimers & Gurevych 2019).
        """
        pieces, device = Pieces.made(self.tokenize, texts), self.device
        batches = batches_of(pieces.lengths, token_budget(device, of or len(texts)))
        embeddings = np.empty((len(texts), self.width), np.float32)
        self.model.eval()

        def one(rows: np.ndarray) -> np.ndarray:
            with torch.inference_mode():
                tokens = self.pad([pieces.of(row) for row in rows.tolist()])
                there = {name: tensor.to(device) for name, tensor in tokens.items()}
                vectors = pooled(self.model, there).float()
                return torch.nn.functional.normalize(vectors, dim=1).cpu().numpy()

        done = 0
        for rows, vectors in computed(batches, one, device):
            embeddings[rows] = vectors
            done += len(rows)
            yield done, None
        yield len(texts), embeddings


def pooled(
    model: torch.nn.Module, tokens: dict[str, Int[torch.Tensor, "b t"]]
) -> Float[torch.Tensor, "b d"]:
    """Mean of the last hidden states over the tokens that are not padding."""
    hidden = model(**tokens).last_hidden_state
    mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
    mean: torch.Tensor = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
    return mean


def last_token(
    model: torch.nn.Module, tokens: dict[str, Int[torch.Tensor, "b t"]]
) -> Float[torch.Tensor, "b d"]:
    """The last hidden state of each row's last token that is not padding."""
    hidden: torch.Tensor = model(**tokens).last_hidden_state
    mask = tokens["attention_mask"]
    places = torch.arange(mask.shape[1], device=mask.device)
    last = (mask.ne(0) * places).amax(1)
    return hidden[torch.arange(len(hidden), device=hidden.device), last]
