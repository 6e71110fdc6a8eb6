"""Neighbours of many rows: an inverted file, in pieces, on a GPU where FAISS has one."""

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr import neighbours
from hamr.neighbours import NeighbourSearch, lists_for
from hamr.triage import class_centroids
from hamr.triage.loo_ensemble import loo_ensemble


def clustered(count, width=8, seed=0):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 4, count)
    points = 2 * generator.normal(size=(4, width))[labels] + generator.normal(size=(count, width))
    return points.astype(np.float32), labels


def test_an_inverted_file_finds_nearly_all_exact_neighbours(monkeypatch):
    points, rows = clustered(4000)[0], np.arange(0, 4000, 20)
    exact, _ = NeighbourSearch(points, 5).of(rows)
    monkeypatch.setattr(neighbours, "EXACT_ROWS", 100)
    monkeypatch.setattr(neighbours, "FEWEST_LISTS", 16)
    found, _ = NeighbourSearch(points, 5).of(rows)
    shared = [len({*one} & {*other}) / 5 for one, other in zip(exact, found, strict=True)]
    assert np.mean(shared) > 0.9


def test_rows_that_are_added_and_searched_in_pieces_have_the_same_neighbours(monkeypatch):
    points, rows = clustered(300)[0], np.arange(300)
    whole = NeighbourSearch(points, 5)
    monkeypatch.setattr(neighbours, "AT_A_TIME", 37)
    parts = NeighbourSearch(points, 5)
    assert np.array_equal(whole.of(rows)[0], parts.of(rows)[0])
    assert np.array_equal(whole.near(points[::3])[0], parts.near(points[::3])[0])


def test_the_embeddings_are_not_changed():
    points = clustered(50)[0]
    before = points.copy()
    NeighbourSearch(points, 5).of(np.arange(50))
    assert np.array_equal(points, before)


@given(st.integers(50_001, 10**8))
def test_an_inverted_file_has_at_most_four_lists_for_each_root_of_a_row(count):
    lists = lists_for(count)
    assert lists == 1024 or 2 * count**0.5 < lists <= 4 * count**0.5


def test_the_index_goes_to_a_gpu_where_faiss_has_one(monkeypatch):
    moved = []
    monkeypatch.setattr(faiss, "StandardGpuResources", object, raising=False)
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 1, raising=False)
    monkeypatch.setattr(
        faiss, "index_cpu_to_gpu", lambda _, gpu, index: moved.append(gpu) or index, raising=False
    )
    points = clustered(50)[0]
    assert NeighbourSearch(points, 5).of(np.arange(3))[0].shape == (3, 5)
    assert moved == [0]


def test_a_temperature_that_a_part_of_the_rows_decides_is_that_of_all(monkeypatch):
    points, labels = clustered(6000)
    exact = loo_ensemble(points, labels, 4)
    monkeypatch.setattr(class_centroids, "MOST_FITTED", 2000)
    assert loo_ensemble(points, labels, 4) == pytest.approx(exact, abs=0.2)
    assert class_centroids.sampled(6000) == slice(None, None, 3)
    assert class_centroids.sampled(2000) == slice(None, None, 1)
