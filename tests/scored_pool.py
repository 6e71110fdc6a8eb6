"""Six unlabelled rows and what the process that scores them keeps, made up; texts or sentences."""

from __future__ import annotations

import numpy as np

from hamr.jobs import pool_cache
from hamr.jobs.neighbour_evidence import _key
from hamr.jobs.pool_sentences import DOUBTS, EXPECTED, STARTS, TAGS
from hamr.store import Run
from hamr.views.base.all_rows import AllRows

TEXTS = [f"unlabelled {word}" for word in ("one", "two", "three", "four", "five", "six")]


SENTENCES = [f"they saw {word} Lovelace today" for word in ("Ada", "Bo", "Cy", "Di", "Ed", "Flo")]


def score_by_hand(run: Run) -> None:
    """What the scoring process keeps; row i likely has the first class by 0.3 + i/10."""
    (chunk,) = _embedded(run)
    chances = np.full((len(TEXTS), 5), 0.05, np.float16)
    chances[:, 0] = 0.3 + np.arange(len(TEXTS)) / 10
    chances[:, 1] = 1 - chances[:, 0] - 0.15
    chances[0, 1] = 0.29
    run.store.cache.put(pool_cache.CHANCES, chunk.chances_key, chances)


def score_sentences_by_hand(run: Run) -> None:
    """The same of SENTENCES: words 3 and 4 are an entity of the second type, and sentence i is the
    less uncertain the later, and of its third word most.
    """
    (chunk,) = _embedded(run)
    cache, count, doubts = run.store.cache, len(SENTENCES), np.full((len(SENTENCES), 5), 0.05)
    doubts[:, 2] = 0.9 - np.arange(count) / 10
    cache.put(STARTS, chunk.chances_key, 5 * np.arange(count + 1))
    cache.put(DOUBTS, chunk.chances_key, doubts.ravel().astype(np.float16))
    cache.put(EXPECTED, chunk.chances_key, np.tile(np.float16([0.1, 0.9, 0.1]), (count, 1)))
    cache.put(TAGS, chunk.chances_key, np.tile(np.array([0, 0, 3, 4, 0], np.int16), count))


def _embedded(run: Run) -> list[pool_cache.Chunk]:
    """The parts of the pool, whose embeddings are kept now, as are those of the run's rows."""
    cache, random = run.store.cache, np.random.default_rng(0)
    vectors = random.normal(size=(len(AllRows.of(run)) + len(TEXTS), 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cache.put("keys", _key(run), np.frombuffer(b"key", np.uint8))
    cache.put("embeddings", "key", vectors[: -len(TEXTS)])
    cache.put("keys", pool_cache.encoder_key(run), np.frombuffer(b"encoder", np.uint8))
    chunks = [*pool_cache.chunks_of(run, pool_cache.pool_of(run))]
    for chunk in chunks:
        own = vectors[-len(TEXTS) :].astype(np.float16)
        cache.put(pool_cache.VECTORS, chunk.vectors_key, own)
    return chunks
