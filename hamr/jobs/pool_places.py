"""Where the unlabelled rows of a run's data are on its map.

Each is placed near the training rows that it is most similar to before training, by
`hamr.projection.place_among`, as validation and test rows are: UMAP's own placing takes hundreds of
times as long, and keeps fewer of a row's neighbours. The same rows always come to the same places.
Of very many rows MOST_SHOWN are placed, drawn at random, always the same ones.

The process that scores the rows places them, too. Where the map moves with the encoder, they are
placed on the map of each epoch.

Axes: P rows of the pool, S of them that are shown, N training rows.
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np

from hamr.errors import StoreError
from hamr.jobs.neighbour_evidence import cached_embedding_key
from hamr.jobs.pool_cache import PoolVectors, chunks_of, pool_of
from hamr.jobs.vectors import row_vectors
from hamr.store import Run

PLACES = "pool_places"
VERSION = 1  # part of the key: raise it when `hamr.projection` changes
MOST_SHOWN = 20_000


def rows_shown(count: int) -> np.ndarray:
    """Which of so many rows of a pool the map shows, [S] indices, ascending."""
    if count <= MOST_SHOWN:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, MOST_SHOWN, replace=False))


def place_pool(run: Run) -> bool:
    """Place the rows on each map of the run that lacks them; False where it has no map yet.

    Raises StoreError where the rows or the training rows are not embedded.
    """
    maps, cache = _maps(run), run.store.cache
    missing = [xy for xy in maps if not cache.has(PLACES, _key(run, xy))]
    if missing and len(pool := pool_of(run)):
        from hamr.projection import placing

        key = cached_embedding_key(run)
        if key is None:
            raise StoreError("the embeddings of the training rows are not in the cache")
        vectors = PoolVectors(run, list(chunks_of(run, pool)))[rows_shown(len(pool))]
        places = placing(vectors, row_vectors(run, key))
        for xy in missing:
            cache.put(PLACES, _key(run, xy), places(xy))
    return bool(maps)


def pool_places(run: Run, xy: np.ndarray) -> np.ndarray | None:
    """The places of the rows shown on the map with these places [N, 2] of the training rows, [S, 2]
    float32; None where they are not placed there.
    """
    return run.store.cache.get(PLACES, _key(run, xy))


def _maps(run: Run) -> list[np.ndarray]:
    """The places of the training rows on each map of the run, [N, 2]."""
    xy, moving = run.map(), run.moving_maps.read()
    if xy is None:
        return []
    return [xy, *(moving.xy[:, : len(xy)] if moving else ())]


def _key(run: Run, xy: np.ndarray) -> str:
    drawn = sha256(np.ascontiguousarray(xy, np.float32).tobytes()).hexdigest()
    vectors = [chunk.vectors_key for chunk in chunks_of(run, pool_of(run))]
    return f"{VERSION} {cached_embedding_key(run)} {drawn} {vectors}"
