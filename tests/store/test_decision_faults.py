"""Decisions that don't fit, and databases that fail: a sentence each, and nothing lost."""

import shutil
import sqlite3
from contextlib import closing, contextmanager
from time import monotonic

import pytest
from sqlalchemy import create_engine, event, text

from hamr.decisions import as_label
from hamr.errors import BusyError, DecisionError, GoneError, ReadOnlyError, StoreError
from hamr.store import Store, locks
from hamr.store import database as db
from hamr.store.reasons import sentence
from tests.decided import decide, decision
from tests.fake_run import fake_dataset
from tests.views.fake_words import fake_token_dataset

ROW, SENTENCE = "train:1", "train.conll:1"


@pytest.fixture
def decisions(store):
    dataset = fake_dataset(40, classes=3)
    store.add_dataset(dataset)
    return store.decisions(dataset.fingerprint)


@pytest.fixture
def sentences(store):
    dataset = fake_token_dataset(40)
    store.add_dataset(dataset)
    return store.decisions(dataset.fingerprint)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"new": "class z"}, "no class of made-up rows: choose one of 'class a'"),
        ({"new": " "}, "is empty: choose one of"),
        ({"new": None}, "has no label"),
        ({"new": ((0, 1, "x"),)}, "give the name of a class"),
        ({"kind": "unsure", "new": "class a"}, "leave it out"),
        ({"row_id": "train:999"}, "no row 'train:999'"),
        ({"split": "test"}, "is in the train rows"),
        ({"text_hash": "0" * 64}, "changed since; look at the row and decide again"),
        ({"annotator": " "}, "annotator's name"),
        ({"annotator": "x" * 101}, "annotator's name"),
        ({"client_id": ""}, "client id"),
        ({"act_id": "x" * 65}, "act id"),
        ({"base": -1}, "base version"),
        ({"evidence": {"a": {1, 2}}}, "no JSON"),
        ({"new": "tab\tbed", "new_class": True}, "printable"),
        ({"new": "no entity", "new_class": True}, "choose another name"),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_kept(decisions, changes, words):
    values = {"new": "class a", **changes}
    sent = decision(decisions, ROW)
    with pytest.raises(DecisionError, match=words):
        decisions.record([type(sent)(**vars(sent) | values)])
    assert decisions.events() == []


@pytest.mark.parametrize(
    ("spans", "words"),
    [
        ([[0, 2, "KIND"], [1, 3, "KIND"]], "overlaps"),
        ([[0, 10_000, "KIND"]], "leaves the sentence"),
        ([[-1, 1, "KIND"]], "leaves the sentence"),
        ([[1, 1, "KIND"]], "has no word: the second number is that of .*, at least 2"),
        ([[0, 1, "nonsense"]], "no entity type"),
        ([[0, 1, ""]], "has no type"),
        ([[0, 1]], "a span is"),
        ("KIND", "give a list"),
    ],
)
def test_spans_that_do_not_fit_are_told(sentences, spans, words):
    kind = sentences.names()[0]
    given = spans
    if isinstance(spans, list):
        given = tuple(tuple(kind if part == "KIND" else part for part in span) for span in spans)
    with pytest.raises(DecisionError, match=words):
        decide(sentences, SENTENCE, given)
    assert sentences.events() == []


def test_a_new_entity_type_has_no_blanks(sentences):
    with pytest.raises(DecisionError, match="without blanks"):
        decide(sentences, SENTENCE, as_label([[0, 1, "new type"]]), new_class=True)


def test_the_entities_of_a_sentence_come_back_from_left_to_right(sentences):
    kind = sentences.names()[0]
    answer = decide(sentences, SENTENCE, ((2, 3, kind), (0, 1, kind)))
    assert answer.state.label == ((0, 1, kind), (2, 3, kind))
    assert decide(sentences, SENTENCE, ()).state.label == ()
    assert sentences.label(SENTENCE) == ()


