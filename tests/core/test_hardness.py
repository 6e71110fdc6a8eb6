"""Hardness, hard seeds and boost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.errors import SettingError
from hamr.hardness import boost, ema, hard_seeds, visit_order


def visit_by_visit(values, rows, observed, gamma):
    values = values.astype(np.float64)
    for row, seen in zip(rows, observed, strict=True):
        values[row] = gamma * values[row] + (1 - gamma) * seen
    return values


@given(
    st.lists(st.tuples(st.integers(0, 6), st.floats(0, 8, width=32)), max_size=60),
    st.floats(0, 0.99),
)
@settings(deadline=None)
def test_the_closed_form_equals_one_update_per_visit(visits, gamma):
    rows = np.array([row for row, _ in visits], np.int64)
    observed = np.array([seen for _, seen in visits], np.float32)
    start = np.linspace(0.5, 2, 7).astype(np.float32)
    wanted = visit_by_visit(start, rows, observed, gamma)
    assert np.allclose(ema(start, rows, observed, gamma), wanted, atol=1e-5)


def test_a_row_that_is_not_drawn_keeps_its_hardness():
    start = np.array([1.0, 3.0], np.float32)
    after = ema(start, np.array([0]), np.array([8.0], np.float32), 0.9)
    assert after.tolist() == pytest.approx([0.9 + 0.8, 3.0])


def test_visit_order_counts_what_came_before_and_what_follows():
    before, after = visit_order(np.array([4, 2, 4, 4, 2]))
    assert before.tolist() == [0, 0, 1, 2, 1]
    assert after.tolist() == [2, 1, 1, 0, 0]


def test_hard_seeds_are_the_hardest_share_hardest_first():
    hardness = np.array([0.1, 5.0, 2.0, 3.0, 0.2, 0.3, 0.4, 0.5, 0.6, 4.0], np.float32)
    assert hard_seeds(hardness, 0.2).tolist() == [1, 9]


def test_there_is_always_one_hard_seed():
    assert len(hard_seeds(np.ones(3, np.float32), 0.01)) == 1


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5])
def test_a_share_out_of_range_is_refused_with_value_and_rule(share):
    with pytest.raises(SettingError, match=f"above 0 and at most 1, got {share}") as caught:
        hard_seeds(np.ones(3, np.float32), share)
    assert caught.value.field == "hard_share"


def test_boost_is_the_count_of_seeds_over_the_largest_count():
    neighbours = np.array([[1, 2], [2, 3], [2, -1]])
    assert boost(neighbours, 5).tolist() == pytest.approx([0, 1 / 3, 1, 1 / 3, 0])


def test_without_neighbours_nothing_is_boosted():
    assert boost(np.full((2, 3), -1), 4).tolist() == [0, 0, 0, 0]
