"""What differs between the tasks: what the model reads, what it is, and how rows are judged."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch

from hamr.config import TrainingSettings
from hamr.entities import mention_counts, row_labels
from hamr.metrics import error_bits, score, score_entities
from hamr.models import (
    Features,
    FineTuned,
    FineTunedTagger,
    Head,
    TaggedTokens,
    Tokens,
    WordFeatures,
    encoder_folder,
    load_encoder,
)
from hamr.records import SPLITS, Dataset, Metrics, Split
from hamr.training.features import Embedded, all_texts
from hamr.training.freezing import freeze


@dataclass(frozen=True)
class WordEvaluation:
    """One pass without dropout over the W words of n tagged sentences."""

    loss: np.ndarray  # [W] float32, nats
    prediction: np.ndarray  # [W] int16, tag numbers
    probability: np.ndarray  # [W] float32, of the predicted tag
    margin: np.ndarray  # [W] float32, logit of the tag minus the largest other one


@dataclass(frozen=True)
class Evaluation:
    """One pass without dropout over n rows."""

    loss: np.ndarray  # [n] float32, nats
    prediction: np.ndarray  # [n] int16
    label_probability: np.ndarray  # [n] float32
    margin: np.ndarray  # [n] float32
    top_classes: np.ndarray  # [n, T] int16, none of a token task
    top_probabilities: np.ndarray  # [n, T] float16
    words: WordEvaluation | None = None  # of a token task


class SequenceTask:
    """Whole texts: an embedding or a text's tokens in, one class out."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        splits = (dataset.split(name) for name in SPLITS)
        self.labels = torch.from_numpy(np.concatenate([s.labels for s in splits]).astype(int))

    @property
    def counts(self) -> torch.Tensor:
        """Training rows of each class, [C]."""
        return torch.from_numpy(self._dataset.train.class_counts(len(self._dataset.classes)))

    def build(
        self, settings: TrainingSettings, embedded: Embedded
    ) -> tuple[Features | Tokens, torch.nn.Module]:
        """What the model reads, all rows by place, and the model."""
        classes = len(self._dataset.classes)
        if not settings.fine_tunes:
            width = embedded.rows.shape[1]
            return Features(embedded.rows), Head(width, settings.hidden, classes)
        encoder = load_encoder(encoder_folder(settings.model), settings.max_length)
        freeze(encoder.model, settings.frozen_layers)
        return Tokens(encoder, all_texts(self._dataset)), FineTuned(encoder, classes)

    def scores(self, split: Split, found: Evaluation) -> Metrics:
        """Per-class scores of a split."""
        labels = self._dataset.split(split).labels
        return score(labels, found.prediction, found.loss, len(self._dataset.classes))

    def signals(self, train: Evaluation) -> dict[str, np.ndarray]:
        """What only this task records of the training rows."""
        return {}

    def tags(self, found: dict[Split, Evaluation]) -> dict[str, np.ndarray]:
        """FinalRecord.tags."""
        return {}


class TokenTask:
    """Tagged sentences: word vectors or pieces in, a tag for each word out."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        rows = [dataset.split(name) for name in SPLITS]
        self._tags = [tags for part in rows for tags in part.tags or ()]
        self.starts = np.concatenate([[0], np.cumsum([len(tags) for tags in self._tags])])
        self._flat = np.concatenate(self._tags).astype(np.int16)
        self._types = len(dataset.classes) - 1
        self._counts = mention_counts(dataset.train.tags or (), self._types)
        bounds = np.cumsum([0, *map(len, rows)])
        self._first: dict[Split, int] = {s: int(bounds[i]) for i, s in enumerate(SPLITS)}

    def build(
        self, settings: TrainingSettings, embedded: Embedded
    ) -> tuple[WordFeatures | TaggedTokens, torch.nn.Module]:
        """What the model reads, all rows by place, and the model."""
        classes = len(self._dataset.tags)
        if not settings.fine_tunes:
            assert embedded.words is not None  # `embed` gives them for a token task
            width = embedded.words.shape[1]
            inputs = WordFeatures(embedded.words, self.starts, self._flat)
            return inputs, Head(width, settings.hidden, classes)
        encoder = load_encoder(encoder_folder(settings.model), settings.max_length)
        freeze(encoder.model, settings.frozen_layers)
        parts = [self._dataset.split(name).words or () for name in SPLITS]
        sentences = list(chain.from_iterable(parts))
        tagged = TaggedTokens(encoder, sentences, self.starts, self._flat)
        return tagged, FineTunedTagger(encoder, classes)

    @property
    def counts(self) -> torch.Tensor:
        """Words of the training rows with each tag, [T]."""
        own = self._flat[: self.starts[len(self._dataset.train)]]
        return torch.from_numpy(np.bincount(own, minlength=len(self._dataset.tags)))

    def gold(self, words: np.ndarray) -> torch.Tensor:
        """The tags of words, by their number among those of all rows."""
        return torch.from_numpy(self._flat[words].astype(np.int64))

    def judged(self, places: np.ndarray, words: WordEvaluation) -> Evaluation:
        """The evaluation of consecutive rows from that of their words.

        A row's loss is its hardest word's, its label probability that of this word's tag, its
        margin the smallest of its words', its prediction the rarest entity type that the model
        sees in it (`entities.row_label`).
        """
        starts = self.starts[np.append(places, places[-1] + 1)] - self.starts[places[0]]
        loss = np.maximum.reduceat(words.loss, starts[:-1])
        labels = row_labels(words.prediction, starts, self._counts).astype(np.int16)
        margin, none = np.minimum.reduceat(words.margin, starts[:-1]), np.zeros((len(places), 0))
        top = (none.astype(np.int16), none.astype(np.float16))
        return Evaluation(loss, labels, np.exp(-loss), margin, *top, words)

    def scores(self, split: Split, found: Evaluation) -> Metrics:
        """Entity-level scores of a split."""
        gold, predicted = self._sentences(split, found)
        return score_entities(gold, predicted, found.loss, self._types)

    def signals(self, train: Evaluation) -> dict[str, np.ndarray]:
        """The kinds of mistakes of each row, and what is known of each word."""
        assert train.words is not None
        return {
            "errors": error_bits(*self._sentences("train", train)),
            "word_loss": train.words.loss,
            "word_prediction": train.words.prediction,
            "word_probability": train.words.probability,
        }

    def tags(self, found: dict[Split, Evaluation]) -> dict[str, np.ndarray]:
        """FinalRecord.tags."""
        return {split: e.words.prediction for split, e in found.items() if e.words is not None}

    def _sentences(
        self, split: Split, found: Evaluation
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Gold and predicted tags of each row of a split."""
        assert found.words is not None
        first = self._first[split]
        count = len(self._dataset.split(split))
        starts = self.starts[first : first + count] - self.starts[first]
        return self._tags[first : first + count], np.split(found.words.prediction, starts[1:])


Task = SequenceTask | TokenTask


def task_of(dataset: Dataset) -> Task:
    """What is particular to the data set's task."""
    return TokenTask(dataset) if dataset.task == "token" else SequenceTask(dataset)


def turned(places: np.ndarray, step_key: int) -> np.ndarray:
    """Which window of a long sentence a meta batch shows: another one at each step, [M]."""
    return (np.arange(len(places)) + step_key) & 0x7FFFFFFF
