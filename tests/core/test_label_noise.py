"""Label noise fitted together with how sure the sources are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import check_grad

from hamr.triage.class_centroids import log_softmax
from hamr.triage.label_noise import MOST_PAIRED, _Fit, label_noise

CLASSES = 4


def rows(count, seed, sureness=3.0):
    """(sources, right labels): the labels are drawn from what the sources say."""
    random = np.random.default_rng(seed)
    log_p = log_softmax(sureness * random.normal(size=(count, CLASSES)))
    right = (np.exp(log_p).cumsum(1) > random.random((count, 1))).argmax(1)
    return [2 * log_p, log_p + random.normal(size=log_p.shape) / 4], right


def flipped(right, share, seed, pair=None):
    """The labels with a share flipped to any other class, or of one class to another."""
    random, labels = np.random.default_rng(seed), right.copy()
    if pair is not None:
        labels[(right == pair[0]) & (random.random(len(right)) < share)] = pair[1]
        return labels
    wrong = random.random(len(right)) < share
    labels[wrong] = (labels[wrong] + random.integers(1, CLASSES, wrong.sum())) % CLASSES
    return labels


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_the_number_of_uniform_errors_is_right(share):
    sources, right = rows(3000, 0)
    labels = flipped(right, share, 1)
    found = label_noise(sources, labels, len(labels))
    assert 0.8 < found.p_wrong(labels).sum() / (labels != right).sum() < 1.25
    assert found.weight < 0.5


@pytest.mark.parametrize("sureness", [0.7, 3.0])
def test_hard_rows_with_right_labels_are_not_counted(sureness):
    sources, right = rows(2000, 0, sureness)
    assert label_noise(sources, right, len(right)).p_wrong(right).mean() < 0.03


def test_a_mix_up_of_two_classes_is_found():
    sources, right = rows(3000, 0)
    labels = flipped(right, 0.3, 1, pair=(2, 0))
    found = label_noise(sources, labels, len(labels))
    assert found.weight > 0.9
    assert 0.2 < found.by_pair.matrix[2, 0] < 0.4
    assert found.by_pair.matrix[0, 2] < 0.05
    assert 0.7 < found.p_wrong(labels).sum() / (labels != right).sum() < 1.3


@settings(max_examples=10, deadline=None)
@given(count=st.integers(1, 40), seed=st.integers(0, 999), size=st.sampled_from((0.0, 1.0, 1e4)))
def test_any_scores_give_probabilities(count, seed, size):
    random = np.random.default_rng(seed)
    sources = [size * random.normal(size=(count, CLASSES)) for _ in range(3)]
    labels = random.integers(0, CLASSES, count)
    found = label_noise(sources, labels, count)
    p = found.p_wrong(labels)
    assert np.isfinite(p).all() and (p >= 0).all() and (p <= 1).all()
    for model in (found.uniform, found.by_pair):
        np.testing.assert_allclose(model.matrix.sum(1), 1)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 999))
def test_the_order_of_the_rows_changes_nothing(seed):
    sources, right = rows(300, 0)
    labels = flipped(right, 0.1, 1)
    order = np.random.default_rng(seed).permutation(len(labels))
    p = label_noise(sources, labels, len(labels)).p_wrong(labels)
    moved = label_noise([one[order] for one in sources], labels[order], len(labels))
    np.testing.assert_allclose(moved.p_wrong(labels[order]), p[order], atol=0.02)


def test_rows_that_give_no_evidence_change_nothing():
    sources, right = rows(400, 0)
    labels = flipped(right, 0.1, 1)
    other = labels.copy()
    other[300:] = 0
    p, q = (label_noise(sources, one, 300).p_wrong(one) for one in (labels, other))
    np.testing.assert_allclose(p[:300], q[:300])


@pytest.mark.parametrize("by_pair", [False, True])
def test_the_gradient_is_that_of_the_loss(by_pair):
    sources, right = rows(60, 0)
    fit = _Fit(np.stack(sources), flipped(right, 0.2, 1))
    size = 2 + CLASSES + (CLASSES * (CLASSES - 1) if by_pair else 1)
    at = np.random.default_rng(2).normal(size=size) / 2
    error = check_grad(lambda x: fit.loss(x, by_pair)[0], lambda x: fit.loss(x, by_pair)[1], at)
    assert error < 1e-3


def test_many_classes_are_fitted_without_pairs():
    rng = np.random.default_rng(0)
    right = rng.integers(0, MOST_PAIRED + 1, 2_000)
    scores = rng.normal(size=(2_000, MOST_PAIRED + 1))
    scores[np.arange(2_000), right] += 6
    labels = np.where(rng.random(2_000) < 0.1, (right + 1) % (MOST_PAIRED + 1), right)
    found = label_noise([log_softmax(scores)] * 3, labels, 2_000)
    assert found.by_pair is found.uniform
    assert found.p_wrong(labels).sum() == pytest.approx((labels != right).sum(), rel=0.1)
