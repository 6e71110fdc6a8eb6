"""The frozen embeddings of a data set, computed once per data and model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from hamr.config import TrainingSettings
from hamr.records import SPLITS, Dataset, Progress

EMBEDDINGS = "embeddings"


class Cache(Protocol):
    """Arrays kept between runs. The store has one; a dict-backed one does for tests."""

    def get(self, kind: str, key: str) -> np.ndarray | None:
        """The array, or None when there is none (or none that is whole)."""

    def put(self, kind: str, key: str, array: np.ndarray) -> None:
        """Keeps the array under that kind and key."""


def embedding_key(dataset: Dataset, settings: TrainingSettings) -> str:
    """The cache key of these rows under this encoder: what decides an embedding, hashed."""
    from hamr.models import encoder_folder, fingerprint

    parts = (
        "mean-pooled, unit length, 1",  # how `Encoder.embed` makes them; change it, change this
        dataset.fingerprint,
        fingerprint(encoder_folder(settings.model)),
        str(settings.max_length),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def all_texts(dataset: Dataset) -> list[str]:
    """The texts of all splits: training rows first, then validation, then test."""
    return [text for name in SPLITS for text in dataset.split(name).texts]


def embed(
    dataset: Dataset, settings: TrainingSettings, cache: Cache
) -> Iterator[Progress | np.ndarray]:
    """Yields progress, and last the embeddings [N, D] float32 of all splits."""
    key = embedding_key(dataset, settings)
    known = cache.get(EMBEDDINGS, key)
    if known is not None:
        yield known
        return

    from hamr.models import encoder_folder, load_encoder

    texts = all_texts(dataset)
    yield Progress("embedding", 0, len(texts), "loading the encoder")
    encoder = load_encoder(encoder_folder(settings.model), settings.max_length)
    for done, embeddings in encoder.embed(texts):
        if embeddings is None:
            yield Progress("embedding", done, len(texts), "embedding the rows")
        else:
            cache.put(EMBEDDINGS, key, embeddings)
            yield embeddings
