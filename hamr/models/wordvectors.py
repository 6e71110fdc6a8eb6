"""Frozen vectors of words and sentences, from one pass of the encoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Float

from hamr.models.batches import batches_of, computed, token_budget
from hamr.models.encoder import Encoder
from hamr.models.windows import Window, windows_of


def embed_words(
    encoder: Encoder, sentences: Sequence[Sequence[str]], of: int | None = None
) -> Iterator[tuple[int, tuple[np.ndarray, np.ndarray] | None]]:
    """Embeds sentences; `of` is the number of those in the set that they are a part of.

    Yields (windows done, None) after each batch and (windows, (rows, words)) last.

    `rows` [n, D] float32: the mean over the pieces of a sentence's words, scaled to length 1.
    `words` [W, D] float16, all rows' words one after the other: the mean over a word's pieces.
    Half precision halves a cache that is large; it is off by a two-thousandth at most.
    """
    counts = [len(words) for words in sentences]
    starts = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    windows = [(row, w) for row, s in enumerate(sentences) for w in windows_of(encoder, s)]
    windows.sort(key=lambda item: -len(item[1].pieces))
    lengths, device = np.array([len(window.pieces) for _, window in windows], int), encoder.device
    batches = batches_of(lengths, token_budget(device, of or len(sentences)))
    words = np.empty((starts[-1], encoder.width), np.float16)
    rows = np.zeros((len(sentences), encoder.width), np.float32)
    encoder.model.eval()

    def one(batch: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        own = [windows[index][1] for index in batch.tolist()]
        with torch.inference_mode():
            tokens = encoder.pad([window.pieces for window in own])
            there = {name: tensor.to(device) for name, tensor in tokens.items()}
            hidden = encoder.model(**there).last_hidden_state.cpu()
            return [_means(hidden[line], window) for line, window in enumerate(own)]

    done = 0
    for batch, found in computed(batches, one, device):
        for index, (means, total) in zip(batch.tolist(), found, strict=True):
            row, window = windows[index]
            first = starts[row]
            words[first + window.words.start : first + window.words.stop] = means
            rows[row] += total
        done += len(batch)
        yield done * len(rows) // len(windows), None
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    yield len(rows), (rows, words)


def _means(hidden: Float[torch.Tensor, "t d"], window: Window) -> tuple[np.ndarray, np.ndarray]:
    """The mean over each word's pieces [n, D], and the sum over all of them [D]."""
    # Sums up to each piece, so that a word is one subtraction; in double, since they grow.
    sums = torch.cat([hidden.new_zeros(1, hidden.shape[1]), hidden]).double().cumsum(0)
    firsts, ends = torch.tensor(window.firsts), torch.tensor(window.ends)
    total = sums[ends] - sums[firsts]
    return (total / (ends - firsts).unsqueeze(1)).numpy(), total.sum(0).numpy()
