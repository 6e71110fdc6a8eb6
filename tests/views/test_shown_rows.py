"""Which rows are points of the map, and which number each point has."""

import numpy as np
import pytest

from hamr.views.base.packing import Frame
from hamr.views.neighbourhoods.shown_rows import ALL, CHOICES, TRAINING, ShownRows, shown_rows
from tests.fake_run import write_fake_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    from hamr.store import Store

    return write_fake_run(Store.open(tmp_path_factory.mktemp("home")), rows=30, epochs=1)


@pytest.fixture
def held_out(run):
    count = len(run.rows("validation")) + len(run.rows("test"))
    low, high = run.map().min(0), run.map().max(0)
    return np.random.default_rng(0).uniform(low, high, (count, 2)).astype(np.float32)


def test_training_rows_are_shown_under_their_own_numbers(run, held_out):
    shown = shown_rows(run, TRAINING, held_out)
    assert shown.only_training
    np.testing.assert_array_equal(shown.rows, np.arange(30))
    np.testing.assert_array_equal(shown.xy, run.map())


def test_rows_of_a_split_are_numbered_among_all_rows(run, held_out):
    shown = shown_rows(run, "test", held_out)
    validation = len(run.rows("validation"))
    assert shown.rows[0] == 30 + validation
    np.testing.assert_array_equal(shown.xy, held_out[validation:])
    assert shown.counts == {"test": len(run.rows("test"))}


@pytest.mark.parametrize("split", CHOICES)
def test_a_lasso_means_the_same_whichever_rows_are_shown(run, held_out, split):
    assert shown_rows(run, split, held_out).frame == Frame.around(run.map())


def test_all_rows_are_told_apart_by_split(run, held_out):
    shown = shown_rows(run, ALL, held_out)
    masks = [shown.mask(split) for split in ("train", "validation", "test")]
    np.testing.assert_array_equal(np.sum(masks, axis=0), np.ones(len(shown.rows)))
    assert int(masks[0].sum()) == 30


def test_without_their_places_only_training_rows_are_shown(run):
    assert shown_rows(run, ALL, None).only_training


def small() -> ShownRows:
    """Rows 4, 6 and 7."""
    rows = np.array([4, 6, 7])
    return ShownRows(np.zeros((3, 2)), rows, np.ones(3, np.int8), Frame((0, 1), (0, 1)))


def test_rows_become_points_and_those_not_shown_are_left_out():
    assert small().points(np.array([7, 5, 4, 900])).tolist() == [2, 0]
    assert (small().point(6), small().point(5), small().point(None)) == (1, None, None)


def test_edges_to_rows_that_are_not_shown_are_left_out():
    assert small().edges(np.array([[4, 7], [4, 5], [900, 6]])).tolist() == [[0, 2]]


@pytest.mark.parametrize("split", CHOICES)
def test_points_among_rows_are_those_that_a_search_finds(run, held_out, split):
    points = shown_rows(run, split, held_out)
    rows = np.array([0, 3, 5, 31, 38, 500])
    np.testing.assert_array_equal(points.among(rows), np.isin(points.rows, rows))
    where = points.points(rows)
    np.testing.assert_array_equal(points.rows[where], rows[np.isin(rows, points.rows)])
