"""Decisions in both databases: kept once, told apart, undone as acts, never lost."""

import threading
from datetime import UTC, datetime

import pytest

from hamr.decisions import new_id
from hamr.errors import DecisionError
from hamr.store import Store
from tests.decided import decide, decision
from tests.fake_run import fake_dataset

A, B = "class a", "class b"
ROW = "train:1"


@pytest.fixture
def dataset():
    return fake_dataset(40, classes=3)


@pytest.fixture
def decisions(shared, dataset):
    shared.add_dataset(dataset)
    return shared.decisions(dataset.fingerprint)


def again(decisions, shared):
    """The same decisions, read by a process that has seen none of them."""
    return Store.open(shared.home).decisions(decisions.fingerprint)


def other(decisions, row_id=ROW):
    """A class that the row does not have."""
    return next(name for name in decisions.rows.names if name != decisions.rows.original(row_id))


def test_a_decision_is_there_for_every_other_process(decisions, shared):
    answer = decide(decisions, ROW, other(decisions))
    state = again(decisions, shared).state(ROW)
    assert (state.label, state.by, state.version) == (other(decisions), ("ada",), answer.version)


def test_a_decision_keeps_all_that_was_known_when_it_was_made(decisions):
    made = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    evidence = {"hardness": float("nan"), "neighbours": ["a", "b"]}
    sent = decision(
        decisions, ROW, other(decisions), run="r", epoch=3, evidence=evidence, time=made
    )
    decisions.record([sent])
    (event,) = decisions.events()
    assert event.evidence == {"hardness": None, "neighbours": ["a", "b"]}
    assert (event.run, event.epoch, event.time, event.text_hash) == ("r", 3, made, sent.text_hash)
    assert (event.old, event.new) == (decisions.rows.original(ROW), other(decisions))


def test_a_repeated_send_counts_once_and_gets_the_same_answer(decisions, shared):
    sent = decision(decisions, ROW, other(decisions))
    first = decisions.record([sent])
    decide(decisions, ROW, decisions.rows.original(ROW), "bob")
    assert decisions.record([sent]) == again(decisions, shared).record([sent]) == first
    assert len(decisions.events()) == 2


def test_a_send_that_holds_a_decision_twice_counts_it_once(decisions):
    sent = decision(decisions, ROW, A)
    one, two = decisions.record([sent, sent])
    assert one == two and len(decisions.events()) == 1


def test_a_client_id_stands_for_one_decision_only(decisions):
    sent = decision(decisions, ROW, A)
    decisions.record([sent])
    with pytest.raises(DecisionError, match="client id"):
        decide(decisions, "train:2", A, client_id=sent.client_id)


def test_a_client_id_of_other_data_is_refused(decisions, shared):
    sent = decision(decisions, ROW, A)
    decisions.record([sent])
    shared.add_dataset(fake_dataset(50, classes=3))
    elsewhere = shared.decisions(fake_dataset(50, classes=3).fingerprint)
    with pytest.raises(DecisionError, match="on other data"):
        decide(elsewhere, ROW, A, client_id=sent.client_id)


def test_all_of_a_send_is_kept_or_nothing(decisions):
    good, bad = decision(decisions, ROW, A), decision(decisions, "train:2", "no such class")
    with pytest.raises(DecisionError, match="no such class"):
        decisions.record([good, bad])
    assert decisions.events() == []
    assert decisions.record([good])[0].state.label == A


def test_two_annotators_who_differ_are_in_conflict_and_the_row_keeps_its_label(decisions, shared):
    decide(decisions, ROW, A, "ada")
    answer = decide(decisions, ROW, B, "bob")
    assert answer.conflict and answer.state.labels == (A, B)
    fresh = again(decisions, shared)
    assert [state.row_id for state in fresh.conflicts()] == [ROW]
    assert fresh.corrections().labels == {} and fresh.corrections().conflicts == 1
    assert fresh.label(ROW) == fresh.rows.original(ROW)


def test_a_decision_made_without_seeing_another_is_kept_and_told(decisions):
    decide(decisions, ROW, A, "ada")
    answer = decide(decisions, ROW, A, "bob", base=0)
    assert answer.conflict and [one.annotator for one in answer.unseen] == ["ada"]
    assert not answer.state.conflict


def test_a_decision_made_with_sight_of_another_like_it_is_no_conflict(decisions):
    decide(decisions, ROW, A, "ada")
    assert not decide(decisions, ROW, A, "bob").conflict


def test_a_resolve_settles_the_conflict(decisions, shared):
    decide(decisions, ROW, A, "ada")
    decide(decisions, ROW, B, "bob")
    answer = decide(decisions, ROW, B, "cem", kind="resolve")
    assert not answer.conflict
    state = again(decisions, shared).state(ROW)
    assert (state.label, state.kind, state.by) == (B, "resolve", ("cem",))


def test_a_resolve_does_not_settle_what_it_has_not_seen(decisions):
    decide(decisions, ROW, A, "ada")
    seen = decide(decisions, ROW, B, "bob").version
    decide(decisions, ROW, "class c", "dan")
    answer = decide(decisions, ROW, B, "cem", kind="resolve", base=seen)
    assert answer.state.conflict and answer.state.labels == ("class c", B)


def test_a_resolve_of_nothing_is_refused(decisions):
    with pytest.raises(DecisionError, match="no disagreement to settle"):
        decide(decisions, ROW, A, kind="resolve")


