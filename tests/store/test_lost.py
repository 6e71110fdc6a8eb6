"""A home whose database is gone: it says so, and is made again from its folders."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from hamr.config import DataSettings, TrainingSettings
from hamr.errors import BusyError, DamagedError, LostError, StoreError
from hamr.store import Store, locks
from hamr.store.checking import check_home
from hamr.store.rebuild import restore_from_folders
from hamr.sweeps import SweepSettings
from tests.decided import decide
from tests.fake_run import write_fake_run, write_fake_token_run

TABLES = ("files", "epochs", "sweep_runs", "runs", "datasets", "decisions", "sweeps")


def emptied(path):
    with closing(sqlite3.connect(path)) as connection:
        for table in TABLES:
            connection.execute(f"DELETE FROM {table}")
        connection.commit()


def without_tables(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE x (y)")
        connection.execute("DROP TABLE x")


LOSSES = {
    "deleted": lambda path: path.unlink(),
    "truncated to 0 bytes": lambda path: path.write_bytes(b""),
    "an empty database": without_tables,
    "its tables emptied": emptied,
}


@pytest.fixture
def home(store):
    """Two runs on one data set, one on another, decisions on both, a sweep."""
    run = write_fake_run(store, rows=30, epochs=2, name="one")
    write_fake_run(store, rows=30, epochs=1, name="two", status="stopped", method="erm")
    tagged = write_fake_token_run(store, rows=20, epochs=1, name="sentences")
    decisions = store.decisions(run.info.fingerprint)
    decide(decisions, "train:1", "class a", evidence={"hardness": 1.25})
    decide(decisions, "train:2", "class b", "bob")
    decisions.undo(decisions.last_act("bob"), "bob", "undo it")
    spans = store.decisions(tagged.info.fingerprint)
    decide(spans, "train.conll:1", ((0, 1, spans.names()[0]),))
    settings = {"data": DataSettings(), "training": TrainingSettings()}
    store.sweeps.create(SweepSettings(**settings, methods=("erm",), seeds=(0,), grid={}))
    return store.home


def everything(home):
    """What people see of a home."""
    store = Store.open(home)
    infos = store.runs()
    runs = [store.run(info.id) for info in infos]
    decisions = [store.decisions(info.label_source) for info in infos]
    return {
        "runs": infos,
        "epochs": [run.scalars() for run in runs],
        "losses": [[loss.tobytes() for loss in run.signal_over("loss", [1])] for run in runs],
        "finals": [repr(run.final()) for run in runs],
        "texts": [run.rows().texts([0, 1]) for run in runs],
        "decisions": [own.events() for own in decisions],
        "states": [own.states() for own in decisions],
        "sweeps": store.sweeps.all(),
    }


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_database_is_told_and_made_again(home, loss):
    before = everything(home)
    LOSSES[loss](home / "hamr.db")
    with pytest.raises(LostError, match=r"3 run folders.*restore --from-folders") as error:
        Store.open(home)
    assert error.value.field == "home"
    found = restore_from_folders(home)
    assert (found.runs, found.decisions, found.sweeps, found.problems) == (3, 4, 1, [])
    assert everything(home) == before
    assert check_home(home).faults == []


@pytest.mark.parametrize("loss", LOSSES)
def test_a_store_that_is_open_tells_that_its_database_is_lost(home, loss):
    store = Store.open(home)
    assert len(store.runs()) == 3
    LOSSES[loss](home / "hamr.db")
    with pytest.raises(LostError, match="3 run folders"):
        store.runs()


def test_an_open_store_reads_the_database_that_was_restored_under_it(home):
    store = Store.open(home)
    before = store.runs()
    (home / "hamr.db").unlink()
    restore_from_folders(home)
    assert store.runs() == before
    store.rename_run(before[0].id, "renamed")
    assert Store.open(home).runs()[0].name == "renamed"


def test_decisions_go_on_from_their_last_version_after_restoring(home):
    (home / "hamr.db").unlink()
    restore_from_folders(home)
    store = Store.open(home)
    decisions = store.decisions(store.run("one").info.fingerprint)
    last = decisions.version
    assert decide(decisions, "train:5", "class c").version > last
    assert check_home(home).faults == []


def test_a_new_home_begins_silently(tmp_path, caplog):
    assert Store.open(tmp_path / "new").runs() == []
    assert caplog.text == ""


def test_a_home_whose_runs_were_all_deleted_begins_silently(home):
    store = Store.open(home)
    for info in store.runs():
        store.delete_run(info.id)
    assert Store.open(home).runs() == []


def test_a_home_that_lost_all_but_decisions_is_told(home):
    store = Store.open(home)
    for info in store.runs():
        store.delete_run(info.id)
    (home / "hamr.db").unlink()
    with pytest.raises(LostError, match="2 journals of decisions"):
        Store.open(home)
    assert restore_from_folders(home).decisions == 4


def test_a_deleted_run_does_not_come_back(home):
    store = Store.open(home)
    store.delete_run(store.run("one").id)
    (home / "hamr.db").unlink()
    restore_from_folders(home)
    assert {info.name for info in Store.open(home).runs()} == {"two", "sentences"}


def test_a_run_without_a_copy_is_named_and_the_others_are_restored(home):
    old = Store.open(home).run("two")
    (old.folder / "run.json").unlink()
    (home / "hamr.db").unlink()
    found = restore_from_folders(home)
    assert found.runs == 2
    assert [old.id in problem for problem in found.problems] == [True]
    assert "older version of HAMR" in found.problems[0]


def test_rows_whose_own_copy_is_gone_are_restored_from_that_of_a_run(home):
    for path in home.glob("datasets/*/dataset.json"):
        path.unlink()
    (home / "hamr.db").unlink()
    restore_from_folders(home)
    assert len(Store.open(home).run("one").rows()) == 30


def test_nothing_is_restored_while_a_run_is_trained(home):
    (home / "hamr.db").unlink()
    with locks.held(home / "training.lock", "taken"), pytest.raises(BusyError, match="stop it"):
        restore_from_folders(home)


def test_an_empty_folder_holds_nothing_to_restore(tmp_path):
    with pytest.raises(StoreError, match="holds no runs"):
        restore_from_folders(tmp_path)


def test_a_damaged_database_is_shown_from_the_folders_and_restored(home, caplog):
    before = everything(home)
    data = bytearray((home / "hamr.db").read_bytes())
    data[4096:8192] = b"\xff" * 4096
    (home / "hamr.db").write_bytes(data)
    store = Store.open(home)
    assert "is damaged" in store.notice and "is damaged" in caplog.text
    assert everything(home) == before
    with pytest.raises(StoreError, match="restore --from-folders"):
        store.rename_run(store.runs()[0].id, "new name")
    kept = restore_from_folders(home).aside
    assert kept is not None and kept.read_bytes() == bytes(data)
    assert not Store.open(home).notice and everything(home) == before


def test_a_damaged_database_without_copies_is_a_sentence(store):
    (store.home / "hamr.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(DamagedError, match="no copy to make another one from"):
        Store.open(store.home)


def test_a_home_of_an_older_version_gets_copies_when_it_is_first_opened(shared):
    run = write_fake_run(shared, rows=20, epochs=1, name="old")
    decide(shared.decisions(run.info.fingerprint), "train:1", "class a")
    before = shared.decisions(run.info.fingerprint).events()
    with shared.database.writing.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN checksum"))
        for column in ("previous", "details"):
            connection.execute(text(f"ALTER TABLE decisions DROP COLUMN {column}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA user_version = 0"))
    for path in (run.folder / "run.json", *(shared.home / "decisions").iterdir()):
        path.unlink()
    again = Store.open(shared.home)
    assert not again.run("old").info.damaged
    assert again.decisions(run.info.label_source).events() == before
    assert check_home(shared.home).faults == []


def test_a_server_is_filled_again_from_the_folders(shared, monkeypatch, request):
    if shared.database.path is not None:
        pytest.skip("of a server's database")
    run = write_fake_run(shared, rows=20, epochs=1, name="kept")
    decide(shared.decisions(run.info.fingerprint), "train:1", "class a")
    with pytest.raises(StoreError, match="not empty"):
        restore_from_folders(shared.home)
    monkeypatch.setenv("HAMR_DATABASE_URL", request.getfixturevalue("new_postgres")())
    with pytest.raises(LostError, match="1 run folder"):
        Store.open(shared.home)
    assert restore_from_folders(shared.home).runs == 1
    decisions = Store.open(shared.home).decisions(run.info.fingerprint)
    assert decide(decisions, "train:2", "class b").version == 2
