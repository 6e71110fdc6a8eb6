"""Unlabelled rows of a data set: attached, decided on, kept, and found again."""

import pytest

from hamr.decisions.pools import PoolRow
from hamr.errors import DamagedError, DecisionError
from hamr.store import Store
from hamr.store.checking import check_home
from hamr.store.pools import Pool, added_rows, attach
from tests.decided import decide
from tests.fake_run import write_fake_run


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=60, epochs=2)


@pytest.fixture
def decisions(run):
    return run.store.decisions(run.info.fingerprint)


def rows(count, stem="new"):
    return (PoolRow(at + 1, f"{stem} text {at}") for at in range(count))


def test_attached_rows_are_read_by_index_across_attachments(decisions):
    attach(decisions, "a.csv", rows(1500), "ada")
    attach(decisions, "b.csv", rows(3, "other"), "bob")
    pool = Pool(decisions)
    assert len(pool) == 1503
    assert pool.texts([1502, 0, 1499]) == ["other text 2", "new text 0", "new text 1499"]
    assert [pool.index(pool.row_id(at)) for at in (0, 1499, 1500)] == [0, 1499, 1500]
    assert (pool.part(1500).name, pool.part(1500).annotator) == ("b.csv", "bob")


def test_no_rows_attach_nothing(decisions, store):
    assert attach(decisions, "a.csv", iter(()), "ada") is None
    assert not len(Pool(decisions)) and not list((store.home / "pools").rglob("*.arrow"))


def test_a_reader_that_fails_midway_attaches_nothing(decisions, store):
    def broken():
        yield from rows(5000)
        raise OSError("the disk is gone")

    with pytest.raises(Exception, match="gone"):
        attach(decisions, "a.csv", broken(), "ada")
    assert not decisions.attachments and not list((store.home / "pools").rglob("*.arrow"))


def test_a_label_makes_an_attached_row_an_added_one_and_undo_takes_it_back(decisions):
    attach(decisions, "a.csv", rows(9), "ada")
    row = Pool(decisions).row_id(4)
    sent = decide(decisions, row, "class e")
    found = decisions.corrections()
    assert (found.labels, found.added) == ({}, {row: "class e"})
    (own,) = added_rows(decisions, found.added)
    assert (own.text, own.source, own.place, own.state.by) == ("new text 4", "a.csv", 5, ("ada",))
    decisions.undo(sent.act_id, "ada", "turn")
    assert not decisions.corrections().added


def test_annotators_who_disagree_add_nothing_until_it_is_settled(decisions):
    attach(decisions, "a.csv", rows(2), "ada")
    row = Pool(decisions).row_id(0)
    decide(decisions, row, "class a")
    decide(decisions, row, "class b", "bob", base=0)
    assert decisions.corrections().added == {} and decisions.state(row).conflict
    decide(decisions, row, "class b", kind="resolve")
    assert decisions.corrections().added == {row: "class b"}


def test_rows_wait_until_somebody_decides_and_a_skipped_row_waits_on(decisions):
    attach(decisions, "a.csv", rows(4), "ada")
    pool = Pool(decisions)
    decide(decisions, pool.row_id(1), "class a")
    decide(decisions, pool.row_id(2), kind="skip")
    assert pool.waiting().tolist() == [True, False, True, True]


def test_an_id_of_no_attached_row_is_refused(decisions):
    attach(decisions, "a.csv", rows(4), "ada")
    for row in ("pool-000000000000-1", Pool(decisions).row_id(0)[:-1] + "5"):
        with pytest.raises(DecisionError, match="there is no row"):
            decisions.rows.text(row)


def test_class_acts_read_the_labels_of_attached_rows_too(decisions):
    from hamr.store import Team

    attach(decisions, "a.csv", rows(4), "ada")
    row = Pool(decisions).row_id(0)
    decide(decisions, row, "class e")
    before = Team(decisions).row_counts()["class e"]
    Team(decisions).act("rename", "class e", "ada", to="rarest")
    assert decisions.corrections().added == {row: "rarest"}
    assert Team(decisions).row_counts()["rarest"] == before


def test_another_process_sees_them(decisions, store):
    attach(decisions, "a.csv", rows(4), "ada")
    again = Store.open(store.home).decisions(decisions.fingerprint)
    assert Pool(again).texts([3]) == ["new text 3"]


def test_a_damaged_file_is_a_sentence_and_found_by_check(decisions, store):
    attach(decisions, "a.csv", rows(4), "ada")
    (path,) = (store.home / "pools").rglob("*.arrow")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DamagedError, match=r"unlabelled rows of a\.csv"):
        Pool(Store.open(store.home).decisions(decisions.fingerprint)).texts([0])
    assert any("unlabelled rows of a.csv" in fault for fault in check_home(store.home).files)


def test_half_a_surrogate_pair_is_refused_with_its_place(decisions):
    with pytest.raises(Exception, match="row 2 can't be stored"):
        attach(decisions, "a.csv", iter([PoolRow(1, "fine"), PoolRow(2, "bad \ud800")]), "ada")


def test_words_of_rows_without_any_are_those_of_their_texts(decisions):
    attach(decisions, "a.csv", rows(2), "ada")
    assert Pool(decisions).words([1]) == [["new", "text", "1"]]
