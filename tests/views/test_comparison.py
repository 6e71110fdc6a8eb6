"""What Impact says of a run before and after corrections, from constructed predictions."""

import numpy as np
import pytest

from hamr.views.base.significance import Tally
from hamr.views.relabel.comparison import (
    BETTER,
    NO_DIFFERENCE,
    TOO_FEW,
    WORSE,
    comparison,
    in_words,
    table,
)

ROWS, NAMES = 120, ("a", "b", "c")


def predicted(labels, wrong, classes=3):
    """Predictions that are wrong on the first so many rows."""
    found = labels.copy()
    found[:wrong] = (found[:wrong] + 1) % classes
    return found


@pytest.fixture
def labels():
    return np.random.default_rng(0).integers(0, 3, ROWS)


def compared(labels, *pairs):
    tallies = [tuple(Tally.of_labels(labels, side, 3) for side in pair) for pair in pairs]
    return comparison(tallies, NAMES)


def test_far_fewer_mistakes_are_better(labels):
    found = compared(labels, (predicted(labels, 40), predicted(labels, 10)))
    assert [found.verdict(k) for k in range(4)] == [BETTER] * 4
    assert found.low[0] > 0 and in_words(found).startswith("Better: macro-F1 0.66")


def test_far_more_mistakes_are_worse(labels):
    found = compared(labels, (predicted(labels, 10), predicted(labels, 40)))
    assert [found.verdict(k) for k in range(4)] == [WORSE] * 4


def test_the_same_predictions_are_no_detectable_difference(labels):
    side = predicted(labels, 20)
    found = compared(labels, (side, side))
    assert {found.verdict(k) for k in range(4)} == {NO_DIFFERENCE}
    assert in_words(found).startswith("No detectable difference:")


def test_as_many_mistakes_elsewhere_are_no_detectable_difference(labels):
    other = labels.copy()
    other[-20:] = (other[-20:] + 1) % 3
    found = compared(labels, (predicted(labels, 20), other))
    assert found.verdict() == NO_DIFFERENCE and found.low[0] < 0 < found.high[0]


def test_a_class_of_a_few_rows_is_never_called_worse(labels):
    labels[:] = np.arange(ROWS) % 2
    labels[:3] = 2  # all three right before, none after: all resamples say -1
    after = labels.copy()
    after[:3] = 0
    found = compared(labels, (labels, after))
    assert found.verdict(3) == TOO_FEW
    assert found.interval(3) == "\N{MINUS SIGN}1.000"


def test_noise_is_called_no_class_worse_in_more_than_a_twentieth_of_the_tables():
    """Two models that are equally good, eight classes: their intervals hold together."""
    random, worse = np.random.default_rng(1), 0
    for _ in range(60):
        labels = random.integers(0, 8, 200)
        sides = []
        for _ in range(2):
            side = labels.copy()
            wrong = random.random(200) < 0.3
            side[wrong] = random.integers(0, 8, wrong.sum())
            sides.append(Tally.of_labels(labels, side, 8))
        found = comparison([tuple(sides)], [str(c) for c in range(8)])
        worse += any(found.verdict(k) in (WORSE, BETTER) for k in range(1, 9))
    assert worse <= 6  # 3 expected


def test_seeds_that_disagree_widen_the_interval(labels):
    better = predicted(labels, 40), predicted(labels, 10)
    alone = compared(labels, better)
    found = compared(labels, better, (predicted(labels, 40), predicted(labels, 45)))
    assert alone.verdict() == BETTER and found.verdict() == NO_DIFFERENCE
    assert found.seeds == 2 and found.high[0] - found.low[0] > alone.high[0] - alone.low[0]


def test_seeds_that_agree_are_better_together(labels):
    pairs = [(predicted(labels, 40 + n), predicted(labels, 10 + n)) for n in range(3)]
    assert compared(labels, *pairs).verdict() == BETTER


def test_the_table_puts_both_kinds_of_labels_side_by_side(labels):
    found = compared(labels, (predicted(labels, 40), predicted(labels, 10)))
    frame = table({"reviewed": found, "given": found}, "class")
    assert list(frame) == [
        "class", "verdict (as reviewed)", "difference (as reviewed)", "verdict (as given)",
        "difference (as given)", "before (as reviewed)", "after (as reviewed)",
        "before (as given)", "after (as given)",
    ]  # fmt: skip
    assert set(frame["class"]) == set(NAMES)
