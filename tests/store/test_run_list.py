import pytest

from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.errors import BusyError, RunNotFound, SettingError
from hamr.store import Store
from tests.fake_run import write_fake_run


def test_default_names_count_up(store):
    names = [store.create_run(RunSettings()).info.name for _ in range(2)]
    assert names == ["demo hamr-plus 1", "demo hamr-plus 2"]


def test_default_name_of_a_file_is_its_own_not_its_path(store):
    settings = RunSettings(data=DataSettings(source="/data/secret folder/reviews.csv"))
    assert store.create_run(settings).info.name == "reviews.csv hamr-plus 1"


def test_settings_come_back_as_they_were(store):
    settings = RunSettings(training=TrainingSettings.of_preset("full", seed=7, method="erm"))
    info = store.create_run(settings).info
    assert info.settings == settings
    assert (info.preset, info.method, info.seed) == ("full", "erm", 7)


def test_newest_run_comes_first(store):
    made = [store.create_run(RunSettings()).id for _ in range(3)]
    assert [info.id for info in store.runs()] == made[::-1]


def test_another_process_on_the_same_home_sees_the_run(store):
    run = store.create_run(RunSettings(), name="mine")
    assert Store.open(store.home).run("mine").id == run.id


@pytest.mark.parametrize("asked", ["id", "prefix", "name"])
def test_run_is_found(store, asked):
    run = store.create_run(RunSettings(), name="first try")
    key = {"id": run.id, "prefix": run.id[:4], "name": "first try"}[asked]
    assert store.run(key).id == run.id


@pytest.mark.parametrize("key", ["no such run", "", "%", "____"])
def test_unknown_run_is_named_in_the_error(store, key):
    store.create_run(RunSettings())
    with pytest.raises(RunNotFound, match=f'"{key}"'):
        store.run(key)


def test_three_characters_of_an_id_are_too_few(store):
    run = store.create_run(RunSettings())
    with pytest.raises(RunNotFound, match="4 characters"):
        store.run(run.id[:3])


@pytest.mark.parametrize("name", ["x" * 101, "a\x00b", "   "])
def test_bad_name_is_refused(store, name):
    with pytest.raises(SettingError) as error:
        store.create_run(RunSettings(), name=name)
    assert error.value.field == "name"


def test_taken_name_is_refused_and_leaves_no_folder(store):
    store.create_run(RunSettings(), name="mine")
    with pytest.raises(SettingError, match="mine"):
        store.create_run(RunSettings(), name="mine")
    assert len(list((store.home / "runs").iterdir())) == 1


def test_names_never_become_paths(store):
    run = store.create_run(RunSettings(), name="../../etc/passwd")
    assert run.folder.parent == store.home / "runs"


def test_renamed_run_answers_to_its_new_name_only(store):
    run = store.create_run(RunSettings(), name="old")
    store.rename_run(run.id, "new")
    assert store.run("new").id == run.id
    with pytest.raises(RunNotFound):
        store.run("old")


def test_rename_to_a_taken_name_is_refused(store):
    store.create_run(RunSettings(), name="mine")
    other = store.create_run(RunSettings(), name="other")
    with pytest.raises(SettingError, match="mine"):
        store.rename_run(other.id, "mine")


def test_deleted_run_is_gone_with_its_files(store):
    run = write_fake_run(store, rows=20, epochs=1)
    store.delete_run(run.id)
    assert store.runs() == []
    assert not run.folder.exists()
    assert list((store.home / "tmp").iterdir()) == []
    with pytest.raises(RunNotFound):
        _ = run.info


def test_rows_stay_while_another_run_uses_them(store):
    first, second = (write_fake_run(store, rows=20, epochs=1) for _ in range(2))
    store.delete_run(first.id)
    assert second.rows().texts([0])
    store.delete_run(second.id)
    assert list((store.home / "datasets").iterdir()) == []


def test_run_under_training_is_not_deleted(store):
    run = write_fake_run(store, rows=20, epochs=1)
    with run.hold(), pytest.raises(BusyError, match="stop it first"):
        store.delete_run(run.id)
    assert store.run(run.id).epochs() == [1]


def test_second_holder_is_refused(store):
    run = store.create_run(RunSettings())
    with run.hold(), pytest.raises(BusyError), Store.open(store.home).run(run.id).hold():
        pass


def test_running_without_a_living_worker_shows_as_interrupted(store):
    run = store.create_run(RunSettings())
    with run.hold():
        run.set_status("running")
        assert run.info.status == store.runs()[0].status == "running"
    assert run.info.status == store.runs()[0].status == "interrupted"
    assert run.info.can_resume


def test_failure_keeps_its_sentence_and_field(store):
    run = store.create_run(RunSettings())
    run.set_status("failed", error="tau must be smaller", field="tau")
    assert (run.info.error, run.info.error_field) == ("tau must be smaller", "tau")
    run.set_status("queued")
    assert run.info.error is None


def test_times_are_in_utc_and_in_order(store):
    info = write_fake_run(store, rows=20, epochs=1).info
    assert info.created <= info.started <= info.finished
    assert info.created.utcoffset().total_seconds() == 0


def test_expected_status_decides_whether_it_changes(store):
    run = store.create_run(RunSettings())
    assert run.change_status(("queued",), "stopped")
    assert not run.change_status(("queued",), "running")
    assert run.info.status == "stopped"
