"""The frozen embeddings of a data set, computed once per data and model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from hamr.config import TrainingSettings
from hamr.data.fingerprint import content
from hamr.records import SPLITS, Dataset, Progress, Task
from hamr.training.embedded import Embedded

if TYPE_CHECKING:
    from hamr.models import Encoder

EMBEDDINGS = "embeddings"
WORDS = "words"


class Cache(Protocol):
    """Arrays kept between runs. The store has one; for tests a dictionary is enough."""

    def get(self, kind: str, key: str) -> np.ndarray | None:
        """The array, or None when there is none (or none that is whole)."""

    def put(self, kind: str, key: str, array: np.ndarray) -> None:
        """Keeps the array under that kind and key."""


def embedding_key(dataset: Dataset, settings: TrainingSettings) -> str:
    """The cache key of these rows under this encoder: a hash of all that an embedding depends on.

    Labels are not part of it, so that a run on corrected labels finds its embeddings in the cache.
    """
    from hamr.models import encoder_folder, fingerprint
    from hamr.training.tasks import task_of

    parts = (
        task_of(dataset).embedding_recipe,
        content(dataset.split(name) for name in SPLITS),
        fingerprint(encoder_folder(settings.model)),
        str(settings.max_length),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def embed(
    dataset: Dataset, settings: TrainingSettings, cache: Cache
) -> Iterator[Progress | Embedded]:
    """Yields progress, and last the embeddings of all splits."""
    from hamr.models import encoder_folder, load_encoder
    from hamr.training.tasks import task_of

    task, key = task_of(dataset), embedding_key(dataset, settings)
    known = cache.get(EMBEDDINGS, key)
    words = cache.get(WORDS, key) if task.embeds_words else None
    if known is not None and (words is not None or not task.embeds_words):
        yield Embedded(known, words)
        return

    total = sum(len(dataset.split(name)) for name in SPLITS)
    yield Progress("embedding", 0, total, "loading the encoder")
    encoder = load_encoder(encoder_folder(settings.model), settings.max_length)
    for done, found in task.embed(encoder):
        if found is None:
            yield Progress("embedding", done, total, "embedding the rows")
            continue
        if found.words is not None:
            cache.put(WORDS, key, found.words)
        cache.put(EMBEDDINGS, key, found.rows)
        yield found


def embed_texts(task: Task, encoder: Encoder, texts: Sequence[str]) -> np.ndarray:
    """The embeddings of texts that are no rows, made as `embed` makes those of rows, [T, D]."""
    from hamr.training.tasks import TASKS

    for _, found in TASKS[task].embed_texts(encoder, texts):
        if found is not None:
            return found.rows
    raise AssertionError("embedding ends with the embeddings")
