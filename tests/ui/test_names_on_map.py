"""Which regions are named on a map, and before which names."""

import numpy as np

from hamr.ui.neighbourhoods.guide import guide
from tests.fake_regions import fake_region, fake_regions


def test_a_region_that_could_be_chance_is_named_after_classes_unless_it_is_open() -> None:
    xy = np.random.default_rng(0).random((60, 2))
    sure, doubtful = fake_region("a", range(20)), fake_region("b", range(20, 40), p_value=0.4)
    found = fake_regions(60, doubtful, sure)
    first, second = guide(xy, (), found, None, lambda one: one.rows).names
    assert (first.id, first.kind, second.id, second.kind) == ("a", "region", "b", "doubtful")
    assert second.weight < 1 < first.weight  # classes weigh their points
    _, opened = guide(xy, (), found, doubtful, lambda one: one.rows).names
    assert (opened.kind, opened.weight > first.weight) == ("region", True)
