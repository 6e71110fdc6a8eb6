"""A home of the version before, whose stored settings and methods have other names."""

import pytest
from sqlalchemy import text

from hamr.config import DataSettings, TrainingSettings
from hamr.store import Store
from hamr.store.checking import check_home
from hamr.store.copies import TABLES
from hamr.store.copies import read as read_copy
from hamr.store.rebuild import restore_from_folders
from hamr.store.tables import RunRow, SweepRow
from hamr.sweeps import SweepSettings
from tests.decided import decide
from tests.fake_run import fake_final, write_fake_run

NEW = ("version", "by_method")  # what the version before did not store


def with_old_names(settings):
    """The settings of a run or sweep as the version before wrote them."""
    training = {**settings["training"]}
    training["surroundings"] = training.pop("soft_target_weight")
    training["surroundings_last"] = training.pop("soft_target_weight_last")
    training["alignment_strength"] = 0.0
    old = {"hamr-plus-no-soft-targets": "no-surroundings", "hamr-plus": "hamr"}
    training["method"] = old[training["method"]]
    known = {name: value for name, value in settings.items() if name not in NEW}
    return {**known, "training": training}


@pytest.fixture
def old_home(store):
    """A run, a sweep of two runs and decisions, stored under the old names."""
    run = write_fake_run(store, rows=30, epochs=2, name="old", method="hamr-plus-no-soft-targets")
    decide(store.decisions(run.info.fingerprint), "train:1", "class a")
    settings = SweepSettings(
        data=DataSettings(),
        training=TrainingSettings(epochs=1),
        methods=("hamr-plus-no-soft-targets", "hamr-plus"),
        seeds=(0,),
        grid={"soft_target_weight": (0.1,)},
    )
    sweep = store.sweeps.create(settings, fingerprint=run.info.fingerprint, status="finished")
    trained = [sweep.create_run(planned) for planned in sweep.plan]
    for one in trained:
        one.write_final(fake_final(run.dataset(), best_epoch=1))
        one.set_status("finished")
    with store.database.write() as session:
        for row in session.query(RunRow):
            row.settings = with_old_names(row.settings)
        specification = session.get_one(SweepRow, sweep.id)
        old = with_old_names(specification.specification)
        old |= {"methods": ["no-surroundings", "hamr"], "grid": {"surroundings": [0.1]}}
        specification.specification = old
    store.copies.write_all()
    return store.home


def as_before_checksums(home):
    """Give the database the tables of the version before checksums, and no copies."""
    store = Store.open(home)
    with store.database.writing.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN checksum"))
        connection.execute(text("DROP TABLE preferences"))
        for column in ("previous", "details"):
            connection.execute(text(f"ALTER TABLE decisions DROP COLUMN {column}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
        connection.execute(text("PRAGMA user_version = 0"))
    store.database.engine.dispose()
    for pattern in ("*/*/run.json", "*/*/sweep.json", "decisions/*"):
        for path in home.glob(pattern):
            path.unlink()


def check_everything(home):
    """That the home shows its run, sweep and decisions, under the new names."""
    store = Store.open(home)
    run, sweep = store.run("old"), store.sweeps.get("demo sweep 1")
    assert run.info.method == "hamr-plus-no-soft-targets" and not run.info.damaged
    assert run.info.settings.untrainable == ""
    assert len(run.signal("loss", 2)) == 30 and run.final() is not None
    assert store.decisions(run.info.label_source).label("train:1") == "class a"
    named = ["hamr-plus-no-soft-targets", "hamr-plus"]
    assert list(sweep.info.settings.methods) == named
    assert sweep.plan[1].grid == {"soft_target_weight": 0.1}
    assert [sweep.runs()[place].method for place in (0, 1)] == named
    assert sweep.runs()[1].settings.training.soft_target_weight == 0.1


def test_a_home_with_old_names_opens_with_everything_in_it(old_home):
    check_everything(old_home)
    assert check_home(old_home).faults == []


def test_a_home_with_old_tables_and_old_names_is_migrated(old_home):
    as_before_checksums(old_home)
    check_everything(old_home)
    assert check_home(old_home).faults == []


def test_a_database_is_restored_from_copies_with_old_names(old_home):
    (old_home / "hamr.db").unlink()
    restored = restore_from_folders(old_home)
    assert (restored.runs, restored.sweeps, restored.problems) == (3, 1, [])
    check_everything(old_home)


def test_a_damaged_run_is_shown_from_its_copy_with_old_names(old_home):
    store = Store.open(old_home)
    with store.database.writing.begin() as connection:
        connection.execute(text("UPDATE runs SET macro_f1 = 0.999 WHERE name = 'old'"))
    info = Store.open(old_home).run("old").info
    assert (info.damaged, info.method) == (True, "hamr-plus-no-soft-targets")


def test_stored_names_are_left_as_they_are_when_a_run_is_renamed(old_home):
    store = Store.open(old_home)
    run = store.run("old")
    store.rename_run(run.id, "older")
    row = read_copy(run.folder / "run.json")["runs"][0]
    assert (row["name"], row["settings"]["training"]["method"]) == ("older", "no-surroundings")
    assert check_home(old_home).faults == []
