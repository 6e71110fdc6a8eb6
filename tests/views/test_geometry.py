"""Which points a polygon holds, against exact arithmetic on whole numbers."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.errors import DataError
from hamr.views.base import geometry
from hamr.views.base.geometry import inside, lasso_from_text, lasso_text

whole = st.integers(-20, 20)
corner = st.tuples(whole, whole)
packed = st.integers(-(2**22), 2**23)


def exact(polygon: list[tuple[int, int]], x: int, y: int) -> bool:
    """The even-odd rule in whole numbers: one point, one side at a time."""
    odd = False
    for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (y0 <= y) != (y1 <= y):
            # The crossing lies to the right: x < x0 + (y - y0) (x1 - x0) / (y1 - y0).
            side = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
            odd ^= side > 0 if y1 > y0 else side < 0
    return odd


@given(st.lists(corner, min_size=3, max_size=12), st.lists(corner, min_size=1, max_size=40))
def test_inside_agrees_with_exact_arithmetic(polygon, points):
    assert inside(polygon, np.array(points)).tolist() == [exact(polygon, *p) for p in points]


@given(st.lists(corner, min_size=3, max_size=12), st.integers(0, 2**32 - 1))
def test_the_short_cut_for_many_points_gives_the_same_answer(polygon, seed):
    generator = np.random.default_rng(seed)
    points = np.concatenate(
        [generator.uniform(-20, 20, (300, 2)), generator.integers(-20, 20, (99, 2))]
    )
    with patch.object(geometry, "_MANY", 0):
        assert (
            inside(polygon, points) == geometry._by_crossings(np.array(polygon, float), points)
        ).all()


@given(st.lists(corner, min_size=3, max_size=8), st.integers(0, 7))
def test_the_corner_that_a_lasso_starts_at_does_not_matter(polygon, shift):
    points = np.random.default_rng(0).uniform(-20, 20, (50, 2))
    turned = polygon[shift % len(polygon) :] + polygon[: shift % len(polygon)]
    assert (inside(polygon, points) == inside(turned, points)).all()


def test_two_lassos_that_share_a_side_hold_each_point_once():
    points = np.array([(x, y) for x in range(5) for y in range(5)])
    left, right = [(0, 0), (2, 0), (2, 5), (0, 5)], [(2, 0), (5, 0), (5, 5), (2, 5)]
    assert (inside(left, points).astype(int) + inside(right, points) == 1).all()


def test_a_line_and_no_points_hold_nothing():
    assert not inside([(0, 0), (1, 1)], np.zeros((3, 2))).any()
    assert inside([(0, 0), (1, 0), (0, 1)], np.empty((0, 2))).shape == (0,)


def test_a_place_that_is_no_number_is_outside():
    assert not inside([(-9, -9), (9, -9), (0, 9)], np.array([[np.nan, 0], [0, np.nan]])).any()


@given(st.lists(st.tuples(packed, packed), min_size=3, max_size=60))
def test_a_lasso_comes_back_from_its_link_unchanged(lasso):
    text = lasso_text(lasso)
    assert lasso_from_text(text) == lasso
    assert len(text) == 8 * len(lasso)


@pytest.mark.parametrize("text", ["", "AAAA", "not a lasso!", "x" * 33, "<script>"])
def test_a_damaged_link_is_told_in_a_sentence(text):
    with pytest.raises(DataError, match="draw it again") as caught:
        lasso_from_text(text)
    assert caught.value.field == "lasso"
