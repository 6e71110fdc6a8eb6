"""The marginal likelihood of label noise: exact where the integral is known, else a lower bound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaln, gammaln
from scipy.stats import beta

from hamr.triage.noise_evidence import log_evidence_by_pair, log_evidence_of_one_share

WRONG, RIGHT = 1.0, 50.0


def pseudo(classes):
    """(pseudo-counts of T, where mistakes end)."""
    off = ~np.eye(classes, dtype=bool)
    landing = off / (classes - 1)
    return WRONG * landing + RIGHT * ~off, landing


def rows(count, classes, seed, sureness=3.0):
    """(class probabilities, labels drawn from them)."""
    random = np.random.default_rng(seed)
    q = np.exp(sureness * random.normal(size=(count, classes)))
    q /= q.sum(1, keepdims=True)
    return q, (q.cumsum(1) > random.random((count, 1))).argmax(1).clip(max=classes - 1)


def test_known_classes_have_the_likelihood_of_dirichlet_and_multinomial():
    random = np.random.default_rng(0)
    right, labels = random.integers(0, 3, 200), random.integers(0, 3, 200)
    prior, landing = pseudo(3)
    counts = np.zeros((3, 3))
    np.add.at(counts, (right, labels), 1)
    exact = sum(
        gammaln(a + n).sum() - gammaln((a + n).sum()) - gammaln(a).sum() + gammaln(a.sum())
        for a, n in zip(prior, counts, strict=True)
    )
    q = np.eye(3)[right]
    assert log_evidence_by_pair(q, labels, prior, np.full((3, 3), 1 / 3)) == pytest.approx(exact)
    wrong = int((right != labels).sum())
    exact = betaln(WRONG + wrong, RIGHT + 200 - wrong) - betaln(WRONG, RIGHT) - wrong * np.log(2)
    one = log_evidence_of_one_share(q, labels, np.array([[WRONG, RIGHT]]), landing)
    assert one == pytest.approx(exact)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 999), count=st.integers(1, 60), sureness=st.floats(0.5, 6))
def test_it_is_a_lower_bound_and_close(seed, count, sureness):
    q, labels = rows(count, 3, seed, sureness)
    labels[: count // 5] = (labels[: count // 5] + 1) % 3
    _, landing = pseudo(3)
    right, wrong = q[np.arange(count), labels], (q * landing.T[labels]).sum(1)

    def likelihood(share):
        return np.exp(np.log((1 - share) * right + share * wrong).sum()) * beta.pdf(share, 1, 50)

    exact = np.log(quad(likelihood, 0, 1, points=[0.01, 0.05, 0.2], limit=200)[0])
    found = log_evidence_of_one_share(q, labels, np.array([[WRONG, RIGHT]]), landing)
    assert found <= exact + 1e-3
    assert found > exact - 3


def gain(share, mixed_up):
    """How much more probable labels are by pair, nats, if a share of them is wrong."""
    q, right = rows(2000, 4, 0)
    random, labels = np.random.default_rng(1), right.copy()
    wrong = random.random(2000) < share
    step = 1 if mixed_up else random.integers(1, 4, 2000)
    labels[wrong] = ((right + step) % 4)[wrong]
    prior, landing = pseudo(4)
    matrix = np.full((4, 4), share / 3) + (1 - 4 * share / 3) * np.eye(4)
    one = log_evidence_of_one_share(q, labels, np.array([[WRONG, RIGHT]]), landing)
    return log_evidence_by_pair(q, labels, prior, matrix) - one


def test_only_mix_ups_are_more_probable_by_pair():
    assert gain(0.1, mixed_up=True) > 20
    assert gain(0.1, mixed_up=False) < -5
    assert gain(0.001, mixed_up=False) < 0


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows_are_fine(count):
    q, labels = rows(count, 2, 0)
    prior, landing = pseudo(2)
    one = log_evidence_of_one_share(q, labels, np.array([[WRONG, RIGHT]]), landing)
    assert np.isfinite(one) and np.isfinite(log_evidence_by_pair(q, labels, prior, np.eye(2)))
