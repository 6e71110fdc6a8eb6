"""Made-up tagged sentences, and what a tagger that is sometimes wrong makes of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from hamr.entities import NO_ENTITY, Span, mention_counts, row_label, spans_of, tags_of
from hamr.metrics import error_bits, score_entities
from hamr.records import Dataset, Metrics, Rows

TYPES = ("group", "person", "place")  # the first is the most frequent, the last is rare
WORDS = ("they", "saw", "<b>Ada</b>", "& co", "Lovelace", "in", "London", "today", ",", "again")


def fake_token_dataset(rows: int = 120, seed: int = 0, words: int = 12) -> Dataset:
    """Sentences of up to so many words; every fourth has no entity, some words are markup."""
    random = np.random.default_rng(seed)
    train = [_sentence(random, words, i) for i in range(rows)]
    counts = mention_counts([tags for _, tags in train], len(TYPES))

    def split(name: str, sentences: Sequence[tuple[tuple[str, ...], np.ndarray]]) -> Rows:
        labels = [row_label(spans_of(tags), counts) for _, tags in sentences]
        return Rows(
            tuple(f"{name}.conll:{i + 1}" for i in range(len(sentences))),
            tuple(" ".join(own) for own, _ in sentences),
            np.array(labels, np.int32),
            words=tuple(own for own, _ in sentences),
            tags=tuple(tags for _, tags in sentences),
        )

    others = {
        name: split(name, [_sentence(random, words, i) for i in range(max(8, rows // 5))])
        for name in ("validation", "test")
    }
    digest = hashlib.sha256(repr(("words", rows, seed, words)).encode()).hexdigest()
    return Dataset(
        "made-up.conll", "token", (*TYPES, NO_ENTITY), split("train", train), **others,
        fingerprint=digest,
    )  # fmt: skip


def _sentence(random, most: int, number: int) -> tuple[tuple[str, ...], np.ndarray]:
    count = int(random.integers(3, max(4, most + 1)))
    words = tuple(WORDS[i] for i in random.integers(0, len(WORDS), count))
    if number % 4 == 3:
        return words, np.zeros(count, np.int16)
    kind = int(random.choice(len(TYPES), p=(0.6, 0.3, 0.1))) if number > 2 else number
    spans = [Span(0, int(random.integers(1, 3)), kind)]
    if count > 5:
        spans.append(Span(count - 2, count - 1, 0))
    return words, tags_of(spans, count)


def guess_tags(tags: np.ndarray, right: float, random) -> np.ndarray:
    """The tags as a tagger sees them: each entity found with that chance, else one mistake."""
    spans: list[Span] = []
    for span in spans_of(tags):
        if random.random() < right:
            spans.append(span)
            continue
        mistake = random.integers(0, 3)  # missed; wrong type; wrong boundary or missed
        if mistake == 1:
            spans.append(Span(span.start, span.end, (span.type + 1) % len(TYPES)))
        elif mistake == 2 and span.end - span.start > 1:
            spans.append(Span(span.start, span.end - 1, span.type))
    free = np.flatnonzero((tags == 0) & (tags_of(spans, len(tags)) == 0))
    if len(free) and random.random() > right:
        place = int(random.choice(free))
        spans.append(Span(place, place + 1, 1))
    return tags_of(spans, len(tags))


def guessed(rows: Rows, right: float, random) -> list[np.ndarray]:
    """Predicted tags of each sentence."""
    return [guess_tags(tags, right, random) for tags in rows.tags or ()]


def word_signals(dataset: Dataset, predicted: Sequence[np.ndarray], random) -> dict:
    """The signals of a token run that follow from the predicted tags of the training rows."""
    rows = dataset.train
    gold = np.concatenate(rows.tags or ())
    flat = np.concatenate(predicted)
    loss = random.gamma(2, 0.05, len(flat)) + np.where(gold != flat, 1.2, 0)
    word_loss = loss.astype(np.float16)
    starts = np.cumsum([0, *map(len, predicted)])[:-1]
    row_loss = np.maximum.reduceat(word_loss.astype(np.float32), starts)
    return {
        "loss": row_loss,
        "label_probability": np.exp(-row_loss),
        "prediction": row_labels(dataset, predicted),
        "errors": error_bits(rows.tags or (), predicted),
        "word_loss": word_loss,
        "word_prediction": flat,
        "word_probability": random.uniform(0.5, 1, len(flat)).astype(np.float16),
    }


def row_labels(dataset: Dataset, predicted: Sequence[np.ndarray]) -> np.ndarray:
    """The class of each sentence by its predicted entities, [n] int16."""
    counts = mention_counts(dataset.train.tags or (), len(dataset.classes) - 1)
    return np.array([row_label(spans_of(tags), counts) for tags in predicted], np.int16)


def word_scores(rows: Rows, predicted: Sequence[np.ndarray], types: int) -> Metrics:
    """Entity-level scores."""
    return score_entities(rows.tags or (), predicted, np.ones(len(rows), np.float32), types)
