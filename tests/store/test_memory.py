"""Reads that pages repeat are cheap, and never out of date."""

import threading

import pytest
from sqlalchemy import event, update

from hamr.errors import RunNotFound
from hamr.store import Store
from hamr.store.checksums import digest
from hamr.store.memory import MOST_ANSWERS, Memory
from hamr.store.tables import RunRow, values_of
from tests.fake_run import fake_dataset, fake_epoch, write_fake_run


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=30, epochs=2, name="looked at")


@pytest.fixture
def questions(store):
    """The SELECTs that the store has sent to its database."""
    sent = []

    @event.listens_for(store.database.engine, "before_cursor_execute")
    def note(connection, cursor, statement, *_):
        if statement.startswith("SELECT"):
            sent.append(statement)

    return sent


def look(store, name="looked at"):
    """What a page's script asks, several times over."""
    for _ in range(5):
        run = store.run(name)
        seen = run.info, run.epochs(), run.scalars(), store.runs(), run.map().shape
        run.signal_over("loss", run.epochs())
    return seen


def test_what_a_page_asks_again_is_not_read_again(store, run, questions):
    look(store)
    before = len(questions)
    look(store)
    assert len(questions) == before


def test_what_this_process_writes_is_seen_at_once(store, run):
    look(store)
    run.write_epoch(fake_epoch(fake_dataset(30), 3))
    assert (run.epochs(), run.info.epochs_done, len(run.scalars())) == ([1, 2, 3], 3, 3)
    store.rename_run(run.id, "renamed")
    assert (run.info.name, store.runs()[0].name, store.run("renamed").id) == (
        "renamed",
        "renamed",
        run.id,
    )
    store.delete_run(run.id)
    with pytest.raises(RunNotFound):
        _ = run.info


def test_what_another_process_writes_is_seen_at_once(store, run):
    look(store)
    other = Store.open(store.home)  # connections of its own, as another process has
    other.run(run.id).write_epoch(fake_epoch(fake_dataset(30), 3))
    assert (run.epochs(), store.runs()[0].epochs_done) == ([1, 2, 3], 3)
    other.run(run.id).set_status("stopped")
    assert run.info.status == "stopped"


def test_answers_are_right_while_a_commit_is_under_way(store, run):
    look(store)
    with store.database.read() as session:
        values = values_of(session.get_one(RunRow, run.id)) | {"name": "renamed"}
    sealed = digest({name: value for name, value in values.items() if name != "checksum"})
    renaming = update(RunRow).values(name="renamed", checksum=sealed)
    with store.database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        connection.execute(renaming)
        seen = []
        reader = threading.Thread(target=lambda: seen.append(run.info.name))
        reader.start()
        connection.exec_driver_sql("COMMIT")
        reader.join()
    assert seen == ["renamed"]


def test_run_of_a_killed_worker_shows_as_interrupted_though_nothing_is_written(store, run):
    run.set_status("running")
    with run.hold():
        assert (run.info.status, store.runs()[0].status) == ("running", "running")
    assert (run.info.status, store.runs()[0].status) == ("interrupted", "interrupted")


def test_run_that_ends_between_two_looks_is_never_called_interrupted(store, run, monkeypatch):
    run.set_status("running")

    def ends(path):
        run.set_status("finished")
        return False

    monkeypatch.setattr("hamr.store.locks.is_held", ends)
    assert run.info.status == "finished"
    run.set_status("running")
    assert store.runs()[0].status == "finished"


def test_callers_may_change_the_lists_they_get(store, run):
    run.epochs().clear()
    run.scalars()[0].clear()
    store.runs().clear()
    assert (run.epochs(), run.scalars()[0]["epoch"], len(store.runs())) == ([1, 2], 1, 1)


def test_other_databases_are_asked_each_time():
    from sqlalchemy import make_url

    memory, asked = Memory(make_url("postgresql+psycopg://user@host/hamr")), []
    for _ in range(3):
        memory.recall("key", lambda: asked.append(1))
    assert len(asked) == 3


def test_memory_is_bounded(store, run):
    memory = store.database.memory
    for key in range(3 * MOST_ANSWERS):
        memory.recall(key, lambda: None)
    assert len(memory._answers) <= MOST_ANSWERS + 1
