"""Points: presets, points that people paint, and how neighbours are found among them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.errors import DataError
from hamr.neighbours import NeighbourSearch
from hamr.playground.points import (
    CLASSES,
    MOST_POINTS,
    RECIPES,
    dataset_of,
    lifted,
    painted,
    preset_points,
)

unit = st.floats(-1, 1, width=32)
some_points = st.lists(
    st.tuples(unit, unit, st.integers(0, len(CLASSES) - 1)), min_size=1, max_size=60
)


@pytest.mark.parametrize("name", RECIPES)
def test_a_preset_draws_the_same_points_for_the_same_seed(name):
    first, second = preset_points(name, seed=3), preset_points(name, seed=3)
    assert (first.all == second.all).all()
    assert (first.train.labels == second.train.labels).all()
    assert len(first.train) == pytest.approx(300, abs=2)


def test_another_seed_draws_other_points():
    first, second = preset_points("noise", seed=0), preset_points("noise", seed=1)
    assert not np.array_equal(first.train.xy, second.train.xy)


def test_only_training_labels_are_turned():
    points = preset_points("noise")
    wrong = points.train.labels != points.train.right
    assert wrong.mean() == pytest.approx(0.15, abs=0.01)
    assert (points.validation.labels == points.validation.right).all()
    assert (points.test.labels == points.test.right).all()


def test_an_unknown_preset_names_those_there_are():
    with pytest.raises(DataError, match="imbalanced, noise, overlap, island"):
        preset_points("spiral")


@given(some_points)
def test_each_painted_class_is_held_out_and_trains(points):
    found = painted(points)
    there = {label for _, _, label in points}
    assert set(found.validation.labels.tolist()) == there
    assert set(found.train.labels.tolist()) == there


@given(some_points)
def test_no_painted_point_is_lost(points):
    found = painted(points)
    seen = {tuple(row) for part in (found.train, found.validation) for row in part.xy.tolist()}
    assert seen == {tuple(np.float32([x, y]).tolist()) for x, y, _ in points}


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([], "no point yet"),
        ([(0.0, 0.0, 0)] * (MOST_POINTS + 1), f"at most {MOST_POINTS}"),
        ([(0.0, 1.5, 0)], "coordinates are between -1 and 1"),
        ([(float("nan"), 0.0, 0)], "coordinates are between -1 and 1"),
        ([(0.0, 0.0, 7)], "classes are 0 to 2"),
    ],
)
def test_points_that_cannot_be_trained_on_are_refused(points, said):
    with pytest.raises(DataError, match=said):
        painted(points)


@given(st.lists(st.tuples(unit, unit), min_size=3, max_size=40, unique=True))
def test_similarity_on_the_sphere_falls_with_its_chord(points):
    rows = lifted(np.array(points, np.float32)).astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    chords = np.linalg.norm(rows[:1] - rows[1:], axis=1)
    assert np.allclose(1 - chords**2 / 2, rows[1:] @ rows[0], atol=1e-6)


def test_neighbours_of_a_point_are_the_nearest_in_the_plane():
    xy = preset_points("island").train.xy
    found, _ = NeighbourSearch(lifted(xy), 5).of(np.arange(40))
    for row in range(40):
        order = np.argsort(np.linalg.norm(xy - xy[row], axis=1))[1:13]
        # The projection stretches the plane a little, so that ranks near the border may swap.
        assert set(found[row].tolist()) <= set(order.tolist())


def test_a_data_set_has_only_the_classes_that_are_there():
    found = dataset_of(painted([(0.1, 0.2, 0), (0.3, -0.2, 2), (0.5, 0.5, 2)]))
    assert found.classes == ("A", "C")
    assert set(found.train.labels.tolist()) == {0, 1}
