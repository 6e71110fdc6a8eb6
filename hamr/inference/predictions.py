"""What a model predicts for texts, or for the words of sentences.

Axes: S texts or sentences that were given; T what is predicted of, which is the S texts or the W
words of the sentences, one sentence after another; C outputs of the model; D size of an embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float16, Float32, Int

from hamr.entities import Span, Spans, all_spans, spans_of
from hamr.tag_transitions import decode

NONE = ""  # the label of a text without a character, for which nothing is predicted


@dataclass(frozen=True)
class Predictions:
    """Probabilities, and what follows from them."""

    outputs: tuple[str, ...]  # [C], classes; for words their tags: O, B-first, I-first, ...
    probabilities: Float32[np.ndarray, "t c"]  # softmax; NaN for a text without a character
    embeddings: Float32[np.ndarray, "s d"] | None = None  # of length 1, where they were asked for
    # [S + 1], of sentences alone: sentence i has the words from starts[i] to starts[i + 1].
    starts: Int[np.ndarray, " s1"] | None = None
    # [C + 1, C + 1], by which a run chose the tags of a sentence together (`hamr.tag_transitions`).
    transitions: Float32[np.ndarray, "c1 c1"] | None = None
    # Of words by a frozen encoder, where they were asked for: as training keeps those of the rows.
    words: Float16[np.ndarray, "t d"] | None = None

    def __len__(self) -> int:
        """How many texts or sentences there are, S."""
        return len(self.probabilities) if self.starts is None else len(self.starts) - 1

    @cached_property
    def numbers(self) -> Int[np.ndarray, " t"]:
        """The index of the most probable output of each text or word; 0 where there is none.

        Where a run tags the words of a sentence together, that of the tag which it gives.
        """
        if not len(self.probabilities):
            return np.zeros(0, np.int64)
        if self.transitions is not None:
            log_p = np.log(np.maximum(self.probabilities, np.finfo(np.float32).tiny))
            return decode(log_p, self._starts(), self.transitions).astype(np.int64)
        found: np.ndarray = np.nan_to_num(self.probabilities).argmax(1)
        return found

    @property
    def empty(self) -> Bool[np.ndarray, " t"]:
        """Texts without a character: nothing is predicted for them."""
        found: np.ndarray = np.isnan(self.probabilities).any(1)
        return found

    @property
    def labels(self) -> tuple[str, ...]:
        """The most probable class of each text, or tag of each word, [T]; "" for an empty text."""
        names = [self.outputs[number] for number in self.numbers.tolist()]
        for place in np.flatnonzero(self.empty).tolist():
            names[place] = NONE
        return tuple(names)

    @property
    def confidence(self) -> Float32[np.ndarray, " t"]:
        """The probability of that class or tag; NaN for an empty text."""
        found: np.ndarray = self.probabilities[np.arange(len(self.numbers)), self.numbers]
        return found

    def top(self, k: int) -> tuple[Int[np.ndarray, "t k"], Float32[np.ndarray, "t k"]]:
        """(outputs by index, their probabilities) of the k most probable, best first.

        k is at most C. Of equal ones the lower index comes first, as in `numbers`.
        """
        k = min(k, len(self.outputs))
        known = np.nan_to_num(self.probabilities, nan=-1.0)
        if k < known.shape[1]:  # sorting some of 10,000 classes, not all of them
            worst = np.partition(known, known.shape[1] - k, axis=1)[:, -k:].min(1, initial=np.inf)
            known = np.where(known < worst[:, None], -np.inf, known)
        best = np.argsort(-known, axis=1, kind="stable")[:, :k]
        return best, np.take_along_axis(self.probabilities, best, axis=1)

    @property
    def tags(self) -> list[tuple[str, ...]]:
        """The tag of each word, sentence by sentence. Raises ValueError for texts with a class."""
        labels, starts = self.labels, self._starts()
        pairs = zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
        return [labels[first:end] for first, end in pairs]

    @property
    def spans(self) -> list[list[Span]]:
        """The entities of each sentence, types as numbers. Raises ValueError as `tags` does."""
        return [spans_of(own) for own in np.split(self.numbers, self._starts()[1:-1])]

    @property
    def entities(self) -> Spans:
        """The entities of all sentences, with words counted over all of them. Raises ValueError
        as `tags` does.
        """
        return all_spans(self.numbers, self._starts())

    def _starts(self) -> Int[np.ndarray, " s1"]:
        if self.starts is None:
            raise ValueError("these are texts with a class each; only sentences have tags")
        return self.starts


def joined(parts: Sequence[Predictions]) -> Predictions:
    """The predictions of sentences that were made some at a time, without their words' vectors."""
    counts = [np.diff(part._starts()) for part in parts]
    embeddings = [part.embeddings for part in parts if part.embeddings is not None]
    return Predictions(
        parts[0].outputs,
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate(embeddings) if embeddings else None,
        np.cumsum(np.concatenate([[0], *counts])),
        parts[0].transitions,
    )
