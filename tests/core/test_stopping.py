"""The errors that are left, and the test that most are found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.triage.stopping import (
    ErrorsLeft,
    errors_left,
    is_enough,
    may_stop,
    p_value_of_missing,
    share_interval,
)


def test_before_any_review_the_estimate_is_that_of_the_queue() -> None:
    p = np.random.default_rng(0).beta(0.2, 2, 400)
    found = errors_left(p, np.zeros(0), np.zeros(0, bool))
    assert found.expected == round(p.sum()) and found.low <= found.expected <= found.high


def review(errors: int, rows: int) -> np.ndarray:
    """A ranked review: all errors come first."""
    return np.arange(rows) < errors


def test_nothing_reviewed_is_no_reason_to_stop():
    assert p_value_of_missing(np.zeros(0, bool), 100) == 1


def test_all_reviewed_is_enough():
    assert p_value_of_missing(np.zeros(5, bool), 5) == 0


def test_a_long_stretch_without_errors_allows_to_stop():
    assert not may_stop(review(40, 60), 1000)
    assert may_stop(review(40, 900), 1000)


def test_the_p_value_is_the_hypergeometric_one():
    # One error, found at once, in 10 of 20 rows: at least one more is missed only if the 9 rows
    # after it, of 19, hold none of K = floor(1 / 0.95 - 1) + 1 = 1 error: 10 / 19.
    assert p_value_of_missing(review(1, 10), 20) == pytest.approx(10 / 19)


def test_random_review_stops_too_early_in_few_cases():
    random, early, runs = np.random.default_rng(0), 0, 300
    for _ in range(runs):
        wrong = random.permutation(np.arange(400) < 30)
        stop = next(n for n in range(10, 401, 10) if may_stop(wrong[:n], 400))
        early += wrong[:stop].sum() < 0.95 * 30
    assert early / runs <= 0.10  # the test is repeated, as in the paper, so a little above 5 %


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 60))
def test_the_p_value_is_a_probability(found, unseen):
    p = p_value_of_missing(np.array(found, bool), len(found) + unseen)
    assert 0 <= p <= 1


def test_no_row_left_has_no_error_left():
    assert errors_left(np.zeros(0), np.ones(3), np.ones(3, bool)).high == 0


def test_review_corrects_the_estimate():
    p = np.full(100, 0.5)
    before = errors_left(p, np.zeros(0), np.zeros(0, bool))
    after = errors_left(p, np.full(50, 0.5), np.zeros(50, bool))
    assert before.low < 50 < before.high
    assert after.expected < 6


def test_the_interval_holds_the_truth_where_probabilities_are_right():
    random, held, runs = np.random.default_rng(1), 0, 200
    for _ in range(runs):
        p = random.beta(0.3, 3, 300)
        wrong = random.random(300) < p
        seen = np.argsort(-p) < 0  # nobody yet
        seen[np.argsort(-p)[:60]] = True
        found = errors_left(p[~seen], p[seen], wrong[seen])
        held += found.low <= wrong[~seen].sum() <= found.high
    assert held / runs >= 0.9


def test_it_is_enough_where_few_can_be_left_beside_those_found():
    assert is_enough(95, ErrorsLeft(2, 0, 6, 5))
    assert not is_enough(94, ErrorsLeft(2, 0, 6, 5))
    assert is_enough(0, ErrorsLeft(0, 0, 0, 0))


def test_errors_where_the_estimate_saw_none_raise_it():
    p, reviewed = np.full(500, 0.01), np.full(100, 0.01)
    none, many = (errors_left(p, reviewed, np.arange(100) < n) for n in (0, 20))
    assert none.high < 30
    assert 70 < many.expected < 140


def test_the_interval_of_a_share_is_that_of_clopper_and_pearson():
    assert share_interval(2, 50) == pytest.approx((0.0049, 0.1371), abs=1e-4)
    assert share_interval(0, 0) == (0.0, 1.0)
