"""Invariants of the search for regions, by property tests."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.regions import carry_ids, find_regions, match_regions
from hamr.regions.members import most_alike
from hamr.regions.scan import calibrated
from tests.regions.toy import CLASSES, toy

FOUND = [
    find_regions(made.vectors, made.labels, CLASSES, made.signals, texts=made.texts)
    for made in (toy(0), toy(0, wrong=0.6))
]


def test_a_list_matches_itself():
    pairs = match_regions(FOUND[0].found, FOUND[0].found)
    assert [(pair.one, pair.other) for pair in pairs] == [(n, n) for n in range(len(pairs))]
    assert all(pair.jaccard == 1 for pair in pairs)


def test_a_region_that_stays_keeps_its_id_and_ids_are_unique():
    carried = carry_ids(FOUND[0].found, FOUND[1])
    assert carried.found[0].id == FOUND[0].found[0].id
    assert len({region.id for region in carried.found}) == len(carried.found)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_most_alike_rows_are_the_most_probable_ones(belongs):
    p = np.array(belongs)
    rows = most_alike(p)
    assert (np.diff(rows) > 0).all()
    left = np.setdiff1d(np.arange(len(p)), rows)
    assert not len(left) or p[rows].min() >= p[left].max()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_calibration_makes_the_labels_hardly_less_likely(seed, class_count):
    random = np.random.default_rng(seed)
    labels = np.r_[np.arange(class_count), random.integers(0, class_count, 60)]
    p = random.uniform(1e-3, 1, len(labels))
    found = calibrated(p, labels)
    assert ((found > 0) & (found <= 1)).all()
    assert np.log(found).sum() >= np.log(p).sum() - 0.1
