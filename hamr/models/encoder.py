"""The text encoder, as it is used to embed sentences."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

EMBED_BATCH = 32
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
        own = special.index(0)
        last = len(special) - special[::-1].index(0)
        return ids[:own], ids[last:]

    def pad(self, ids: list[list[int]]) -> dict[str, Int[torch.Tensor, "b t"]]:
        """One batch of token ids, padded to its longest row, with its attention mask."""
        padded = self.tokenizer.pad({"input_ids": ids}, return_tensors="pt")
        return {"input_ids": padded["input_ids"], "attention_mask": padded["attention_mask"]}

    def embed(self, texts: list[str]) -> Iterator[tuple[int, np.ndarray | None]]:
        """Embeds the texts, longest first, so that the time left is never underestimated.

        Yields (rows done, None) after each batch and (n, embeddings [n, D] float32) last.
        An embedding is the mean over the token vectors, scaled to length 1, as
        all-MiniLM-L6-v2 was trained (Reimers & Gurevych 2019).
        """
        ids = self.tokenize(texts)
        order = sorted(range(len(ids)), key=lambda row: -len(ids[row]))
        batches = [order[i : i + EMBED_BATCH] for i in range(0, len(order), EMBED_BATCH)]
        embeddings = np.empty((len(ids), self.width), np.float32)
        self.model.eval()

        def one(rows: list[int]) -> np.ndarray:
            with torch.inference_mode():
                vectors = pooled(self.model, self.pad([ids[row] for row in rows]))
                return torch.nn.functional.normalize(vectors, dim=1).numpy()

        # One batch a core, each on one thread: threads that share a batch wait for one
        # another at every layer, which on a busy machine costs several times the work.
        done = 0
        with ThreadPoolExecutor(cores(), initializer=torch.set_num_threads, initargs=(1,)) as pool:
            try:
                for rows, vectors in zip(batches, pool.map(one, batches), strict=True):
                    embeddings[rows] = vectors
                    done += len(rows)
                    yield done, None
            finally:  # stopped before the end: batches that have not begun are dropped
                pool.shutdown(cancel_futures=True)
        yield len(ids), embeddings


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pooled(
    model: torch.nn.Module, tokens: dict[str, Int[torch.Tensor, "b t"]]
) -> Float[torch.Tensor, "b d"]:
    """Mean of the last hidden states over the tokens that are not padding."""
    hidden = model(**tokens).last_hidden_state
    mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
    mean: torch.Tensor = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
    return mean
