"""The rows of a run as steps and evaluations take them: inputs of the model, and targets.

Rows are addressed by their index: training rows first, then validation, then test, then rows
that the method made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
import torch

from hamr.losses import Targets
from hamr.models import (
    FrozenPrefix,
    Inputs,
    TaggedTokens,
    Tokens,
    WordFeatures,
    store_hidden,
)
from hamr.models.windows import CHUNK
from hamr.training.evaluation import Evaluation, Part, RowTally, Tally, WordEvaluation, WordTally
from hamr.training.tag_decoding import TagDecoding

TOP = 3  # classes of a row whose probabilities are kept: those a person would choose from

Batch = tuple[Any, Targets]  # what the model's forward takes, and its targets; on the CPU


class Examples(Protocol):
    """Rows of either task."""

    @property
    def lengths(self) -> np.ndarray | None:
        """Tokens of each row, where a batch is padded to its longest one; None where it is not."""

    soft: torch.Tensor | None  # the training rows' soft targets [N, C]; None for those without
    decoding: TagDecoding | None  # how tags are found together; None where rows or words are alone

    @property
    def word_share(self) -> float:
        """The share of a sentence's words that its loss averages; 0 where a row has one loss."""

    def batch(self, index: np.ndarray, offsets: np.ndarray) -> Batch:
        """Those rows with their own labels.

        `offsets` choose which window of a sentence is shown, where it has several.
        """

    def training_batch(self, index: np.ndarray, offsets: np.ndarray, progress: float) -> Batch:
        """Those rows with what a training step aims at after that share of all steps."""

    def parts(self, index: np.ndarray) -> Iterator[Part]:
        """Consecutive rows, in parts that are cheap to evaluate."""

    def tally(self, index: np.ndarray) -> Tally:
        """An empty tally for those rows."""

    def chunks(self, index: np.ndarray) -> Iterator[np.ndarray]:
        """The index in an order and in sizes that are cheap to embed."""

    def row_of(self, index: np.ndarray) -> np.ndarray | None:
        """The position in `index`, of consecutive rows, of each of their words; None for texts."""

    def store(self, prefix: FrozenPrefix, move: Callable[[Any], Any]) -> Iterator[tuple[int, int]]:
        """Stores what the frozen layers make of all rows; yields (rows done, rows)."""


class TextExamples:
    """Whole texts with one label each."""

    word_share = 0.0
    decoding: TagDecoding | None = None

    def __init__(
        self,
        inputs: Inputs,
        labels: torch.Tensor,
        step_labels: torch.Tensor,
        class_count: int,
        *,
        soft: torch.Tensor | None,
        soft_weight: Callable[[float], float],
    ) -> None:
        """`labels` are the rows' own; steps train on `step_labels`, which the method may have
        changed, and on the soft targets `soft` [N, C], by a share that depends on the progress.
        """
        self._inputs, self._labels, self._step_labels = inputs, labels, step_labels
        self._top = min(TOP, class_count)
        self.soft, self._soft_weight = soft, soft_weight
        self.lengths = inputs.lengths

    def batch(self, index: np.ndarray, offsets: np.ndarray) -> Batch:
        """Those rows with their own labels; a text has one window."""
        return self._inputs.batch(index), Targets(self._labels[torch.from_numpy(index)])

    def training_batch(self, index: np.ndarray, offsets: np.ndarray, progress: float) -> Batch:
        """Those rows with the labels of steps, and with soft targets where there are any."""
        inputs, rows = self._inputs.batch(index), torch.from_numpy(index)
        if self.soft is None:
            return inputs, Targets(self._step_labels[rows])
        weight = self._soft_weight(progress)
        return inputs, Targets(self._step_labels[rows], self.soft[rows], weight)

    def parts(self, index: np.ndarray) -> Iterator[Part]:
        """Rows of like length together."""
        done = 0
        for chunk in self._inputs.chunks(index):
            done += len(chunk)
            inputs, targets = self.batch(chunk, chunk)
            yield Part(inputs, targets.labels, torch.from_numpy(chunk - index[0]), done)

    def tally(self, index: np.ndarray) -> Tally:
        """An empty tally for those rows."""
        return RowTally(len(index), self._top)

    def chunks(self, index: np.ndarray) -> Iterator[np.ndarray]:
        """The index in an order and in sizes that are cheap to embed."""
        return self._inputs.chunks(index)

    def row_of(self, index: np.ndarray) -> np.ndarray | None:
        """None: what is evaluated is the row itself."""
        return None

    def store(self, prefix: FrozenPrefix, move: Callable[[Any], Any]) -> Iterator[tuple[int, int]]:
        """Stores what the frozen layers make of all rows; yields (rows done, rows)."""
        assert isinstance(self._inputs, Tokens)  # of the full preset
        return store_hidden(prefix, self._inputs, move)


