"""What the cached embeddings say of a run's labels, found without loading the encoder.

The key of the embeddings hangs on the encoder's files, and reading these loads torch, which the
app's process never does. So whoever trains keeps the key, and the neighbours of all rows with
it; the app then reads both.
"""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from hamr.errors import StoreError
from hamr.records import Dataset
from hamr.store import Run
from hamr.triage import NEIGHBOURS, Surroundings, survey

KEYS, NEAR, SIMILAR = "keys", "neighbours", "similarities"
VERSION = 1  # part of the keys: raise it when neighbours are found otherwise


def keep_neighbours(run: Run, dataset: Dataset) -> None:
    """Finds the nearest training and validation rows of all training rows, once per embeddings.

    For the process that trains. Raises StoreError where the embeddings are not in the cache.
    """
    from hamr.neighbours import NeighbourSearch
    from hamr.training import embedding_key

    cache, key = run.store.cache, _key(run)
    own = embedding_key(dataset, run.info.settings.training)
    cache.put(KEYS, key, np.frombuffer(own.encode(), np.uint8))
    if cache.get(NEAR, key) is not None and cache.get(SIMILAR, key) is not None:
        return
    search = NeighbourSearch(_vectors(run, dataset, own), NEIGHBOURS)
    neighbours, similarities = search.of(np.arange(len(dataset.train)))
    cache.put(NEAR, key, neighbours)
    cache.put(SIMILAR, key, similarities)


def are_kept(run: Run) -> bool:
    """Whether `surroundings` needs no more than what is kept, and so no torch."""
    cache, key = run.store.cache, _key(run)
    return all(cache.has(kind, key) for kind in (KEYS, NEAR, SIMILAR))


def near(run: Run) -> np.ndarray | None:
    """The nearest rows of each training row, [N, K], nearest first; None until they are kept.

    Numbers count the training rows and then the validation rows; -1 where fewer exist.
    """
    found = run.store.cache.get(NEAR, _key(run))
    return None if found is None else np.asarray(found)


def surroundings(
    run: Run, labels: np.ndarray | None = None, class_count: int | None = None
) -> Surroundings:
    """What centres and neighbours say of each training row.

    `labels` [N] are those of the training rows as decisions have left them, otherwise those
    that the run was trained on; `class_count` counts the classes that decisions made. Raises
    StoreError for tagged sentences, until the rows are embedded, and where the cache was
    cleared since.
    """
    if run.info.task == "token":
        raise StoreError(
            "Tagged sentences are judged by their words, not by embeddings", field="run"
        )
    dataset, key = run.dataset(), _key(run)
    cache = run.store.cache
    kept = [cache.get(kind, key) for kind in (KEYS, NEAR, SIMILAR)]
    if any(array is None for array in kept):
        keep_neighbours(run, dataset)
        kept = [cache.get(kind, key) for kind in (KEYS, NEAR, SIMILAR)]
    own, neighbours, similarities = (np.asarray(array) for array in kept)
    first = dataset.train.labels if labels is None else labels
    # Where others use the cores too, as a run under way does, threads that wait for each other
    # made it ten times as slow as one; on idle cores they win nothing.
    with threadpool_limits(1):
        return survey(
            _vectors(run, dataset, own.tobytes().decode()),
            np.concatenate([first, dataset.validation.labels]).astype(np.int32),
            neighbours,
            similarities,
            class_count or len(dataset.classes),
        )


def _vectors(run: Run, dataset: Dataset, key: str) -> np.ndarray:
    """The embeddings of training and validation rows, [M, D]."""
    embeddings = run.store.cache.get("embeddings", key)
    if embeddings is None:
        raise StoreError("the embeddings of its rows are not in the cache; train again")
    return np.asarray(embeddings[: len(dataset.train) + len(dataset.validation)])


def _key(run: Run) -> str:
    """What decides neighbours, without the encoder's files."""
    settings = run.info.settings.training
    return repr((VERSION, run.info.fingerprint, settings.model, settings.max_length, NEIGHBOURS))