def test_an_act_is_undone_and_redone_as_a_whole(decisions, shared):
    act = new_id()
    decisions.record([decision(decisions, f"train:{n}", A, act_id=act) for n in (1, 2, 3)])
    assert decisions.last_act("ada") == act
    decisions.undo(act, "ada", new_id())
    assert all(state.kind is None for state in again(decisions, shared).states().values())
    assert (decisions.last_act("ada"), decisions.next_redo("ada")) == (None, act)
    answer = decisions.redo(act, "ada", new_id())
    assert [state.label for state in answer.states] == [A, A, A]
    assert len(again(decisions, shared).events()) == 5


def test_a_repeated_undo_counts_once_and_gets_the_same_answer(decisions, shared):
    act, client_id = decide(decisions, ROW, A).act_id, new_id()
    first = decisions.undo(act, "ada", client_id)
    decisions.redo(act, "ada", new_id())
    assert decisions.undo(act, "ada", client_id) == first
    assert again(decisions, shared).undo(act, "ada", client_id) == first
    assert decisions.state(ROW).label == A


@pytest.mark.parametrize(
    ("turn", "annotator", "words"),
    [
        ("undo", "bob", "only they can undo"),
        ("redo", "ada", "not undone already"),
    ],
)
def test_an_undo_or_redo_that_can_not_be_is_told(decisions, turn, annotator, words):
    act = decide(decisions, ROW, A).act_id
    with pytest.raises(DecisionError, match=words):
        getattr(decisions, turn)(act, annotator, new_id())
    assert len(decisions.events()) == 1


def test_an_unknown_act_is_told(decisions):
    with pytest.raises(DecisionError, match="no act"):
        decisions.undo("nowhere", "ada", new_id())


def test_an_act_that_was_undone_takes_no_more_decisions(decisions):
    act = decide(decisions, ROW, A).act_id
    decisions.undo(act, "ada", new_id())
    with pytest.raises(DecisionError, match="was undone"):
        decide(decisions, "train:2", A, act_id=act)


def test_an_act_belongs_to_one_annotator(decisions):
    act = decide(decisions, ROW, A).act_id
    with pytest.raises(DecisionError, match="ada's"):
        decide(decisions, "train:2", A, "bob", act_id=act)


def test_a_class_made_on_purpose_is_known_from_then_on(decisions, shared):
    decide(decisions, ROW, "brand new", new_class=True)
    fresh = again(decisions, shared)
    assert fresh.names()[-1] == "brand new"
    assert decide(fresh, "train:2", "brand new", "bob").state.label == "brand new"


def test_a_class_whose_making_was_undone_is_not_known(decisions):
    answer = decide(decisions, ROW, "brand new", new_class=True)
    decisions.undo(answer.act_id, "ada", new_id())
    with pytest.raises(DecisionError, match="brand new"):
        decide(decisions, "train:2", "brand new")


def test_events_are_read_on_after_a_version(decisions):
    first = decide(decisions, ROW, A)
    second = decide(decisions, "train:2", A)
    assert [event.version for event in decisions.events(after=first.version)] == [second.version]
    assert decisions.version == second.version > first.version


def test_the_history_of_a_row_holds_undo_and_redo(decisions):
    act = decide(decisions, ROW, A).act_id
    decide(decisions, "train:2", A)
    decisions.undo(act, "ada", new_id())
    assert [event.kind for event in decisions.history(ROW)] == ["label", "undo"]


def test_states_and_corrections_of_a_split_are_of_that_split(decisions):
    for row in (ROW, "test:1"):
        decide(decisions, row, other(decisions, row))
    assert {*decisions.states("test")} == {*decisions.corrections("test").labels} == {"test:1"}
    assert {*decisions.corrections().labels} == {ROW, "test:1"}


def test_a_label_that_is_the_old_one_accepts_and_corrects_nothing(decisions):
    decide(decisions, ROW, decisions.rows.original(ROW))
    assert decisions.corrections().labels == {}
    work = decisions.progress("ada")
    assert (work.accepted, work.changed, work.reviewed) == (1, 0, 1)


def test_progress_counts_rows_by_what_they_stand_at(decisions):
    decide(decisions, ROW, other(decisions))
    decide(decisions, "train:2", kind="unsure")
    decide(decisions, "train:3", kind="skip")
    work = decisions.progress("ada")
    assert (work.changed, work.unsure, work.skipped, work.reviewed) == (1, 1, 1, 2)
    assert work.per_hour is None  # nobody reviews rows that fast


def test_decisions_outlive_the_last_run_on_their_rows(shared, dataset):
    from hamr.config import RunSettings

    run = shared.create_run(RunSettings())
    run.attach_dataset(dataset)
    decide(shared.decisions(dataset.fingerprint), ROW, A)
    shared.delete_run(run.id)
    shared.add_dataset(dataset)
    assert Store.open(shared.home).decisions(dataset.fingerprint).state(ROW).label == A


def test_writers_of_several_processes_lose_nothing(decisions, shared):
    def work(name):
        own = again(decisions, shared)  # an engine of its own, as another process has
        for number in range(1, 16):
            decide(own, f"train:{number}", A, name)

    names = [f"annotator {n}" for n in range(6)]
    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    seen = 0
    while any(thread.is_alive() for thread in threads):
        seen = max(seen, decisions.version)  # reads on while they write
    for thread in threads:
        thread.join()
    assert len(decisions.events()) == 6 * 15
    assert decisions.states() == again(decisions, shared).states()
    assert all(len(state.judgements) == 6 for state in decisions.states().values())
