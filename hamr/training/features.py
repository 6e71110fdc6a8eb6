"""The frozen embeddings of a data set, computed once per data and model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from hamr.config import TrainingSettings
from hamr.data.fingerprint import content
from hamr.errors import TrainingError
from hamr.ranks import ALONE, Ranks
from hamr.records import SPLITS, Dataset, Progress, Task
from hamr.training.embedded import Cache, Embedded
from hamr.training.parts import Parts

if TYPE_CHECKING:
    from hamr.models import Encoder
    from hamr.training.tasks import SequenceTask, TokenTask

EMBEDDINGS = "embeddings"
WORDS = "words"


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
    dataset: Dataset,
    settings: TrainingSettings,
    cache: Cache,
    ranks: Ranks = ALONE,
    stop: Callable[[], bool] = lambda: False,
    everywhere: bool = True,
) -> Iterator[Progress | Embedded]:
    """Yields progress, and last the embeddings of all splits, from the cache where they are there.

    With several ranks all of them call it: each embeds its share of the rows, on its GPU where it
    has one, and all get all embeddings, or without `everywhere` rank 0 alone; only that uses the
    cache. When any rank asks to stop, all end after the part under way, without embeddings.
    """
    from hamr.training.tasks import task_of

    task = task_of(dataset)
    with ranks.agreed():
        key = embedding_key(dataset, settings) if ranks.main else ""
        known = _known(cache, key, words=task.embeds_words) if ranks.main else None
    if ranks.any(known is not None):
        yield from _shared(known, ranks if everywhere else ALONE)
        return

    total = sum(len(dataset.split(name)) for name in SPLITS)
    yield Progress("embedding", 0, total, "loading the encoder")
    with ranks.agreed():
        encoder = _encoder(settings)
    parts = Parts(partial(_rows_of, task, encoder, settings), total, key, cache, ranks, everywhere)
    found = yield from parts.embedded(stop)
    if found is None:
        return
    if ranks.main:
        if found.words is not None:
            cache.put(WORDS, key, found.words)
        cache.put(EMBEDDINGS, key, found.rows)
        parts.forget()
    yield found


def _shared(known: Embedded | None, ranks: Ranks) -> Iterator[Embedded]:
    """What rank 0 has found in its cache, on every rank."""
    if ranks.count > 1:  # a cache's own arrays may be read from files that others don't have
        known = ranks.broadcast(known and known.in_memory())
    if known is not None:
        yield known


def _known(cache: Cache, key: str, *, words: bool) -> Embedded | None:
    """The embeddings under that key, if the cache has all that the task needs."""
    rows = cache.get(EMBEDDINGS, key)
    of_words = cache.get(WORDS, key) if words else None
    if rows is None or (words and of_words is None):
        return None
    return Embedded(rows, of_words)


def _encoder(settings: TrainingSettings) -> Encoder:
    """The frozen encoder, on the device that embeds."""
    from hamr.models import encoder_folder, load_encoder
    from hamr.training.devices import embedding_device

    encoder = load_encoder(encoder_folder(settings.model), settings.max_length)
    encoder.model.to(embedding_device(settings))
    return encoder


def _rows_of(
    task: SequenceTask | TokenTask, encoder: Encoder, settings: TrainingSettings, rows: slice
) -> Iterator[tuple[int, Embedded | None]]:
    """What `Parts` asks for. Raises TrainingError where memory does not hold a single text."""
    try:
        yield from task.embed(encoder, rows)
    except RuntimeError as error:  # torch.OutOfMemoryError is one
        if "out of memory" not in str(error).lower():
            raise
        raise TrainingError(
            f"the {encoder.device.type} device has no memory to embed the rows, not even one by "
            f"one: lower max_length, now {settings.max_length}, free its memory, or set device to "
            "cpu, and start again",
            field="max_length",
        ) from error


def embed_texts(task: Task, encoder: Encoder, texts: Sequence[Any]) -> np.ndarray:
    """The embeddings of texts that are no rows, made as `embed` makes those of rows, [T, D].

    A sentence may be given as a list of its words.
    """
    from hamr.training.tasks import TASKS

    for _, found in TASKS[task].embed_texts(encoder, texts):
        if found is not None:
            return found.rows
    raise AssertionError("embedding ends with the embeddings")
