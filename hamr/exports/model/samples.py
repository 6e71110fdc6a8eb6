"""Rows on which an export is compared with what `hamr predict` says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np
import torch

from hamr.exports.model.graph import inputs_of
from hamr.exports.model.trained import Trained
from hamr.inference import Predictor
from hamr.models.windows import windows_of
from hamr.store import Run

MOST = 24  # texts compared; the longest is one of them
EXTRA = 2  # texts before the rows: the longest one, and one of a letter
BATCHES = (1, 2, 5)  # texts read together, in turn: a graph may have been fixed to one size


@dataclass(frozen=True)
class Sample:
    """Some texts as a model reads them, and the probabilities that the run's model has for them."""

    texts: list[str]  # of sentences: the words, parted by blanks
    inputs: dict[str, np.ndarray]  # int64, each [b, t]
    own: np.ndarray  # bool, which rows [b], or pieces [b, t], a prediction is read from
    probabilities: np.ndarray  # [n, C] of those


def sample_texts(run: Run) -> list[str]:
    """Test rows, the longest among them; training rows where there are none."""
    rows = run.rows("test") if run.info.test_rows else run.rows("train")
    texts = [text for text in rows.texts(list(range(min(len(rows), 20 * MOST)))) if text.strip()]
    longest = max(texts, key=len, default="a")
    return [longest, "a", *texts[: MOST - EXTRA]]


def sampled(texts: Sequence[str], trained: Trained, predictor: Predictor) -> list[Sample]:
    """The texts in batches of several sizes, with what the run's model predicts for them."""
    found = []
    for part in _batches(texts):
        batch = _batch(trained, part)
        own = batch.pop("own").numpy()
        arrays = {name: batch[name].numpy() for name in inputs_of(trained.reading)}
        found.append(Sample(part, arrays, own, predictor.predict(part).probabilities))
    return found


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    start, sizes = 0, cycle(BATCHES)
    while start < len(texts):
        part = list(texts[start : start + next(sizes)])
        start += len(part)
        yield part


def _batch(trained: Trained, texts: list[str]) -> dict[str, torch.Tensor]:
    """What the model reads of some texts; of sentences the windows of all of them."""
    encoder = trained.encoder
    if not trained.reading.of_words:
        batch = encoder.pad(encoder.tokenize(texts))
        return {**batch, "own": torch.ones(len(texts), dtype=torch.bool)}
    windows = [window for text in texts for window in windows_of(encoder, text.split())]
    batch = encoder.pad([window.pieces for window in windows])
    shape = batch["input_ids"].shape
    words, own = torch.full(shape, -1), torch.zeros(shape, dtype=torch.bool)
    for line, window in enumerate(windows):
        for number, (first, end) in enumerate(zip(window.firsts, window.ends, strict=True)):
            words[line, first:end] = number
            own[line, first] = True
    return {**batch, "word_ids": words, "own": own}
