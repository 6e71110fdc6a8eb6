"""Where unlabelled rows are on the map."""

import numpy as np
import pytest

from hamr.jobs import pool_cache, pool_places
from hamr.jobs.neighbour_evidence import _key
from hamr.jobs.pool import attach_texts
from hamr.jobs.pool_places import place_pool, rows_shown
from hamr.projection import place_among
from hamr.views.base.all_rows import AllRows
from tests.fake_run import write_fake_run

TEXTS = [f"unlabelled {n}" for n in range(9)]


@pytest.fixture
def run(store):
    """A run whose nine unlabelled rows are embedded."""
    run = write_fake_run(store, rows=60, epochs=2)
    attach_texts(store, run.info, TEXTS, "ada", "Try")
    cache, random = store.cache, np.random.default_rng(0)
    cache.put("keys", _key(run), np.frombuffer(b"key", np.uint8))
    cache.put("embeddings", "key", unit(random.normal(size=(len(AllRows.of(run)), 4))))
    cache.put("keys", pool_cache.encoder_key(run), np.frombuffer(b"encoder", np.uint8))
    (chunk,) = pool_cache.chunks_of(run, pool_cache.pool_of(run))
    vectors = unit(random.normal(size=(len(TEXTS), 4))).astype(np.float16)
    cache.put(pool_cache.VECTORS, chunk.vectors_key, vectors)
    return run


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_they_are_placed_as_validation_and_test_rows_are(run):
    assert place_pool(run)
    rows = run.store.cache.get("embeddings", "key")[:60]
    own = pool_cache.PoolVectors(run, list(pool_cache.chunks_of(run, pool_cache.pool_of(run))))
    np.testing.assert_array_equal(
        pool_places.pool_places(run, run.map()), place_among(own[:], rows, run.map())
    )


def test_they_are_on_no_other_map(run):
    place_pool(run)
    assert pool_places.pool_places(run, run.map() + 1) is None


def test_rows_that_are_attached_later_are_placed_anew(store, run):
    place_pool(run)
    attach_texts(store, run.info, ["one more"], "ada", "Try")
    assert pool_places.pool_places(run, run.map()) is None


def test_of_very_many_rows_always_the_same_are_shown(monkeypatch):
    monkeypatch.setattr(pool_places, "MOST_SHOWN", 50)
    rows = rows_shown(1000)
    assert len(rows) == 50 and (np.diff(rows) > 0).all() and rows[-1] < 1000
    np.testing.assert_array_equal(rows, rows_shown(1000))
    np.testing.assert_array_equal(rows_shown(50), np.arange(50))
