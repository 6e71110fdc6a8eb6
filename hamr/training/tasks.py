"""What differs between the tasks: embeddings, model, rows and scores.

Nothing else in training checks which task a data set has: it uses the object of `task_of`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, partial

import numpy as np
import torch

from hamr.config import TrainingSettings
from hamr.entities import mention_counts, row_labels
from hamr.losses import share_at
from hamr.metrics import error_bits, score, score_entities
from hamr.models import (
    Encoder,
    Features,
    FineTuned,
    FineTunedTagger,
    Head,
    Inputs,
    TaggedTokens,
    Tokens,
    WordFeatures,
    add_lora,
    embed_words,
    encoder_folder,
    load_encoder,
)
from hamr.records import SPLITS, Dataset, Metrics, Split
from hamr.training.altered import altered, soft_targets_of
from hamr.training.embedded import Embedded, all_sentences, all_texts
from hamr.training.evaluation import Evaluation, WordEvaluation
from hamr.training.examples import Examples, SentenceExamples, TextExamples
from hamr.training.freezing import freeze
from hamr.training.tag_decoding import TagDecoding

EVERY = slice(None)


class SequenceTask:
    """Whole texts: an embedding or a text's tokens in, one class out."""

    # How `embed` makes the embeddings, as part of their cache key; change the one, change this.
    embedding_recipe = "mean-pooled, unit length, 1"
    embeds_words = False
    starts_head = True  # embeddings are those of the rows that the head reads

    def __init__(self, dataset: Dataset, kept: np.ndarray | None = None) -> None:
        """`kept` [K] are the training rows that may be learned from, by default all."""
        self._dataset, self._kept = dataset, kept

    @property
    def counts(self) -> torch.Tensor:
        """Training rows of each class that may be learned from, [C]."""
        labels = self._dataset.train.labels
        labels = labels if self._kept is None else labels[self._kept]
        return torch.from_numpy(np.bincount(labels, minlength=len(self._dataset.classes)))

    def embed(self, encoder: Encoder, rows: slice = EVERY) -> Iterator[tuple[int, Embedded | None]]:
        """Yields (rows done, None), and last (rows, the frozen embeddings), of those rows."""
        texts = all_texts(self._dataset)
        return self.embed_texts(encoder, texts[rows], of=len(texts))

    @staticmethod
    def embed_texts(
        encoder: Encoder, texts: Sequence[str], of: int | None = None
    ) -> Iterator[tuple[int, Embedded | None]]:
        """As `embed`, of any texts; `of` as for `Encoder.embed`."""
        for done, rows in encoder.embed(texts, of):
            yield done, None if rows is None else Embedded(rows)

    def build(
        self, settings: TrainingSettings, embedded: Embedded
    ) -> tuple[Examples, torch.nn.Module]:
        """All rows as steps and evaluations take them, and the model."""
        dataset = self._dataset
        splits = (dataset.split(name) for name in SPLITS)
        labels = torch.from_numpy(np.concatenate([s.labels for s in splits]).astype(int))
        changed = altered(dataset, settings, embedded, labels, self._kept)
        inputs: Inputs
        model: torch.nn.Module
        if settings.fine_tunes:
            encoder = _encoder(settings)
            inputs = Tokens(encoder, all_texts(dataset))
            model = FineTuned(encoder, len(dataset.classes), settings.pooling)
        else:
            rows = embedded.rows
            inputs = Features(np.concatenate([rows, changed.made]) if len(changed.made) else rows)
            model = Head(rows.shape[1], settings.hidden, len(dataset.classes))
        first, last = settings.effective_soft_target_weight, settings.soft_target_weight_last
        examples = TextExamples(
            inputs,
            labels,
            changed.labels,
            len(dataset.classes),
            soft=soft_targets_of(dataset, settings, embedded, self._kept),
            soft_weight=partial(share_at, first=first, last=last),
        )
        return examples, model

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

    # How `embed` makes the embeddings, as part of their cache key; change the one, change this.
    embedding_recipe = "mean of words, 1"
    embeds_words = True
    starts_head = False  # the head reads word pieces, and embeddings are means of words

    def __init__(self, dataset: Dataset, kept: np.ndarray | None = None) -> None:
        """`kept` [K] are the training rows that may be learned from, by default all."""
        self._dataset, self._kept = dataset, kept
        self._types = len(dataset.classes) - 1
        rows = [len(dataset.split(name)) for name in SPLITS]
        bounds = np.cumsum([0, *rows])
        self._first: dict[Split, int] = {s: int(bounds[i]) for i, s in enumerate(SPLITS)}

    @cached_property
    def _tags(self) -> list[np.ndarray]:
        """The tags of each row, of all splits."""
        return [tags for name in SPLITS for tags in self._dataset.split(name).tags or ()]

    @cached_property
    def _flat(self) -> np.ndarray:
        """The same, one row after another, [W]."""
        return np.concatenate(self._tags).astype(np.int16)

    @cached_property
    def _starts(self) -> np.ndarray:
        """[N + 1]: row i has the words from starts[i] to starts[i + 1]."""
        return np.concatenate([[0], np.cumsum([len(tags) for tags in self._tags])])

    @cached_property
    def _mentions(self) -> np.ndarray:
        """Entities of each type in the training rows."""
        return mention_counts(self._dataset.train.tags or (), self._types)

    @property
    def counts(self) -> torch.Tensor:
        """Words with each tag, of the training rows that may be learned from, [T]."""
        own = self._flat[: self._starts[len(self._dataset.train)]]
        if self._kept is not None:
            own = np.concatenate([self._tags[row] for row in self._kept.tolist()])
        return torch.from_numpy(np.bincount(own, minlength=len(self._dataset.tags)))

    def embed(self, encoder: Encoder, rows: slice = EVERY) -> Iterator[tuple[int, Embedded | None]]:
        """Yields (rows done, None), and last (rows, the frozen embeddings), of those rows."""
        sentences = all_sentences(self._dataset)
        return self.embed_sentences(encoder, sentences[rows], of=len(sentences))

    @classmethod
    def embed_texts(
        cls, encoder: Encoder, texts: Sequence[str] | Sequence[Sequence[str]]
    ) -> Iterator[tuple[int, Embedded | None]]:
        """As `embed`, of any texts, whose words are parted by blanks, or lists of words."""
        own = [text.split() if isinstance(text, str) else text for text in texts]
        return cls.embed_sentences(encoder, own)

    @staticmethod
    def embed_sentences(
        encoder: Encoder, sentences: Sequence[Sequence[str]], of: int | None = None
    ) -> Iterator[tuple[int, Embedded | None]]:
        """As `embed`, of any sentences; `of` as for `embed_words`."""
        for done, found in embed_words(encoder, sentences, of):
            yield done, None if found is None else Embedded(*found)

    def build(
        self, settings: TrainingSettings, embedded: Embedded
    ) -> tuple[Examples, torch.nn.Module]:
        """All rows as steps and evaluations take them, and the model."""
        count, starts, tags = len(self._dataset.tags), self._starts, self._flat
        inputs: TaggedTokens | WordFeatures
        model: torch.nn.Module
        if settings.fine_tunes:
            encoder = _encoder(settings)
            inputs = TaggedTokens(encoder, all_sentences(self._dataset), starts, tags)
            model = FineTunedTagger(encoder, count)
        else:
            assert embedded.words is not None  # `embed` gives them
            inputs = WordFeatures(embedded.words, starts, tags)
            model = Head(embedded.words.shape[1], settings.hidden, count)
        share, decoding = settings.word_share, self._decoding(settings)
        made = SentenceExamples(inputs, starts, tags, self.rows_from_words, share, decoding)
        return made, model

    def _decoding(self, settings: TrainingSettings) -> TagDecoding | None:
        """What chooses how tags follow each other; None where each word is tagged alone."""
        if settings.tag_decoding == "word":
            return None
        own = self._tags[: len(self._dataset.train)]
        own = own if self._kept is None else [own[row] for row in self._kept.tolist()]
        starts = np.cumsum([0, *map(len, own)])
        return TagDecoding(np.concatenate(own), starts, len(self._dataset.tags))

    def choose_tags(self, decoding: TagDecoding, found: Evaluation) -> np.ndarray | None:
        """The transitions by which the validation sentences are tagged best, from their scores;
        None where no transitions are better.
        """
        assert found.words is not None and found.words.log_p is not None  # the pass kept them
        first, count = self._first["validation"], len(self._dataset.validation)
        starts = self._starts[first : first + count + 1]
        tags = self._flat[starts[0] : starts[-1]]
        return decoding.choose(found.words.log_p, tags, starts - starts[0])

    def rows_from_words(self, index: np.ndarray, words: WordEvaluation) -> Evaluation:
        """The evaluation of consecutive rows from that of their words.

        A row's loss is its hardest word's, its label probability that of this word's tag, its
        margin the smallest of its words', its prediction the rarest entity type that the model
        finds in it (`entities.row_label`).
        """
        starts = self._starts[np.append(index, index[-1] + 1)] - self._starts[index[0]]
        loss = np.maximum.reduceat(words.loss, starts[:-1])
        labels = row_labels(words.prediction, starts, self._mentions).astype(np.int16)
        margin, none = np.minimum.reduceat(words.margin, starts[:-1]), np.zeros((len(index), 0))
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
        starts = self._starts[first : first + count] - self._starts[first]
        return self._tags[first : first + count], np.split(found.words.prediction, starts[1:])


Task = SequenceTask | TokenTask
TASKS: dict[str, type[SequenceTask] | type[TokenTask]] = {
    "sequence": SequenceTask,
    "token": TokenTask,
}


def task_of(dataset: Dataset, kept: np.ndarray | None = None) -> Task:
    """What is particular to the data set's task; `kept` as there."""
    return TASKS[dataset.task](dataset, kept)


def _encoder(settings: TrainingSettings) -> Encoder:
    """The encoder to fine-tune: its lower layers frozen, or all of it beside LoRA adapters."""
    encoder = load_encoder(encoder_folder(settings.model), settings.max_length)
    freeze(encoder.model, settings.frozen_layers, dropout=settings.frozen_states == "recomputed")
    if settings.lora_rank:
        add_lora(
            encoder.model,
            rank=settings.lora_rank,
            alpha=settings.lora_alpha,
            targets=settings.lora_targets,
            layers=settings.lora_layers,
            frozen=settings.frozen_layers,
        )
    return encoder


def window_offsets(index: np.ndarray, step_key: int) -> np.ndarray:
    """Which window of a long sentence a meta batch shows: another one at each step, [M]."""
    return (np.arange(len(index)) + step_key) & 0x7FFFFFFF
