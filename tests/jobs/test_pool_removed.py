"""Attached rows that are removed again, and what stays of them."""

import pytest

from hamr.cli import main
from hamr.errors import DecisionError
from hamr.jobs.again import retrain
from hamr.jobs.pool import attach_texts
from hamr.store import Store
from hamr.store.pools import Pool, labels_given, put_back, remove
from tests.decided import decide
from tests.fake_run import write_fake_run


@pytest.fixture
def run(store):
    """A run to whose data two times two rows are attached; the first one has a label."""
    run = write_fake_run(store, rows=60, epochs=2)
    attach_texts(store, run.info, ["one", "two"], "ada", "a.csv")
    attach_texts(store, run.info, ["three", "four"], "ada", "b.csv")
    own = run.store.decisions(run.info.fingerprint)
    decide(own, Pool(own).row_id(0), "class a", run=run.id)
    return run


@pytest.fixture
def decisions(run):
    return run.store.decisions(run.info.fingerprint)


def first(decisions):
    return next(iter(decisions.attachments))


def test_removed_rows_are_no_longer_in_the_pool(decisions):
    remove(decisions, first(decisions), "ada")
    pool = Pool(decisions)
    assert pool.texts(range(len(pool))) == ["three", "four"]
    assert pool.waiting().all()


def test_labels_given_to_removed_rows_make_training_rows_all_the_same(store, run, decisions):
    assert labels_given(decisions, first(decisions)) == 1
    remove(decisions, first(decisions), "ada")
    new = retrain(store, run.id)[0]
    assert new.rows().texts([60]) == ["one"] and len(new.rows()) == 61


def test_rows_that_are_put_back_are_as_before(decisions):
    before = Pool(decisions)
    remove(decisions, first(decisions), "ada")
    put_back(decisions, first(decisions), "bob")
    assert Pool(decisions).keys == before.keys
    assert Pool(decisions).waiting().tolist() == [False, True, True, True]


def test_a_removal_outlives_the_process(store, run, decisions):
    remove(decisions, first(decisions), "ada")
    again = Store.open(store.home).decisions(run.info.fingerprint)
    assert [part.removed for part in again.attachments.values()] == [True, False]


def test_removed_texts_can_be_attached_again_but_not_those_with_a_label(store, run, decisions):
    remove(decisions, first(decisions), "ada")
    found = attach_texts(store, run.info, ["one", "two"], "ada", "again.csv")
    assert (found.rows, found.left_out) == (1, {"attached before": 1})


def test_rows_are_not_put_back_once_others_were_attached(store, run, decisions):
    remove(decisions, first(decisions), "ada")
    attach_texts(store, run.info, ["two"], "ada", "again.csv")
    with pytest.raises(DecisionError, match="attached after it was removed"):
        put_back(decisions, first(decisions), "ada")


def test_what_is_removed_can_not_be_removed_again(decisions):
    remove(decisions, first(decisions), "ada")
    with pytest.raises(DecisionError, match="removed already"):
        remove(decisions, first(decisions), "bob")
    with pytest.raises(DecisionError, match="removed already"):
        remove(decisions, "nokey", "bob")


def test_the_command_removes_by_name_and_puts_back_by_key(store, run, decisions, capsys):
    home = ["--annotator", "ada", "--home", str(store.home)]
    assert main(["pool", "remove", run.id, "a.csv", *home]) == 0
    assert "1 label given to them stays with the data" in capsys.readouterr().err
    assert len(Pool(decisions)) == 2
    assert main(["pool", "remove", run.id, first(decisions), "--undo", *home]) == 0
    assert len(Pool(decisions)) == 4


def test_a_name_that_no_attachment_has_is_refused_with_those_there_are(store, run, capsys):
    wanted = ["pool", "remove", run.id, "c.csv", "--annotator", "ada", "--home", str(store.home)]
    assert main(wanted) != 0
    said = capsys.readouterr().err
    assert "no attachment is called 'c.csv'" in said and "a.csv" in said and "b.csv" in said
