"""Frozen vectors of words and sentences, from one pass of the encoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from jaxtyping import Float

from hamr.models.encoder import EMBED_BATCH, Encoder, cores
from hamr.models.windows import Window, windows_of


def embed_words(
    encoder: Encoder, sentences: Sequence[Sequence[str]]
) -> Iterator[tuple[int, tuple[np.ndarray, np.ndarray] | None]]:
    """Yields (windows done, None) after each batch and (windows, (rows, words)) last.

    `rows` [n, D] float32: the mean over the pieces of a sentence's words, scaled to length 1.
    `words` [W, D] float16, all rows' words one after the other: the mean over a word's pieces.
    Half precision halves a cache that is large; it is off by a two-thousandth at most.
    """
    counts = [len(words) for words in sentences]
    starts = np.concatenate([[0], np.cumsum(counts)])
    windows = [(row, w) for row, s in enumerate(sentences) for w in windows_of(encoder, s)]
    windows.sort(key=lambda item: -len(item[1].pieces))
    batches = [windows[i : i + EMBED_BATCH] for i in range(0, len(windows), EMBED_BATCH)]
    words = np.empty((starts[-1], encoder.width), np.float16)
    rows = np.zeros((len(sentences), encoder.width), np.float32)
    encoder.model.eval()

    def one(batch: list[tuple[int, Window]]) -> list[tuple[np.ndarray, np.ndarray]]:
        with torch.inference_mode():
            hidden = encoder.model(**encoder.pad([w.pieces for _, w in batch])).last_hidden_state
            return [_means(hidden[line], window) for line, (_, window) in enumerate(batch)]

    done = 0
    with ThreadPoolExecutor(cores(), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        try:
            for batch, found in zip(batches, pool.map(one, batches), strict=True):
                for (row, window), (means, total) in zip(batch, found, strict=True):
                    first = starts[row]
                    words[first + window.words.start : first + window.words.stop] = means
                    rows[row] += total
                done += len(batch)
                yield done * len(rows) // len(windows), None
        finally:
            pool.shutdown(cancel_futures=True)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    yield len(rows), (rows, words)


def _means(hidden: Float[torch.Tensor, "t d"], window: Window) -> tuple[np.ndarray, np.ndarray]:
    """The mean over each word's pieces [n, D], and the sum over all of them [D]."""
    # Sums up to each piece, so that a word is one subtraction; in double, since they grow.
    sums = torch.cat([hidden.new_zeros(1, hidden.shape[1]), hidden]).double().cumsum(0)
    firsts, ends = torch.tensor(window.firsts), torch.tensor(window.ends)
    total = sums[ends] - sums[firsts]
    return (total / (ends - firsts).unsqueeze(1)).numpy(), total.sum(0).numpy()
