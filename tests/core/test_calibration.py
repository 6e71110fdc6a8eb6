"""Probabilities that agree with the order of rows and with the number of errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hamr.triage.calibration import at_least, monotone
from hamr.triage.stopping import count_interval

P = arrays(float, st.integers(1, 30), elements=st.floats(0, 1))


@given(p=P, seed=st.integers(0, 99))
def test_no_row_comes_before_a_more_probable_error(p, seed):
    score = np.random.default_rng(seed).integers(0, 10, len(p)).astype(float)
    found = monotone(p, score)
    ordered = found[np.argsort(score, kind="stable")]
    assert (np.diff(ordered) >= -1e-12).all()
    assert found.sum() == pytest.approx(p.sum())
    assert (found >= 0).all() and (found <= 1).all()


@given(p=P)
def test_probabilities_in_order_stay_as_they_are(p):
    np.testing.assert_allclose(
        monotone(np.sort(p), np.arange(len(p), dtype=float)), np.sort(p), atol=1e-12
    )


def test_rows_that_are_not_fitted_decide_nothing():
    p, score = np.array([0.1, 0.3, 0.9, 0.0]), np.array([1.0, 2.0, 3.0, 2.5])
    np.testing.assert_allclose(monotone(p, score, 3), [0.1, 0.3, 0.9, 0.6])


@given(p=P, share=st.floats(0.001, 0.2))
def test_a_share_of_the_labels_is_wrong_at_least(p, share):
    found = at_least(p, share)
    assert found.mean() >= share - 1e-9
    assert (np.diff(found[np.argsort(p, kind="stable")]) >= -1e-12).all()
    if p.mean() >= share:
        assert found is p


def test_no_rows_are_fine():
    none = np.zeros(0)
    assert not len(monotone(none, none)) and not len(at_least(none))


@given(p=P)
def test_the_interval_holds_the_estimated_number(p):
    count = max(1, round(float(p.sum())))
    low, high = count_interval(p, count)
    assert 0 <= low <= count <= high


def test_many_more_errors_than_estimated_are_possible_but_hardly_many_fewer():
    low, high = count_interval(np.full(1000, 0.05), 50)
    assert high - 50 > 3 * (50 - low)
    assert low < 20
