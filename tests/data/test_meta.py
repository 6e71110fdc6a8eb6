"""D_meta's supplementary rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hamr.data import meta_rows
from hamr.records import Rows


def rows(labels: list[int]) -> Rows:
    ids = tuple(str(i) for i in range(len(labels)))
    return Rows(ids, ids, np.array(labels, dtype=np.int32))


def test_classes_below_the_median_are_filled_up_to_it():
    train = rows([0] * 50 + [1] * 50 + [2] * 50)
    validation = rows([0] * 9 + [1] * 4 + [2] * 1)
    chosen = meta_rows(train, validation, 3, seed=0)
    assert np.bincount(train.labels[chosen], minlength=3).tolist() == [0, 0, 3]


def test_all_rows_of_a_class_too_small_to_reach_the_median():
    train = rows([0] * 50 + [1] * 50 + [2] * 2)
    validation = rows([0] * 9 + [1] * 8)
    assert set(meta_rows(train, validation, 3, seed=0)) >= {100, 101}


def test_balanced_validation_needs_none():
    assert len(meta_rows(rows([0, 1]), rows([0, 1]), 2, seed=0)) == 0


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=80),
    st.lists(st.integers(0, 4), min_size=1, max_size=40),
    st.integers(0, 99),
)
def test_rows_are_distinct_repeatable_and_never_pass_the_median(train, validation, seed):
    chosen = meta_rows(rows(train), rows(validation), 5, seed=seed)
    assert len(set(chosen)) == len(chosen)
    assert (chosen == meta_rows(rows(train), rows(validation), 5, seed=seed)).all()
    before = np.bincount(validation, minlength=5)
    added = np.bincount(np.array(train)[chosen], minlength=5)
    assert (before + added)[added > 0].max(initial=0) <= np.median(before)
