"""One sentence of a token run: its words, its entities, and what the model makes of them.

Axes: w words of the sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hamr.entities import ERROR_KINDS, Span, mistakes, spans_of, tag_names, tags_of
from hamr.errors import StoreError
from hamr.records import Split
from hamr.store import Run
from hamr.views.base.all_rows import place_of

Entities = tuple[tuple[int, int, str], ...]  # as decisions have them: first, end, type


@dataclass(frozen=True)
class Sentence:
    """A row at one epoch, see `sentence`. Types and tags are numbers, with their names."""

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
    is_predicted: bool = True  # whether the run has recorded predictions of it

    @property
    def hardest(self) -> int:
        """The word whose loss is the sentence's; -1 where losses were not recorded."""
        return int(np.argmax(self.loss)) if np.isfinite(self.loss).all() else -1

    def around(self, most: int) -> tuple[int, int]:
        """The first word and the one after the last of at most so many about the hardest."""
        first = min(max(0, max(self.hardest, 0) - most // 2), max(0, len(self.words) - most))
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
    """A sentence, by its index among the rows of all splits (`hamr.views.base.all_rows`).

    Of a training row the epoch's predictions, of which only its part is read; of a validation or
    test row those at the best epoch, once the run is finished. With a `label` its entities are the
    gold ones, in the place of those that the run had, and mistakes are those against them; losses
    are those of the tags that the run had.

    Raises StoreError for a run whose rows are no tagged sentences.
    """
    if not run.rows().has_words:
        raise StoreError(f"The rows of {run.info.name} are texts with a class: they have no tags")
    split, position = place_of(run, row)
    table = run.rows(split)
    first, end = (int(place) for place in table.word_starts[position : position + 2])
    seen = _seen(run, epoch, split, first, end)
    types = run.info.scored
    gold_tags = table.tags(position)
    if label is not None:
        types = (*types, *sorted({kind for _, _, kind in label}.difference(types)))
        own = [Span(start, end, types.index(kind)) for start, end, kind in label]
        gold_tags = tags_of(own, end - first)
    gold, predicted = spans_of(gold_tags), spans_of(seen.tags)
    wrong = mistakes(gold, predicted) if seen.is_recorded else []
    return Sentence(
        row=row,
        words=tuple(table.words(position)),
        types=types,
        gold_tags=gold_tags,
        predicted_tags=seen.tags,
        loss=seen.loss.astype(np.float32),
        probability=seen.probability.astype(np.float32),
        gold=gold,
        predicted=predicted,
        mistakes=[(span, ERROR_KINDS[kind]) for span, kind in wrong],
        is_predicted=seen.is_recorded,
    )


@dataclass(frozen=True)
class _Seen:
    """What a run has recorded of the words of one sentence; NaN where it has not."""

    tags: np.ndarray  # [w] int16, predicted
    loss: np.ndarray  # [w], nats
    probability: np.ndarray  # [w], of the predicted tag
    is_recorded: bool = True


def _seen(run: Run, epoch: int, split: Split, first: int, end: int) -> _Seen:
    if split == "train":
        tags, loss, probability = (
            run.signal_part(name, epoch, first, end)
            for name in ("word_prediction", "word_loss", "word_probability")
        )
        return _Seen(tags, loss, probability)
    final, unknown = run.final(), np.full(end - first, np.nan, np.float32)
    if final is None or split not in final.tags:
        return _Seen(np.zeros(end - first, np.int16), unknown, unknown, is_recorded=False)
    recorded = final.held_out.get(split, {})
    loss, probability = (
        recorded[name][first:end] if name in recorded else unknown
        for name in ("word_loss", "word_probability")
    )
    return _Seen(final.tags[split][first:end], loss, probability)
