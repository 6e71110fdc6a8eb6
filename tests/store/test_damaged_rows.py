"""One damaged row in the database: found, blamed, and no other run suffers."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.errors import DamagedError, HamrError
from hamr.store import Store
from hamr.store.checking import check_home
from hamr.store.checksums import digest, is_intact
from hamr.store.journal import journals
from hamr.store.tables import RunRow
from tests.decided import decide
from tests.fake_run import write_fake_run


@pytest.fixture
def home(store):
    run = write_fake_run(store, rows=30, epochs=2, name="bad")
    write_fake_run(store, rows=30, epochs=2, name="good", method="erm")
    for number in range(1, 6):
        decide(store.decisions(run.info.fingerprint), f"train:{number}", "class a")
    return store.home


def change(home, query):
    with closing(sqlite3.connect(home / "hamr.db")) as connection:
        connection.execute(query)
        connection.commit()


RUN_DAMAGE = [
    "UPDATE runs SET settings = '{bad json' WHERE name = 'bad'",
    "UPDATE runs SET settings = '[1, 2]' WHERE name = 'bad'",
    "UPDATE runs SET settings = 'null' WHERE name = 'bad'",
    "UPDATE runs SET settings = x'ff00' WHERE name = 'bad'",
    "UPDATE runs SET status = 'nonsense' WHERE name = 'bad'",
    "UPDATE runs SET created = 'yesterday' WHERE name = 'bad'",
    "UPDATE runs SET epochs_done = 'two' WHERE name = 'bad'",
    "UPDATE runs SET macro_f1 = x'00' WHERE name = 'bad'",
    "UPDATE runs SET macro_f1 = 0.999 WHERE name = 'bad'",
    "UPDATE runs SET checksum = NULL WHERE name = 'bad'",
    "UPDATE runs SET checksum = 'x' WHERE name = 'bad'",
    "UPDATE runs SET fingerprint = 'elsewhere' WHERE name = 'bad'",
    "UPDATE runs SET final = '{}' WHERE name = 'bad'",
    "UPDATE runs SET error = CAST(x'ff' AS TEXT) WHERE name = 'bad'",
]


@pytest.mark.parametrize("query", RUN_DAMAGE)
def test_a_damaged_run_is_one_run_and_is_restored_from_its_copy(home, query):
    before = {info.name: info for info in Store.open(home).runs()}
    change(home, query)
    store = Store.open(home)
    now = {info.name: info for info in store.runs()}
    assert now["good"] == before["good"]
    assert now["bad"].damaged and now["bad"].status == "failed" and not now["bad"].can_resume
    assert "Other runs are not affected" in now["bad"].error
    assert now["bad"].macro_f1 == before["bad"].macro_f1
    assert len(store.run(now["bad"].id).signal("loss", 1)) == 30
    assert any('"bad"' in fault for fault in check_home(home).database)
    assert check_home(home, repair=True).faults == []
    assert {info.name: info for info in Store.open(home).runs()} == before


@pytest.mark.parametrize("query", RUN_DAMAGE[:5])
def test_a_damaged_run_without_a_copy_hides_no_other(home, query):
    for path in home.glob("runs/*/run.json"):
        path.write_text("{}")
    change(home, query)
    damaged, good = sorted(Store.open(home).runs(), key=lambda info: not info.damaged)
    assert damaged.damaged and "restore a backup" in damaged.error
    assert good.name == "good" and not good.damaged


def test_a_damaged_run_is_neither_changed_nor_trained_but_may_be_deleted(home):
    change(home, "UPDATE runs SET status = 'queued', macro_f1 = 1 WHERE name = 'bad'")
    store = Store.open(home)
    run = store.run("bad")
    assert store.queue() == []
    with pytest.raises(DamagedError, match="--repair"):
        run.set_status("stopped")
    with pytest.raises(DamagedError, match="--repair"):
        store.rename_run(run.id, "another")
    store.delete_run(run.id)
    assert [info.name for info in store.runs()] == ["good"]


def test_settings_that_no_longer_fit_are_one_damaged_run(home):
    store = Store.open(home)
    with store.database.write() as session:
        session.get_one(RunRow, store.run("bad").id).settings = {"training": {"epochs": -5}}
    store.copies.write_run(store.run("bad").id)
    damaged, good = sorted(store.runs(), key=lambda info: not info.damaged)
    assert "settings can't be read" in damaged.error and not good.damaged


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE datasets SET classes = '[' ",
        "UPDATE datasets SET splits = '{}'",
        "UPDATE datasets SET name = 'other rows'",
    ],
)
def test_a_damaged_data_set_is_read_from_its_copy(home, query):
    texts = Store.open(home).run("good").rows().texts([0])
    change(home, query)
    store = Store.open(home)
    assert all(info.damaged and "data set" in info.error for info in store.runs())
    assert store.run("good").rows().texts([0]) == texts
    assert check_home(home, repair=True).faults == []
    assert not any(info.damaged for info in Store.open(home).runs())


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE epochs SET scalars = '{' WHERE epoch = 1",
        "UPDATE epochs SET step = step + 1 WHERE epoch = 1",
        "UPDATE files SET sha256 = 'f' || substr(sha256, 2) WHERE name = 'loss.npy'",
        "UPDATE files SET bytes = 'many' WHERE name = 'loss.npy'",
    ],
)
def test_damaged_epochs_and_files_are_read_from_the_copy(home, query):
    runs = Store.open(home).runs()
    before = [Store.open(home).run(info.id).scalars() for info in runs]
    change(home, query)
    store = Store.open(home)
    assert [store.run(info.id).scalars() for info in runs] == before
    assert all(len(store.run(info.id).signal("loss", 1)) == 30 for info in runs)
    assert check_home(home).database and check_home(home, repair=True).faults == []


def test_a_damaged_entry_is_blamed_and_not_its_file(home):
    for path in home.glob("runs/*/run.json"):
        path.unlink()
    query = "UPDATE files SET sha256 = 'f' || substr(sha256, 2, 62) || 'g' WHERE name = 'loss.npy'"
    change(home, query)
    run = Store.open(home).run("good")
    with pytest.raises(DamagedError, match=r"database's entry of .*loss\.npy.*may be intact"):
        run.signal("loss", 1)
    assert len(run.signal("hardness", 1)) == 30


DECISION_DAMAGE = [
    "UPDATE decisions SET new = '\"class b\"' WHERE id = 3",
    "UPDATE decisions SET new = '{' WHERE id = 3",
    "UPDATE decisions SET kind = 'nonsense' WHERE id = 3",
    "UPDATE decisions SET annotator = 'eve' WHERE id = 3",
    "UPDATE decisions SET time = 'now' WHERE id = 3",
    "UPDATE decisions SET row_id = 'train:9' WHERE id = 3",
    "UPDATE decisions SET text_hash = 'x' WHERE id = 3",
    "UPDATE decisions SET base = 77 WHERE id = 3",
    "UPDATE decisions SET checksum = 'x' WHERE id = 3",
    "UPDATE decisions SET details = 'x' WHERE id = 3",
    "DELETE FROM decisions WHERE id = 3",
]


@pytest.mark.parametrize("query", DECISION_DAMAGE)
def test_a_damaged_decision_is_read_from_the_journal(home, query):
    fingerprint = Store.open(home).run("bad").info.fingerprint
    before = Store.open(home).decisions(fingerprint)
    events, states = before.events(), before.states()
    change(home, query)
    now = Store.open(home).decisions(fingerprint)
    assert (now.events(), now.states(), now.history("train:3")) == (
        events, states, before.history("train:3"),
    )  # fmt: skip
    assert any("ecision" in fault for fault in check_home(home).database)
    assert check_home(home, repair=True).faults == []
    assert Store.open(home).decisions(fingerprint).events() == events


@pytest.mark.parametrize("query", DECISION_DAMAGE)
def test_a_damaged_decision_without_a_journal_is_blamed(home, query):
    fingerprint = Store.open(home).run("bad").info.fingerprint
    for path in journals(home):
        path.unlink()
    change(home, query)
    store = Store.open(home)
    with pytest.raises(DamagedError, match="after version 2"):
        store.decisions(fingerprint).events()
    assert not any(info.damaged for info in store.runs())


def test_a_damaged_journal_is_told_and_written_again(home):
    (path,) = journals(home)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    fingerprint = Store.open(home).run("bad").info.fingerprint
    assert len(Store.open(home).decisions(fingerprint).events()) == 5
    assert any("damaged lines" in fault for fault in check_home(home).copies)
    assert check_home(home, repair=True).faults == []


VALUES = st.dictionaries(
    st.text(max_size=5), st.none() | st.integers() | st.floats(allow_nan=False) | st.text(),
    max_size=4,
)  # fmt: skip


@given(values=VALUES, other=VALUES)
def test_a_checksum_fits_its_own_values_alone(values, other):
    values.pop("checksum", None)
    sealed = {**values, "checksum": digest(values)}
    assert is_intact(sealed)
    present = {name: value for name, value in values.items() if value is not None}
    others = {name: v for name, v in other.items() if v is not None and name != "checksum"}
    if repr(sorted(present.items())) != repr(sorted(others.items())):
        assert not is_intact({**others, "checksum": sealed["checksum"]})


def test_no_damage_is_a_traceback(home):
    change(home, "UPDATE runs SET id = 'other' WHERE name = 'bad'")
    try:
        runs = Store.open(home).runs()
    except HamrError:
        return
    assert {info.name for info in runs} >= {"good"}


@pytest.mark.parametrize(
    "query",
    [
        # One bit from the newest revision, 0007.
        "UPDATE alembic_version SET version_num = '0006'",
        "UPDATE alembic_version SET version_num = '0003'",
        "UPDATE alembic_version SET version_num = x'00'",
        "DELETE FROM alembic_version",
        "DROP TABLE decisions",
        "ALTER TABLE runs RENAME COLUMN status TO statuz",
    ],
)
def test_tables_that_are_not_those_of_the_revision_are_damage_and_not_another_version(home, query):
    change(home, query)
    store = Store.open(home)
    assert "is damaged" in store.notice
    assert {info.name for info in store.runs()} == {"good", "bad"}
    assert len(store.decisions(store.run("bad").info.fingerprint).events()) == 5
