"""The flips of the triage benchmark are what they say."""

import numpy as np
import pytest

from tests.benchmarks.flips import FLIPS, flipped

LABELS = np.repeat([0, 1, 2, 3], (100, 60, 30, 10))
CONFUSED = np.array([1, 0, 3, 2])


def flip(kind, share=0.1):
    return flipped(LABELS, kind, share, CONFUSED, np.random.default_rng(0))


@pytest.mark.parametrize("kind", FLIPS)
def test_exactly_the_share_asked_for_is_flipped_and_named(kind):
    labels, wrong = flip(kind)
    assert wrong.sum() == {"minority": 4}.get(kind, 20)
    np.testing.assert_array_equal(labels != LABELS, wrong)


def test_confusable_flips_go_to_the_most_confused_class():
    labels, wrong = flip("confusable", 0.3)
    np.testing.assert_array_equal(labels[wrong], CONFUSED[LABELS[wrong]])


def test_minority_flips_are_rows_of_the_rarer_half():
    assert (LABELS[flip("minority", 0.5)[1]] >= 2).all()