@contextmanager
def held(path):
    """Another process holds the database."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_locked_database_is_waited_for_and_then_told(tmp_path, monkeypatch):
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    store, dataset = Store.open(tmp_path), fake_dataset(40, classes=3)
    store.add_dataset(dataset)
    decisions = store.decisions(dataset.fingerprint)
    sent = decision(decisions, ROW, "class a")
    begin = monotonic()
    with (
        held(tmp_path / "hamr.db"),
        db.patience(0.3),
        pytest.raises(BusyError, match="try again") as error,
    ):
        decisions.record([sent])
    assert 0.3 <= monotonic() - begin < db.BUSY_SECONDS / 2
    assert error.value.retryable
    assert decisions.record([sent])[0].state.label == "class a"


def test_the_line_of_processes_is_waited_for_no_longer_than_one_has_patience(decisions, store):
    sent = decision(decisions, ROW, "class a")
    begin = monotonic()
    with (
        locks.held(store.home / "decisions.lock", "taken"),
        db.patience(0.3),
        pytest.raises(BusyError, match="send it again"),
    ):
        decisions.record([sent])
    assert monotonic() - begin < db.BUSY_SECONDS / 2
    assert decisions.record([sent])[0].state.label == "class a"


def test_a_read_only_database_is_told(decisions, store):
    sent = decision(decisions, ROW, "class a")
    with store.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        raw = connection.connection.dbapi_connection
    with pytest.raises(ReadOnlyError, match="read-only") as error:
        decisions.record([sent])
    assert error.value.retryable
    raw.execute("PRAGMA query_only = OFF")
    assert decisions.record([sent])[0].version == 1


def test_a_full_disk_is_told_and_nothing_is_half_kept(decisions, store):
    sent = [decision(decisions, ROW, "class a", evidence={"long": "x" * 300_000})]
    with store.database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full") as error:
        decisions.record(sent)
    assert error.value.retryable and decisions.events() == []
    with store.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert decisions.record(sent)[0].version == 1


def test_a_database_file_that_is_gone_takes_no_decision(decisions, store):
    decide(decisions, ROW, "class a")
    path = store.home / "hamr.db"
    path.rename(path.with_name("moved.db"))
    with pytest.raises(StoreError, match=r"moved|reached"):
        decide(decisions, ROW, "class b")
    path.unlink(missing_ok=True)
    path.with_name("moved.db").rename(path)
    assert [
        event.new for event in Store.open(store.home).decisions(decisions.fingerprint).events()
    ] == ["class a"]


def test_an_older_copy_of_the_database_is_told_and_then_used(decisions, store):
    decide(decisions, ROW, "class a")
    path = store.home / "hamr.db"
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    decide(decisions, ROW, "class b")
    store.database.engine.dispose()
    shutil.copy(copy, path)
    sent = decision(decisions, ROW, "class c")
    with pytest.raises(GoneError, match="older copy"):
        decisions.record([sent])
    assert decisions.record([sent])[0].version == 2
    assert decisions.state(ROW).label == "class c"


def test_a_folder_that_is_gone_takes_no_decision(decisions, store):
    sent = decision(decisions, ROW, "class a")
    shutil.move(store.home, store.home.with_name("elsewhere"))
    with pytest.raises(StoreError, match=r"reached|moved"):
        decisions.record([sent])
    shutil.rmtree(store.home, ignore_errors=True)
    shutil.move(store.home.with_name("elsewhere"), store.home)
    assert decisions.record([sent])[0].version == 1


def test_a_server_that_drops_the_connection_loses_nothing(new_postgres, tmp_path, monkeypatch):
    url = new_postgres()
    monkeypatch.setenv("HAMR_DATABASE_URL", url)
    store, dataset = Store.open(tmp_path), fake_dataset(40, classes=3)
    store.add_dataset(dataset)
    decisions = store.decisions(dataset.fingerprint)
    decide(decisions, ROW, "class a")
    _end_all_connections(url)
    assert decide(decisions, ROW, "class b").state.label == "class b"


def test_a_connection_lost_within_a_commit_is_told_and_the_act_sent_again(
    new_postgres, tmp_path, monkeypatch
):
    url = new_postgres()
    monkeypatch.setenv("HAMR_DATABASE_URL", url)
    store, dataset = Store.open(tmp_path), fake_dataset(40, classes=3)
    store.add_dataset(dataset)
    decisions = store.decisions(dataset.fingerprint)
    sent = decision(decisions, ROW, "class a")

    def cut(_connection):
        _end_all_connections(url)

    event.listen(store.database.engine, "commit", cut)
    with pytest.raises(GoneError, match="bring it back") as error:
        decisions.record([sent])
    event.remove(store.database.engine, "commit", cut)
    assert error.value.retryable and decisions.states() == {}
    assert decisions.record([sent])[0].state.label == "class a"
    assert decisions.count == 1


def test_a_server_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("HAMR_DATABASE_URL", f"postgresql+psycopg://hamr@/x?host={tmp_path}")
    with pytest.raises(GoneError, match="bring it back") as error:
        Store.open(tmp_path)
    assert error.value.retryable


def test_a_locked_server_is_waited_for_and_then_told(new_postgres, tmp_path, monkeypatch):
    url = new_postgres()
    monkeypatch.setenv("HAMR_DATABASE_URL", url)
    store, dataset = Store.open(tmp_path), fake_dataset(40, classes=3)
    store.add_dataset(dataset)
    decisions = store.decisions(dataset.fingerprint)
    sent = decision(decisions, ROW, "class a")
    with create_engine(url).begin() as connection:
        connection.execute(text("LOCK TABLE decisions"))
        with db.patience(1), pytest.raises(BusyError):
            Store.open(tmp_path).decisions(dataset.fingerprint).record([sent])
    assert decisions.record([sent])[0].state.label == "class a"


def _end_all_connections(url):
    with create_engine(url).connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


@pytest.mark.parametrize("said", ["anything", "database is locked", "No space left on device"])
def test_every_reason_becomes_a_sentence(said, tmp_path):
    assert said in str(sentence(said, tmp_path))
