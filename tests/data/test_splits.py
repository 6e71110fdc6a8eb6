"""Splits: every row once, no group on two sides, every class where it can be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamr.data.splits import part_sizes, split_rows

SHARES = (0.7, 0.15, 0.15)

label_lists = st.lists(st.integers(0, 4), min_size=1, max_size=120).map(np.array)


@st.composite
def grouped_labels(draw):
    labels = draw(label_lists)
    groups = draw(st.lists(st.integers(0, 12), min_size=len(labels), max_size=len(labels)))
    return labels, [f"g{g}" for g in groups]


@given(label_lists)
def test_every_class_trains_and_reaches_every_part_it_has_rows_for(labels):
    parts = split_rows(labels, SHARES, seed=0)
    assert len(parts) == len(labels)
    for label in np.unique(labels):
        reached = np.unique(parts[labels == label])
        assert 0 in reached
        assert len(reached) == min(3, (labels == label).sum())


@given(label_lists)
def test_every_class_is_split_in_proportion(labels):
    parts = split_rows(labels, SHARES, seed=0)
    for label in np.unique(labels):
        count = (labels == label).sum()
        sizes = np.bincount(parts[labels == label], minlength=3)
        assert np.abs(sizes - count * np.array(SHARES)).max() < 2


@settings(max_examples=60)
@given(grouped_labels())
def test_groups_stay_together_and_every_class_trains(case):
    labels, groups = case
    parts = split_rows(labels, SHARES, seed=0, groups=groups)
    for group in set(groups):
        members = [part for part, g in zip(parts, groups, strict=True) if g == group]
        assert len(set(members)) == 1
    for label in np.unique(labels):
        assert 0 in parts[labels == label]


def test_a_rare_class_of_three_groups_reaches_every_part():
    labels = np.array([0] * 90 + [1] * 3)
    groups = [f"g{i // 3}" for i in range(90)] + ["x", "y", "z"]
    parts = split_rows(labels, SHARES, seed=0, groups=groups)
    assert set(parts[labels == 1]) == {0, 1, 2}


@pytest.mark.parametrize("groups", [None, [str(i // 2) for i in range(60)]])
def test_the_seed_alone_decides(groups):
    labels = np.arange(60) % 3
    first, again, other = (
        split_rows(labels, SHARES, seed=seed, groups=groups) for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


@given(st.integers(0, 10_000))
def test_part_sizes_add_up(count):
    sizes = part_sizes(count, np.array(SHARES))
    assert sizes.sum() == count
    assert sizes.min() >= (1 if count >= 3 else 0)
