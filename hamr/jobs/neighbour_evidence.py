"""The neighbour evidence of a run, from cached embeddings, without loading the encoder.

The cache key of the embeddings depends on the encoder's files, and reading these loads torch,
which the app's process never does. So the training process stores that key and the neighbours of
all rows; the app reads both. Homes of older versions lack the neighbours of validation and test
rows: these are searched when they are first asked for.
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from jaxtyping import Float32, Int, Int32
from threadpoolctl import threadpool_limits

from hamr.errors import StoreError
from hamr.neighbours import NeighbourSearch
from hamr.records import Dataset
from hamr.store import Run
from hamr.tasks import features
from hamr.triage import NEIGHBOURS, NeighbourEvidence, neighbour_evidence

KEYS, NEAR, SIMILAR = "keys", "neighbours", "similarities"
HELD_NEAR, HELD_SIMILAR = "held_out_neighbours", "held_out_similarities"
VERSION = 1  # part of the keys: raise it when the neighbour search changes


def cache_neighbours(run: Run, dataset: Dataset) -> None:
    """Find the nearest training and validation rows of all rows, once per embeddings.

    For the process that trains. Raises StoreError where the embeddings are not in the cache.
    """
    cache, key = run.store.cache, _key(run)
    own = note_embedding_key(run, dataset)
    if cache.get(NEAR, key) is None or cache.get(SIMILAR, key) is None:
        search = NeighbourSearch(_known(_vectors(run, own), dataset), NEIGHBOURS)
        neighbours, similarities = search.of(np.arange(len(dataset.train)))
        cache.put(NEAR, key, neighbours)
        cache.put(SIMILAR, key, similarities)
    _held_out(run, dataset, own)


def keep_what_regions_need(run: Run, dataset: Dataset) -> None:
    """Note the key of the embeddings, and of texts also find the neighbours of all rows.

    For a process that may load the encoder's files. Raises StoreError where the embeddings are
    not in the cache.
    """
    if features(dataset.task).neighbour_evidence:
        cache_neighbours(run, dataset)
    else:
        note_embedding_key(run, dataset)


def note_embedding_key(run: Run, dataset: Dataset) -> str:
    """Keep the key of the run's embeddings for processes without torch; the key."""
    from hamr.training import embedding_key

    own = embedding_key(dataset, run.info.settings.training)
    run.store.cache.put(KEYS, _key(run), np.frombuffer(own.encode(), np.uint8))
    return own


def neighbours_are_cached(run: Run) -> bool:
    """Whether `neighbour_evidence_of` needs only what is cached, and so no torch."""
    cache, key = run.store.cache, _key(run)
    return all(cache.has(kind, key) for kind in (KEYS, NEAR, SIMILAR))


def cached_embedding_key(run: Run) -> str | None:
    """The key of the run's embeddings in the cache, without loading the encoder's files.

    None until `note_embedding_key` has kept it.
    """
    found = run.store.cache.get(KEYS, _key(run))
    return None if found is None else np.asarray(found).tobytes().decode()


def cached_neighbours(run: Run) -> Int32[np.ndarray, "n k"] | None:
    """The nearest rows of each training row, nearest first; None until they are cached.

    Indices count the training rows and then the validation rows; -1 where there are fewer.
    """
    found = run.store.cache.get(NEAR, _key(run))
    return None if found is None else np.asarray(found)


def neighbour_evidence_of(
    run: Run, labels: Int[np.ndarray, " a"] | None = None, class_count: int | None = None
) -> NeighbourEvidence:
    """What class centroids and neighbours say about each row: training, validation, then test.

    Training and validation rows give the evidence; the labels of test rows count for nothing.
    `labels` [A] are the current labels of all rows; without them, the labels that the run was
    trained on. `class_count` includes the classes that decisions added. Raises StoreError for
    tagged sentences, until the rows are embedded, and after the cache was cleared.
    """
    if not features(run.info.task).neighbour_evidence:
        raise StoreError(
            "Tagged sentences are scored by their words, not by embeddings", field="run"
        )
    dataset, key = run.dataset(), _key(run)
    cache = run.store.cache
    cached = [cache.get(kind, key) for kind in (KEYS, NEAR, SIMILAR)]
    if any(array is None for array in cached):
        cache_neighbours(run, dataset)
        cached = [cache.get(kind, key) for kind in (KEYS, NEAR, SIMILAR)]
    own, neighbours, similarities = (np.asarray(array) for array in cached)
    embedding = own.tobytes().decode()
    # While a run trains on the same cores, threads that wait for each other made this ten times
    # as slow as a single thread; on idle cores they gain nothing.
    with threadpool_limits(1):
        held_neighbours, held_similarities = _held_out(run, dataset, embedding)
        splits = (dataset.train, dataset.validation, dataset.test)
        given = np.concatenate([rows.labels for rows in splits]) if labels is None else labels
        return neighbour_evidence(
            _vectors(run, embedding),
            given.astype(np.int32),
            np.concatenate([neighbours, held_neighbours]),
            np.concatenate([similarities, held_similarities]),
            class_count or len(dataset.classes),
            giving=len(dataset.train) + len(dataset.validation),
            trained=len(dataset.train),
        )


def _held_out(
    run: Run, dataset: Dataset, embedding: str
) -> tuple[Int32[np.ndarray, "h k"], Float32[np.ndarray, "h k"]]:
    """(neighbours, similarities) of validation and test rows, from the cache or searched now."""
    cache, key = run.store.cache, _key(run)
    found = [cache.get(kind, key) for kind in (HELD_NEAR, HELD_SIMILAR)]
    if all(array is not None for array in found):
        return np.asarray(found[0]), np.asarray(found[1])
    vectors, trained = _vectors(run, embedding), len(dataset.train)
    known = _known(vectors, dataset)
    search = NeighbourSearch(known, NEIGHBOURS)
    parts = zip(search.of(np.arange(trained, len(known))), search.near(vectors[len(known) :]),
                strict=True)  # fmt: skip
    neighbours, similarities = (np.concatenate(pair) for pair in parts)
    with suppress(StoreError):  # of a home that can't be written: searched again next time
        cache.put(HELD_NEAR, key, neighbours)
        cache.put(HELD_SIMILAR, key, similarities)
    return neighbours, similarities


def _known(vectors: Float32[np.ndarray, "a d"], dataset: Dataset) -> Float32[np.ndarray, "m d"]:
    """The embeddings of the rows that give evidence: test rows are left out."""
    return vectors[: len(dataset.train) + len(dataset.validation)]


def _vectors(run: Run, key: str) -> Float32[np.ndarray, "a d"]:
    """The embeddings of the rows of all splits."""
    embeddings = run.store.cache.get("embeddings", key)
    if embeddings is None:
        raise StoreError("the embeddings of its rows are not in the cache; train again")
    return np.asarray(embeddings)


def _key(run: Run) -> str:
    """What the neighbours depend on, apart from the encoder's files."""
    settings = run.info.settings.training
    return repr((VERSION, run.info.fingerprint, settings.model, settings.max_length, NEIGHBOURS))
