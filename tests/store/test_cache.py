import numpy as np
import pytest


def entry(store):
    (path,) = (store.home / "cache" / "embeddings").iterdir()
    return path


def test_what_was_put_is_got(store):
    array = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    store.cache.put("embeddings", "a model/a fingerprint", array)
    np.testing.assert_array_equal(store.cache.get("embeddings", "a model/a fingerprint"), array)
    assert store.cache.get("embeddings", "another key") is None


def test_second_put_takes_the_place_of_the_first(store):
    for value in (1, 2):
        store.cache.put("embeddings", "key", np.full(3, value))
    assert store.cache.get("embeddings", "key").tolist() == [2, 2, 2]
    assert entry(store).exists()


@pytest.mark.parametrize("harm", ["altered", "truncated", "emptied"])
def test_damaged_entry_counts_as_none_and_is_removed(store, harm):
    store.cache.put("embeddings", "key", np.arange(100))
    path = entry(store)
    data = path.read_bytes()
    harmed = {"altered": data[:-1] + b"x", "truncated": data[:-8], "emptied": b""}[harm]
    path.write_bytes(harmed)
    assert store.cache.get("embeddings", "key") is None
    assert not path.exists()


def test_python_objects_are_refused(store):
    with pytest.raises(TypeError):
        store.cache.put("embeddings", "key", np.array([{}]))


def test_cleared_cache_is_empty(store):
    store.cache.put("embeddings", "key", np.arange(3))
    store.cache.clear()
    assert store.cache.get("embeddings", "key") is None
