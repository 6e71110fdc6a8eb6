"""Decisions of several threads in one transaction: each is refused or stored on its own."""

import threading
import time

import pytest
from sqlalchemy import event

from hamr.errors import BusyError, DecisionError, HamrError, StoreError
from hamr.store import Store
from hamr.store import database as db
from tests.decided import decide, decision
from tests.fake_run import fake_dataset

ROW = "train:1"


@pytest.fixture
def decisions(store):
    dataset = fake_dataset(40, classes=3)
    store.add_dataset(dataset)
    return store.decisions(dataset.fingerprint)


def at_once(decisions, sends):
    """All sends in one transaction; the answer or error of each."""
    found = [None] * len(sends)

    def one(number):
        try:
            found[number] = decisions.record([sends[number]])[0]
        except HamrError as error:
            found[number] = error

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(sends))]
    writers = decisions._writers
    writers._committing = True  # as if a commit were under way
    for number, thread in enumerate(threads, 1):
        thread.start()
        while len(writers._queue) < number:
            time.sleep(0.001)
    with writers._changed:
        writers._committing = False
        writers._changed.notify_all()
    for thread in threads:
        thread.join()
    return found


def test_each_send_sees_those_before_it(decisions):
    first, second = (decision(decisions, ROW, f"class {n}", n) for n in "ab")
    one, two = at_once(decisions, [first, second])
    assert not one.conflict
    assert [judgement.annotator for judgement in two.unseen] == ["a"]


def test_a_refused_send_leaves_the_others(decisions):
    sends = [decision(decisions, f"train:{n}", "class a") for n in (1, 2)]
    bad = decision(decisions, "train:3", "no class")
    one, refused, two = at_once(decisions, [sends[0], bad, sends[1]])
    assert isinstance(refused, DecisionError)
    assert (one.state.label, two.state.label) == ("class a", "class a")
    assert len(decisions.events()) == 2


def test_a_client_id_of_other_data_leaves_the_other_sends(decisions, store):
    other = fake_dataset(50, classes=3)
    store.add_dataset(other)
    elsewhere = decide(store.decisions(other.fingerprint), ROW, "class a")
    bad = decision(decisions, ROW, "class a", client_id=elsewhere.client_id)
    refused, kept = at_once(decisions, [bad, decision(decisions, ROW, "class b")])
    assert isinstance(refused, DecisionError) and kept.state.label == "class b"
    assert [e.new for e in decisions.events()] == ["class b"]


def test_a_send_that_waits_too_long_is_an_error(decisions):
    decisions._writers._committing = True
    with db.patience(0.1), pytest.raises(BusyError, match="send yours again"):
        decide(decisions, ROW, "class a")
    decisions._writers._committing = False
    assert decide(decisions, ROW, "class a").version == 1


def test_a_commit_that_fails_leaves_no_trace(decisions, store):
    decide(decisions, ROW, "class a")
    engine = store.database.engine

    def fail(_connection):
        raise StoreError("the disk has gone")

    event.listen(engine, "commit", fail)
    sends = [decision(decisions, f"train:{n}", "class b") for n in (1, 2)]
    try:
        assert all(isinstance(error, StoreError) for error in at_once(decisions, sends))
    finally:
        event.remove(engine, "commit", fail)
    assert {row: state.label for row, state in decisions.states().items()} == {ROW: "class a"}
    assert [answer.version for answer in at_once(decisions, sends)] == [2, 3]
    assert decisions.states() == Store.open(store.home).decisions(decisions.fingerprint).states()
