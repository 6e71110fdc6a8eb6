"""One index over the rows of all splits: training rows keep theirs, the others follow."""

from __future__ import annotations

import numpy as np
import pytest

from hamr.records import SPLITS
from hamr.store import Store
from hamr.views.base.all_rows import AllRows
from tests.fake_run import write_fake_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_fake_run(Store.open(tmp_path_factory.mktemp("home")), rows=60)


@pytest.fixture
def rows(run):
    return AllRows.of(run)


def test_training_rows_come_first_under_their_own_index(run, rows):
    assert rows.ids[:60] == tuple(run.rows().ids(range(60)))
    assert rows.texts([0, 59]) == run.rows().texts([0, 59])
    assert rows.trained == 60


@pytest.mark.parametrize("split", SPLITS)
def test_an_index_leads_to_its_split_and_back(run, rows, split):
    last = len(run.rows(split)) - 1
    index = rows.index(split, last)
    assert rows.place(index) == (split, last)
    assert rows.ids[index] == run.rows(split).ids([last])[0]
    assert rows.rows[rows.ids[index]] == index
    assert rows.of_split(split).stop == index + 1


def test_texts_of_mixed_splits_keep_the_order_asked_for(run, rows):
    test, train = rows.index("test", 1), 3
    assert rows.texts([test, train]) == [*run.rows("test").texts([1]), *run.rows().texts([3])]
    assert rows.frame([test, train])["split"].tolist() == ["test", "training"]


def test_a_search_finds_rows_of_every_split(rows):
    found = rows.search("text 5")
    assert set(rows.splits[found]) == {0, 1, 2}
    assert all("text 5" in text for text in rows.texts(found))


def test_an_index_of_no_row_is_refused(rows):
    with pytest.raises(IndexError, match=f"numbered 0 to {len(rows) - 1}"):
        rows.place(len(rows))


def test_labels_are_those_of_every_split(run, rows):
    expected = np.concatenate([run.rows(split).labels for split in SPLITS])
    np.testing.assert_array_equal(rows.labels, expected)
