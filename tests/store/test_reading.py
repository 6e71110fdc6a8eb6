"""Files that are cut off, altered, replaced or taken away while they are open: errors, no crash."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.errors import DamagedError, StoreError
from hamr.store import Store, arrow_file
from hamr.store import cache as caches
from hamr.store.files import npy, tensors, write_files
from hamr.store.reading import read_npy, read_tensors, read_values
from tests.fake_run import fake_dataset, write_fake_run, write_fake_token_run


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=50, epochs=2, name="open")


def written(tmp_path, name, chunks):
    path = tmp_path / name
    return path, write_files(tmp_path, {path: chunks})[path]


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 3000), data=st.data())
def test_values_at_some_places_are_those_of_the_whole(tmp_path_factory, count, data):
    array = np.random.default_rng(count).normal(size=count).astype(np.float32)
    path, expected = written(tmp_path_factory.mktemp("values"), "x.npy", npy(array))
    where = np.array(data.draw(st.lists(st.integers(-count, count - 1), max_size=9)), np.int64)
    np.testing.assert_array_equal(read_values(path, expected, DamagedError, where), array[where])


def test_tensors_come_back_with_their_names_types_and_shapes(tmp_path):
    arrays = {
        "a": np.arange(6, dtype=np.float16).reshape(2, 3),
        "b": np.array([], np.int64),
        "c": np.array(True),
    }
    path, expected = written(tmp_path, "x.safetensors", tensors(arrays))
    found = read_tensors(path, expected, DamagedError)
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
    with pytest.raises(StoreError, match="has no z"):
        read_tensors(path, expected, DamagedError, ["z"])


@pytest.mark.parametrize("keep", [0, 1, 64, 127, 140, -1])
def test_a_truncated_array_is_an_error_whatever_is_left(tmp_path, keep):
    path, expected = written(tmp_path, "x.npy", npy(np.arange(100)))
    read_npy(path, expected, DamagedError)
    os.truncate(path, keep if keep >= 0 else expected.bytes - 1)
    for read in (read_npy, lambda *file: read_values(*file, np.array([7]))):
        with pytest.raises(DamagedError, match="was altered"):
            read(path, expected, DamagedError)


CRASHES = """
import os, sys
from hamr.errors import DamagedError
from hamr.store import Store, arrow_file
store = Store.open(sys.argv[1])
run = store.runs()[0]
run, seen = store.run(run.id), []
reads = {
    "datasets/*/train.arrow": lambda: run.rows().texts(range(40)),
    "runs/*/epochs/000001/loss.npy": lambda: (
        run.signal("loss", 1).sum() + run.trajectory("loss", [3]).sum()
    ),
    "runs/*/epochs/000001/arrays.safetensors": lambda: run.array("f1", 1).sum(),
    "runs/*/map.npy": lambda: run.map().sum(),
}
for name, read in reads.items():
    held = read()
    path = next(store.home.glob(name))
    os.truncate(path, 0)
    try:
        read()
    except DamagedError as error:
        seen.append(str(error))
    held if isinstance(held, list) else held + 1
print(len(seen), all("mv" in sentence for sentence in seen))
"""


def test_no_truncated_file_ends_the_process(run):
    command = [sys.executable, "-c", CRASHES, str(run.store.home)]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "4 True\n"), found.stderr


def test_rows_that_are_cut_off_while_they_are_open_are_an_error_and_come_back(run):
    table, path = run.rows(), next(run.store.home.glob("datasets/*/train.arrow"))
    texts = table.texts(range(50))
    whole = path.with_name("copy")
    shutil.copy(path, whole)
    os.truncate(path, 100)
    with pytest.raises(DamagedError, match=r"train.*was altered.*mv"):
        table.texts([3])
    path.unlink()
    with pytest.raises(DamagedError, match="is missing"):
        table.texts([3])
    os.replace(whole, path)
    assert table.texts(range(50)) == texts


def test_rows_that_are_replaced_by_others_are_an_error(run):
    table, path = run.rows(), next(run.store.home.glob("datasets/*/train.arrow"))
    table.texts([0])
    shutil.copy(path.with_name("test.arrow"), path)
    with pytest.raises(DamagedError, match="was altered"):
        table.texts([0])


def test_a_million_rows_are_not_held_in_memory(store, monkeypatch):
    monkeypatch.setattr(arrow_file, "BLOCK_ROWS", 10)
    monkeypatch.setattr(arrow_file, "BLOCKS_KEPT", 3)
    dataset = fake_dataset(203)
    store.add_dataset(dataset)
    table = store.rows(dataset.fingerprint, "train")
    order = np.random.default_rng(0).permutation(203)
    assert table.texts(order) == [dataset.train.texts[row] for row in order]
    assert table.rows().ids == dataset.train.ids
    np.testing.assert_array_equal(table.labels, dataset.train.labels)
    assert table.find(dataset.train.ids[157]) == 157
    assert 157 in table.search(dataset.train.texts[157])
    assert len(table._file._blocks) == 3


def test_sentences_in_blocks_are_those_in_one(store, monkeypatch):
    run = write_fake_token_run(store, rows=40, epochs=0)
    one = run.rows()
    whole = (one.all_words, one.all_tags.tolist(), one.word_starts.tolist(), one.words(33))
    phrases = one.phrases(np.array([5, 90, 2]), np.array([9, 93, 3]))
    monkeypatch.setattr(arrow_file, "BLOCK_ROWS", 7)
    for path in store.home.glob("datasets/*/*.arrow"):
        path.unlink()
    run.attach_dataset(_fresh(store, run))
    many = Store.open(store.home).run(run.id).rows()
    assert len(many._file.numbers) > 4
    assert (
        many.all_words, many.all_tags.tolist(), many.word_starts.tolist(), many.words(33)
    ) == whole  # fmt: skip
    assert many.phrases(np.array([5, 90, 2]), np.array([9, 93, 3])) == phrases


def _fresh(store, run):
    from tests.views.fake_words import fake_token_dataset

    return fake_token_dataset(40, 0, 12)


@pytest.mark.parametrize("where", [slice(3, 9), slice(None), np.array([5, 6, 7, 1, 9, 10])])
def test_a_large_array_of_the_cache_is_read_as_it_is_asked_for(store, monkeypatch, where):
    array = np.arange(60, dtype=np.float16).reshape(20, 3)
    store.cache.put("words", "key", array)
    monkeypatch.setattr(caches, "LARGE_BYTES", 0)
    found = store.cache.get("words", "key")
    np.testing.assert_array_equal(found[where], array[where])
    np.testing.assert_array_equal(np.array(found), array)
    assert (found.shape, found.dtype, len(found)) == (array.shape, array.dtype, 20)
    os.truncate(next(store.home.glob("cache/words/*")), 150)
    with pytest.raises(DamagedError, match="computed again"):
        found[where]
    assert store.cache.get("words", "key") is None
