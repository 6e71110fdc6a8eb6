"""Six unlabelled rows and what the process that scores them keeps, made up."""

from __future__ import annotations

import numpy as np

from hamr.jobs import pool_cache
from hamr.jobs.neighbour_evidence import _key
from hamr.store import Run
from hamr.views.base.all_rows import AllRows

TEXTS = [f"unlabelled {word}" for word in ("one", "two", "three", "four", "five", "six")]


def score_by_hand(run: Run) -> None:
    """What the scoring process keeps; row i likely has the first class by 0.3 + i/10."""
    cache, random = run.store.cache, np.random.default_rng(0)
    vectors = random.normal(size=(len(AllRows.of(run)) + len(TEXTS), 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cache.put("keys", _key(run), np.frombuffer(b"key", np.uint8))
    cache.put("embeddings", "key", vectors[: -len(TEXTS)])
    cache.put("keys", pool_cache.encoder_key(run), np.frombuffer(b"encoder", np.uint8))
    chances = np.full((len(TEXTS), 5), 0.05, np.float16)
    chances[:, 0] = 0.3 + np.arange(len(TEXTS)) / 10
    chances[:, 1] = 1 - chances[:, 0] - 0.15
    chances[0, 1] = 0.29
    (chunk,) = pool_cache.chunks_of(run, pool_cache.pool_of(run))
    cache.put(pool_cache.VECTORS, chunk.vectors_key, vectors[-len(TEXTS) :].astype(np.float16))
    cache.put(pool_cache.CHANCES, chunk.chances_key, chances)