class SentenceExamples:
    """Tagged sentences: a tag for each word.

    They have no soft targets: what all other sentences say of a word (`triage.tag_statistics`),
    mixed into its target, did not raise scores.
    """

    soft: torch.Tensor | None = None

    def __init__(
        self,
        inputs: TaggedTokens | WordFeatures,
        starts: np.ndarray,
        tags: np.ndarray,
        rows_from_words: Callable[[np.ndarray, WordEvaluation], Evaluation],
        word_share: float,
        decoding: TagDecoding | None = None,
    ) -> None:
        """`tags` [W] of all rows' words, of which row i has those from starts[i] on.

        In training, a sentence's loss is the mean over a share of its words (`Targets.word_share`).
        """
        self.decoding = decoding
        self._inputs, self._starts, self._tags = inputs, starts, tags
        self._rows_from_words = rows_from_words
        self.lengths: np.ndarray | None = inputs.lengths
        self.word_share = word_share

    def batch(self, index: np.ndarray, offsets: np.ndarray) -> Batch:
        """One window of each of those rows, with the tags of its words."""
        inputs, labels = self._inputs.tagged(index, offsets)
        return inputs, Targets(labels, word_share=self.word_share)

    def training_batch(self, index: np.ndarray, offsets: np.ndarray, progress: float) -> Batch:
        """The same: no method changes the tags of words."""
        return self.batch(index, offsets)

    def parts(self, index: np.ndarray) -> Iterator[Part]:
        """All windows of those rows."""
        first, total, done = int(self._starts[index[0]]), self._words(index), 0
        for part in self._inputs.scored(index):
            done += len(part.words)
            gold = torch.from_numpy(self._tags[part.words].astype(np.int64))
            own = torch.from_numpy(part.words - first)
            yield Part(part.inputs, gold, own, done * len(index) // total, part.taken)

    def tally(self, index: np.ndarray) -> Tally:
        """An empty tally for the words of those rows."""
        rows: Callable[[WordEvaluation], Evaluation]
        rows = lambda words: self._rows_from_words(index, words)  # noqa: E731
        decoding = self.decoding
        if decoding is None or not decoding.keeps:
            return WordTally(self._words(index), rows)
        starts = self._starts[index[0] : index[-1] + 2] - self._starts[index[0]]
        return WordTally(
            self._words(index), rows, decoding.tag_count, lambda log_p: decoding.tags(log_p, starts)
        )

    def chunks(self, index: np.ndarray) -> Iterator[np.ndarray]:
        """Rows of like length together."""
        lengths = self.lengths
        ordered = index if lengths is None else index[np.argsort(lengths[index], kind="stable")]
        for start in range(0, len(ordered), CHUNK):
            yield ordered[start : start + CHUNK]

    def row_of(self, index: np.ndarray) -> np.ndarray | None:
        """The position in `index` of the row of each word."""
        return np.repeat(np.arange(len(index)), np.diff(self._starts[index[0] : index[-1] + 2]))

    def store(self, prefix: FrozenPrefix, move: Callable[[Any], Any]) -> Iterator[tuple[int, int]]:
        """Stores what the frozen layers make of all rows; yields (rows done, rows)."""
        assert isinstance(self._inputs, TaggedTokens)  # of the full preset
        return store_hidden(prefix, self._inputs, move)

    def _words(self, index: np.ndarray) -> int:
        """How many words those consecutive rows have."""
        return int(self._starts[index[-1] + 1] - self._starts[index[0]])
