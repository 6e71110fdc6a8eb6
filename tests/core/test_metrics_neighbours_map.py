"""Scores against scikit-learn, neighbours against brute force, and the map."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from hamr.metrics import score
from hamr.neighbours import NeighbourSearch
from hamr.projection import project


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=50))
@settings(deadline=None)
def test_scores_are_those_of_scikit_learn(pairs):
    labels, predictions = np.array(pairs).T
    found = score(labels, predictions, np.ones(len(labels)), 5)
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predictions, labels=range(5), zero_division=0
    )
    macro = f1_score(labels, predictions, average="macro", zero_division=0)
    assert found.macro_f1 == pytest.approx(macro, abs=1e-6)
    assert np.allclose(found.precision, precision, atol=1e-6)
    assert np.allclose(found.recall, recall, atol=1e-6)
    assert np.allclose(found.f1, f1, atol=1e-6)
    assert found.support.tolist() == support.tolist()
    assert np.array_equal(found.confusion, confusion_matrix(labels, predictions, labels=range(5)))


def embeddings(rows, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, 6)).astype(np.float32)


def test_neighbours_are_those_of_brute_force_without_the_row_itself():
    points = embeddings(40)
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -2)
    rows = np.array([3, 7, 30])
    neighbours, similarities = NeighbourSearch(points, 5).of(rows)
    wanted = np.argsort(-cosine[rows], axis=1)[:, :5]
    assert np.array_equal(neighbours, wanted)
    assert np.allclose(similarities, np.take_along_axis(cosine[rows], wanted, 1), atol=1e-5)


def test_exact_copies_of_a_row_never_bring_the_row_itself_back():
    neighbours, _ = NeighbourSearch(np.ones((12, 4), np.float32), 3).of(np.arange(12))
    assert neighbours.shape == (12, 3)
    assert not (neighbours == np.arange(12)[:, None]).any()


def test_places_without_a_neighbour_are_marked():
    neighbours, similarities = NeighbourSearch(embeddings(3), 5).of(np.array([0]))
    assert (neighbours[0, :2] >= 0).all() and (neighbours[0, 2:] == -1).all()
    assert np.isnan(similarities[0, 2:]).all()


def test_asking_twice_gives_the_same_answer():
    search = NeighbourSearch(embeddings(30), 4)
    first, _ = search.of(np.array([1, 2]))
    again, _ = search.of(np.array([2, 9, 1]))
    assert np.array_equal(again[[2, 0]], first)


@pytest.mark.parametrize("rows", [1, 2, 5, 30])
def test_any_number_of_rows_is_placed_on_the_map(rows):
    placed = project(embeddings(rows))
    assert placed.shape == (rows, 2)
    assert np.isfinite(placed).all()


def test_the_map_is_the_same_for_the_same_seed():
    assert np.array_equal(project(embeddings(40)), project(embeddings(40)))
