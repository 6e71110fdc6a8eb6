"""Rank correlations, and the rule that says whether hardness means hard."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from hamr.difficulty import (
    MEASURES,
    PARTLY_BELOW,
    Agreement,
    Dynamics,
    agreement,
    correlation,
    rank_correlation,
)

NAN = float("nan")
few_values = arrays(float, st.integers(2, 60), elements=st.integers(-4, 4).map(float))


def test_rank_correlation_of_a_bent_rising_line_is_one():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert rank_correlation(x, np.exp(x)) == pytest.approx(1)
    assert rank_correlation(x, -np.exp(x)) == pytest.approx(-1)


def test_ties_share_their_mean_rank():
    # ranks 1.5, 1.5, 3 against 1, 2, 3: covariance 1.5, deviations sqrt(1.5) and sqrt(2)
    found = rank_correlation(np.array([5.0, 5.0, 9.0]), np.array([1.0, 2.0, 3.0]))
    assert found == pytest.approx(1.5 / np.sqrt(1.5 * 2))


def test_a_constant_correlates_with_nothing():
    assert np.isnan(correlation(np.ones(3), np.array([1.0, 2.0, NAN])))


@given(few_values, st.randoms(use_true_random=False))
def test_rank_correlation_is_scipys(x, random):
    y = np.array(random.sample(list(x), len(x)))
    if np.ptp(x):
        assert rank_correlation(x, y) == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


@given(few_values, st.randoms(use_true_random=False))
def test_a_turned_run_is_always_doubtful_and_its_mirror_image_never_turned(x, random):
    loss = np.array(random.sample(list(x), len(x)))
    found, mirrored = agreement(x, loss), agreement(-x, loss)
    assert not (found.correlation < 0) or (found.kind, found.is_doubtful) == ("turned", True)
    assert "turned" not in (found.kind, mirrored.kind) or found.kind != mirrored.kind


def test_a_falling_curve_is_turned_and_a_rising_one_agrees():
    loss = np.arange(50.0)
    assert agreement(np.exp(-loss), loss).kind == "turned"
    assert agreement(np.exp(loss / 9), loss).kind == "agrees"


def test_a_curve_that_falls_over_the_hardest_third_agrees_only_in_part():
    loss = np.arange(60.0)
    assert agreement(np.where(loss < 40, loss, 60 - loss), loss).kind == "partly"


@pytest.mark.parametrize("hardness", [np.ones(5), np.full(5, NAN), np.zeros(0)])
def test_hardness_that_ranks_nothing_is_flat_and_not_doubtful(hardness):
    found = agreement(hardness, np.arange(float(len(hardness))))
    assert (found.kind, found.is_doubtful) == ("flat", False)


def test_rows_without_a_value_are_left_out():
    hardness, loss = np.array([1.0, 2.0, 3.0, NAN, 9.0]), np.array([1.0, 2.0, 3.0, 0.0, NAN])
    assert agreement(hardness, loss).correlation == pytest.approx(1)


def test_the_bounds_of_the_rule_belong_to_the_better_case():
    assert Agreement(0.0).kind == "partly"
    assert Agreement(PARTLY_BELOW).kind == "agrees"


def exact(loss, p, right, margin):
    """The measures by their definitions, from whole [E, N] arrays."""
    forgotten = (right[:-1] & ~right[1:]).sum(0)
    return {
        "mean_loss": loss.mean(0),
        "aum": margin.mean(0),
        "forgetting": np.where(right.any(0), forgotten, len(right)),
        "confidence": p.mean(0),
        "variability": p.std(0),
    }


@given(st.integers(1, 7), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_measures_epoch_by_epoch_are_those_of_all_epochs_at_once(epochs, rows, seed):
    random = np.random.default_rng(seed)
    loss, margin = random.normal(size=(2, epochs, rows))
    p, right = random.random((epochs, rows)), random.random((epochs, rows)) < 0.6
    dynamics = Dynamics()
    for t in range(epochs):
        dynamics.add(loss[t], p[t], right[t], margin[t])
    found, wanted = dynamics.measures(), exact(loss, p, right, margin)
    assert [*found] == [*wanted] == [name for name in MEASURES if name != "hardness"]
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, atol=1e-7)


def test_a_row_that_was_never_right_counts_above_all_that_were_forgotten():
    dynamics = Dynamics()
    for t in range(6):
        right = np.array([t % 2 == 0, False, True])
        dynamics.add(np.ones(3), np.ones(3), right, np.ones(3))
    assert dynamics.measures()["forgetting"].tolist() == [3, 6, 0]


def test_without_the_margin_of_one_epoch_there_is_no_aum():
    dynamics = Dynamics()
    for margin in (np.ones(2), None):
        dynamics.add(np.ones(2), np.ones(2), np.ones(2, bool), margin)
    assert "aum" not in dynamics.measures()
