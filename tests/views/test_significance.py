"""Intervals and tests against scipy and scikit-learn."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from hamr.entities import spans_of
from hamr.errors import StoreError
from hamr.views.base import significance
from hamr.views.base.significance import Tally, f1_of, resample

CLASSES = 4


@pytest.fixture
def guesses():
    """Labels [n] and predictions of two runs, each [n]; the last class is rare."""
    random = np.random.default_rng(3)
    labels = random.choice(CLASSES, 80, p=[0.5, 0.3, 0.17, 0.03])
    return labels, [
        np.where(random.random(80) < right, labels, random.integers(0, CLASSES, 80))
        for right in (0.6, 0.8)
    ]


def test_f1_from_sums_is_that_of_scikit_learn(guesses):
    labels, (first, _) = guesses
    tally = Tally.of_labels(labels, first, CLASSES)
    f1, macro = f1_of(tally.hits.sum(0), tally.sizes.sum(0))
    assert macro == pytest.approx(f1_score(labels, first, average="macro"))
    assert f1 == pytest.approx(f1_score(labels, first, average=None, labels=range(CLASSES)))


def test_each_resample_scores_as_scikit_learn_does_on_its_rows(guesses):
    labels, runs = guesses
    _, macro = resample([Tally.of_labels(labels, one, CLASSES) for one in runs], 30, seed=5)
    draws = np.random.default_rng(5).integers(0, 80, (30, 80), dtype=np.int32)
    expected = [
        [f1_score(labels[rows], one[rows], average="macro") for one in runs] for rows in draws
    ]
    assert macro == pytest.approx(np.array(expected))


def test_a_confusion_matrix_tallies_as_its_rows_do(guesses):
    labels, (first, _) = guesses
    confusion = np.zeros((CLASSES, CLASSES), int)
    np.add.at(confusion, (labels, first), 1)
    one, other = Tally.of_labels(labels, first, CLASSES), Tally.of_confusion(confusion)
    assert one.sizes.sum(0).tolist() == other.sizes.sum(0).tolist()
    assert one.hits.sum(0).tolist() == other.hits.sum(0).tolist()


def test_sentences_are_tallied_as_their_entities_are():
    random = np.random.default_rng(0)
    gold, seen = random.integers(0, 5, (2, 60)).astype(np.int16)
    starts = np.arange(0, 61, 6)
    tally = Tally.of_tags(gold, seen, starts, 2)
    for row, start in enumerate(starts[:-1]):
        sides = [set(spans_of(tags[start : start + 6])) for tags in (gold, seen)]
        for kind in range(2):
            own, other = ({span for span in side if span.type == kind} for side in sides)
            assert tally.hits[row, kind] == len(own & other)
            assert tally.sizes[row, kind] == len(own) + len(other)


def test_resamples_are_the_same_each_time(guesses):
    labels, (first, _) = guesses
    tally = Tally.of_labels(labels, first, CLASSES)
    assert resample([tally], 50)[1].tolist() == resample([tally], 50)[1].tolist()


def test_runs_with_other_rows_are_not_resampled_together(guesses):
    labels, (first, _) = guesses
    with pytest.raises(StoreError, match="80, 79"):
        resample([Tally.of_labels(labels[i:], first[i:], CLASSES) for i in (0, 1)])


def test_the_interval_over_seeds_is_that_of_scipy():
    values = np.array([0.61, 0.64, 0.6, 0.66])
    expected = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert significance.t_interval(values) == pytest.approx(expected)


def test_one_seed_has_no_interval_over_seeds():
    assert np.isnan(significance.t_interval(np.array([0.6]))).all()


def test_the_paired_p_is_that_of_scipy():
    one, other = np.array([0.61, 0.64, 0.6]), np.array([0.58, 0.63, 0.55])
    assert significance.paired_p(one - other) == pytest.approx(stats.ttest_rel(one, other).pvalue)


def test_equal_differences_have_no_p():
    assert np.isnan(significance.paired_p(np.zeros(3)))
    assert np.isnan(significance.paired_p(np.array([0.1])))


def test_holm_raises_each_p_by_the_comparisons_left_and_never_lowers_one():
    raised = significance.holm(np.array([0.01, 0.04, np.nan, 0.03]))
    assert raised[[0, 1, 3]] == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(raised[2])
