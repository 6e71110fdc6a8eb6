"""Settings keep whole paths, so that a run goes on and exports from any folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from hamr.cli import main
from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.data import load
from hamr.errors import DataError, SettingError
from hamr.jobs import absolute, absolute_sweep, submit, submit_sweep
from hamr.jobs.paths import absolute_data
from hamr.sweeps import SweepSettings

CSV = "text,label\n" + "".join(f"text number {i},{'ab'[i % 2]}\n" for i in range(12))


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The folder that relative names start from, with a file of rows."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "rows.csv").write_text(CSV)
    monkeypatch.chdir(here)
    return here


def test_files_and_a_model_folder_become_whole_paths(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    found = absolute(
        RunSettings(
            data=DataSettings(source="rows.csv", validation="../v.csv", test="~/t.csv"),
            training=TrainingSettings(model="models/mine"),
        )
    )
    assert found.data.source == str(folder / "rows.csv")
    assert found.data.validation == str(folder.parent / "v.csv")
    assert found.data.test == str(folder / "t.csv")
    assert found.training.model == str(folder / "models/mine")


@pytest.mark.parametrize("source", ["demo", "builtin", "hub:owner/name", "/data/rows.csv"])
def test_other_sources_stay_as_they_are(folder, source):
    settings = RunSettings(data=DataSettings(source=source))
    assert absolute(settings) == settings


@pytest.mark.parametrize("model", ["builtin", "hub:owner/name", "/models/mine"])
def test_other_models_stay_as_they_are(folder, model):
    settings = RunSettings(training=TrainingSettings(model=model))
    assert absolute(settings) == settings


@pytest.mark.parametrize("field", ["source", "validation", "test"])
@pytest.mark.parametrize("name", ["~nosuchuser/x.csv", "a\0.csv", "a\udcff.csv"])
def test_a_name_that_no_file_has_is_refused_at_its_control(folder, field, name):
    with pytest.raises((DataError, SettingError)) as caught:
        absolute_data(DataSettings(**{field: name}))
    assert caught.value.field == field


def test_a_folder_that_is_gone_is_said(folder):
    (folder / "rows.csv").unlink()
    folder.rmdir()
    with pytest.raises(DataError, match="relative to a folder that no longer exists"):
        absolute_data(DataSettings(source="rows.csv"))


def test_queued_runs_and_sweeps_keep_whole_paths(folder, store):
    run = submit(store, RunSettings(data=DataSettings(source="rows.csv")))
    assert run.info.settings.data.source == str(folder / "rows.csv")
    assert run.info.name.startswith("rows.csv ")
    sweep = submit_sweep(
        store,
        SweepSettings(
            data=DataSettings(source="rows.csv"), training=TrainingSettings(), methods=("erm",),
            seeds=(0,), grid={"model": ("builtin", "mine")},
        ),
    )  # fmt: skip
    assert sweep.info.settings.data.source == str(folder / "rows.csv")
    assert sweep.info.settings.grid["model"] == ("builtin", str(folder / "mine"))


def test_absolute_settings_stay_as_they_are(folder):
    settings = SweepSettings(
        data=DataSettings(source="rows.csv"), training=TrainingSettings(), methods=("erm",),
        seeds=(0,), grid={},
    )  # fmt: skip
    once = absolute_sweep(settings)
    assert absolute_sweep(once) == once != settings


def test_the_fingerprint_does_not_depend_on_the_folder(folder, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other/rows.csv").write_text(CSV)
    here, there = DataSettings(source="rows.csv"), DataSettings(source="../other/rows.csv")
    assert load(here).fingerprint == load(absolute_data(there)).fingerprint


def test_data_of_a_relative_path_is_exported_from_another_folder(folder, store, monkeypatch):
    run = submit(store, RunSettings(data=DataSettings(source="rows.csv")), name="r")
    run.attach_dataset(load(run.info.settings.data))
    monkeypatch.chdir("/")
    target = folder / "out.csv"
    code = main(["export", "r", "--what", "data", "--to", str(target), "--home", str(store.home)])
    assert code == 0
    assert target.read_text() == CSV
