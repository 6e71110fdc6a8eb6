"""A script of a page asks the store each thing once and tells of one moment."""

import numpy as np
import pytest

from hamr.store.database import Database
from hamr.ui.shell.moment import RunNow
from tests.fake_run import fake_dataset, fake_epoch, write_fake_run


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=60, epochs=2, status="stopped")


@pytest.fixture
def reads(monkeypatch) -> list[int]:
    """One entry for each time the database is asked."""
    asked, original = [], Database.read

    def read(self):
        asked.append(1)
        return original(self)

    monkeypatch.setattr(Database, "read", read)
    return asked


def test_what_was_asked_once_is_not_asked_again(run, reads):
    now = RunNow(run)
    for _ in range(3):
        now.info, now.epochs(), now.scalars(), now.classes, now.rows().labels
    first = len(reads)
    for _ in range(3):
        now.info, now.epochs(), now.scalars(), now.classes, now.rows().labels
    assert len(reads) == first <= 4  # the run, its epochs, its rows, and their file


def test_an_epoch_that_ends_meanwhile_is_seen_only_afresh(run):
    now = RunNow(run)
    assert now.epochs() == [1, 2]
    run.write_epoch(fake_epoch(fake_dataset(60), 3))
    assert now.epochs() == [1, 2]
    assert [s["epoch"] for s in now.scalars()] == [1, 2]
    assert now.afresh().epochs() == [1, 2, 3]


def test_signals_are_those_of_the_run(run):
    now = RunNow(run)
    assert np.array_equal(now.signal("hardness", 2), run.signal("hardness", 2))
    assert now.signal("hardness", 2) is now.signal("hardness", 2)
    assert not np.array_equal(now.signal("hardness", 1), now.signal("hardness", 2))


def test_a_list_that_a_caller_changes_is_its_own(run):
    now = RunNow(run)
    now.epochs().clear()
    assert now.epochs() == [1, 2]


@pytest.mark.parametrize(
    ("page", "most"),
    [("3_Hardness", 12), ("4_Weights", 12), ("6_Per_class_F1", 16), ("7_Relabel", 22)],
)
def test_a_page_asks_the_database_few_times(visit, run, reads, page, most):
    app = visit(f"pages/{page}.py", run=run.id)
    assert not app.exception
    assert len(reads) <= most
