"""The probability of a label by the rows of other kinds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.regions.outside import FOLDS, SEED, both, outside_p
from hamr.triage.class_centroids import calibrated
from hamr.triage.ridge import PENALTY, POWER


def made(seed=0, count=240, groups=20):
    random = np.random.default_rng(seed)
    labels = random.integers(3, size=count)
    vectors = random.normal(size=(count, 8)) + np.eye(3, 8)[labels] * 3
    return vectors.astype(np.float32), labels, random.integers(groups, size=count)


def one_fit_for_each_fold(vectors, labels, groups):
    z = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    z = np.c_[z, np.ones(len(z))].astype(float)
    fold = np.random.default_rng(SEED).permutation(groups.max() + 1)[groups] % FOLDS
    weight = np.bincount(labels)[labels] ** -POWER
    weight /= weight.mean()
    scores = np.zeros((len(labels), labels.max() + 1))
    for n in range(FOLDS):
        others = fold != n
        left = (z[others] * weight[others, None]).T
        solved = np.linalg.solve(
            left @ z[others] + PENALTY * np.eye(z.shape[1]),
            left @ np.eye(labels.max() + 1)[labels[others]],
        )
        scores[~others] = z[~others] @ solved
    return np.exp(calibrated(scores, labels))[np.arange(len(labels)), labels]


def test_all_folds_together_are_one_fit_for_each():
    rows = made()
    np.testing.assert_allclose(outside_p(*rows), one_fit_for_each_fold(*rows), rtol=1e-3)


def test_labels_that_a_group_shares_are_no_evidence_for_themselves():
    vectors, labels, groups = made()
    vectors[:40] += np.eye(1, 8, 7)[0] * 9  # alike, and unlike all others
    groups[:40], labels[:40] = 20, 1
    vectors[:40] += (np.eye(3, 8)[0] * 3).astype(np.float32)  # but others call this 0
    assert np.median(outside_p(vectors, labels, groups)[:40]) < 0.3


@given(st.integers(0, 50))
def test_the_probability_of_both_is_between_them(seed):
    random = np.random.default_rng(seed)
    one, other, labels = random.random(60), random.random(60), random.integers(3, size=60)
    found = both(one, other, labels)
    assert np.all(found >= np.minimum(one, other) - 1e-5)
    assert np.all(found <= np.maximum(one, other) + 1e-5)


def test_what_says_nothing_of_the_labels_does_not_count():
    labels = np.repeat([0, 1], 30)
    sure = np.where(labels == 0, 0.9, 0.8)
    assert both(sure, np.full(60, 0.5), labels) == pytest.approx(sure)
