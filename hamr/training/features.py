"""The frozen embeddings of a data set, computed once per data and model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from hamr.config import TrainingSettings
from hamr.data.fingerprint import content
from hamr.records import SPLITS, Dataset, Progress

if TYPE_CHECKING:
    from hamr.models import Encoder

EMBEDDINGS = "embeddings"
WORDS = "words"


class Cache(Protocol):
    """Arrays kept between runs. The store has one; a dict-backed one does for tests."""

    def get(self, kind: str, key: str) -> np.ndarray | None:
        """The array, or None when there is none (or none that is whole)."""

    def put(self, kind: str, key: str, array: np.ndarray) -> None:
        """Keeps the array under that kind and key."""


@dataclass(frozen=True)
class Embedded:
    """What the frozen encoder sees, all splits one after the other."""

    rows: np.ndarray  # [N, D] float32, of length 1
    words: np.ndarray | None = None  # [W, D] float16, of the words of a token task


def embedding_key(dataset: Dataset, settings: TrainingSettings) -> str:
    """The cache key of these rows under this encoder: what decides an embedding, hashed.

    Labels are no part of it, so that a run on corrected labels finds its embeddings made.
    """
    from hamr.models import encoder_folder, fingerprint

    # How `Encoder.embed` and `embed_words` make them; change these, change this.
    made = "mean-pooled, unit length, 1" if dataset.task == "sequence" else "mean of words, 1"
    parts = (
        made,
        content(dataset.split(name) for name in SPLITS),
        fingerprint(encoder_folder(settings.model)),
        str(settings.max_length),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def all_texts(dataset: Dataset) -> list[str]:
    """The texts of all splits: training rows first, then validation, then test."""
    return [text for name in SPLITS for text in dataset.split(name).texts]


def embed(
    dataset: Dataset, settings: TrainingSettings, cache: Cache
) -> Iterator[Progress | Embedded]:
    """Yields progress, and last the embeddings of all splits."""
    key = embedding_key(dataset, settings)
    tagged = dataset.task == "token"
    known, words = cache.get(EMBEDDINGS, key), cache.get(WORDS, key) if tagged else None
    if known is not None and (words is not None or not tagged):
        yield Embedded(known, words)
        return

    from hamr.models import encoder_folder, load_encoder

    texts = all_texts(dataset)
    yield Progress("embedding", 0, len(texts), "loading the encoder")
    encoder = load_encoder(encoder_folder(settings.model), settings.max_length)
    for done, found in _passes(encoder, dataset):
        if found is None:
            yield Progress("embedding", done, len(texts), "embedding the rows")
            continue
        if found.words is not None:
            cache.put(WORDS, key, found.words)
        cache.put(EMBEDDINGS, key, found.rows)
        yield found


def _passes(encoder: Encoder, dataset: Dataset) -> Iterator[tuple[int, Embedded | None]]:
    """(rows done, None), and last (rows, what was found)."""
    from hamr.models import embed_words

    if dataset.task == "sequence":
        for done, rows in encoder.embed(all_texts(dataset)):
            yield done, None if rows is None else Embedded(rows)
        return
    sentences = [words for name in SPLITS for words in dataset.split(name).words or ()]
    for done, found in embed_words(encoder, sentences):
        yield done, None if found is None else Embedded(*found)
