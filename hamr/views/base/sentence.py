"""One sentence of a token run: its words, its entities, and what the model makes of them.

Axes: w words of the sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hamr.entities import ERROR_KINDS, Span, mistakes, spans_of, tag_names, tags_of
from hamr.errors import StoreError
from hamr.store import Run

Entities = tuple[tuple[int, int, str], ...]  # as decisions have them: first, end, type


@dataclass(frozen=True)
class Sentence:
    """A training row at one epoch. Types and tags are numbers, with their names."""

    row: int
    words: tuple[str, ...]
    types: tuple[str, ...]
    gold_tags: np.ndarray  # [w] int16
    predicted_tags: np.ndarray
    loss: np.ndarray  # [w] float32, nats
    probability: np.ndarray  # [w] float32, of the predicted tag
    gold: list[Span]
    predicted: list[Span]
    mistakes: list[tuple[Span, str]]  # each wrong entity and the name of its kind

    @property
    def hardest(self) -> int:
        """The word whose loss is the sentence's."""
        return int(np.argmax(self.loss))

    def around(self, most: int) -> tuple[int, int]:
        """The first word and the one after the last of at most so many about the hardest."""
        first = min(max(0, self.hardest - most // 2), max(0, len(self.words) - most))
        return first, min(len(self.words), first + most)

    def text_of(self, span: Span) -> str:
        """The words of an entity."""
        return " ".join(self.words[span.start : span.end])

    def instead_of(self, span: Span) -> list[Span]:
        """The wrong predictions that overlap an entity of the file."""
        return [
            other
            for other in self.predicted
            if other.start < span.end and span.start < other.end and other not in self.gold
        ]

    def tag_names(self, tags: np.ndarray) -> np.ndarray:
        """Tags by name, [w]."""
        found: np.ndarray = np.array(tag_names(self.types), object)[tags]
        return found

    def frame(self) -> pd.DataFrame:
        """Word by word: gold and predicted tag by name, loss and probability."""
        return pd.DataFrame(
            {
                "word": self.words,
                "gold tag": self.tag_names(self.gold_tags),
                "predicted tag": self.tag_names(self.predicted_tags),
                "loss": self.loss,
                "P(predicted)": self.probability,
            }
        )


def sentence(run: Run, epoch: int, row: int, label: Entities | None = None) -> Sentence:
    """The sentence of a training row; of the epoch's word signals only its part is read.

    With a `label` its entities are the gold ones, in the place of those that the run was trained
    on, and mistakes are those against them; losses are those of the tags trained on.

    Raises StoreError for a run whose rows are no tagged sentences.
    """
    table = run.rows()
    if not table.has_words:
        raise StoreError(f"The rows of {run.info.name} are texts with a class: they have no tags")
    first, end = (int(place) for place in table.word_starts[row : row + 2])

    def part(name: str) -> np.ndarray:
        return run.signal_part(name, epoch, first, end)

    types = run.info.scored
    predicted_tags, gold_tags = part("word_prediction"), table.tags(row)
    if label is not None:
        types = (*types, *sorted({kind for _, _, kind in label}.difference(types)))
        own = [Span(start, end, types.index(kind)) for start, end, kind in label]
        gold_tags = tags_of(own, end - first)
    gold, predicted = spans_of(gold_tags), spans_of(predicted_tags)
    return Sentence(
        row=row,
        words=tuple(table.words(row)),
        types=types,
        gold_tags=gold_tags,
        predicted_tags=predicted_tags,
        loss=part("word_loss").astype(np.float32),
        probability=part("word_probability").astype(np.float32),
        gold=gold,
        predicted=predicted,
        mistakes=[(span, ERROR_KINDS[kind]) for span, kind in mistakes(gold, predicted)],
    )
