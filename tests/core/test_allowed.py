"""The folders and the hub that a server's owner allows: asked wherever something is opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hamr.allowed import FOLDERS, HUB, read_folders
from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.data import load
from hamr.errors import DataError, ModelError
from hamr.jobs import train_now
from hamr.models import encoder_folder
from hamr.store import Store


@pytest.fixture
def inside(tmp_path, monkeypatch) -> Path:
    """The one folder that may be read."""
    folder = tmp_path / "inside"
    folder.mkdir()
    monkeypatch.setenv(FOLDERS, str(folder))
    monkeypatch.setenv("HAMR_HOME", str(tmp_path / "home"))
    return folder


def rows(path: Path, mark: str = "") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("text,label\n" + "".join(f"{mark}text {i},{'ab'[i % 2]}\n" for i in range(40)))
    return str(path)


def test_a_file_inside_is_read(inside):
    assert load(DataSettings(source=rows(inside / "deep" / "rows.csv"))).classes == ("a", "b")


def test_an_upload_is_read(inside, tmp_path):
    assert load(DataSettings(source=rows(tmp_path / "home" / "uploads" / "1" / "rows.csv")))


@pytest.mark.parametrize("name", ["rows.csv", "none.csv", "inside/../rows.csv", "inside2/rows.csv"])
def test_a_file_outside_is_refused_whether_or_not_it_is_there(inside, tmp_path, name):
    rows(tmp_path / "rows.csv")
    rows(tmp_path / "inside2" / "rows.csv")
    with pytest.raises(DataError, match="outside the folders that may be read") as caught:
        load(DataSettings(source=f"{tmp_path}/{name}"))
    assert caught.value.field == "source"


def test_a_link_that_leads_outside_is_refused(inside, tmp_path):
    rows(tmp_path / "secret.csv")
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(DataError, match="outside"):
        load(DataSettings(source=str(inside / "link.csv")))


@pytest.mark.parametrize("field", ["validation", "test"])
def test_a_file_of_validation_or_test_rows_is_refused_too(inside, tmp_path, field):
    source = rows(inside / "rows.csv")
    with pytest.raises(DataError, match="outside") as caught:
        load(DataSettings(source=source, **{field: rows(tmp_path / "rows.csv", "other ")}))
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["/etc", "/nosuchfolder", "~root"])
def test_a_folder_of_a_model_outside_is_refused(inside, name):
    with pytest.raises(ModelError, match="outside") as caught:
        encoder_folder(name)
    assert caught.value.field == "model"


def test_the_job_that_trains_refuses_them_as_well(inside, tmp_path):
    """A link that starts a run does not get around what the page refuses."""
    settings = RunSettings(
        data=DataSettings(source=rows(tmp_path / "rows.csv")), training=TrainingSettings(epochs=1)
    )
    with pytest.raises(DataError, match="outside"):
        train_now(Store.open(tmp_path / "home"), settings)


@pytest.mark.parametrize("value", ["off", "OFF", "0", "no", "nonsense"])
def test_the_hub_is_switched_off(monkeypatch, value):
    monkeypatch.setenv(HUB, value)
    with pytest.raises(DataError, match="switched off") as caught:
        load(DataSettings(source="hub:owner/name"))
    assert caught.value.field == "source"
    with pytest.raises(ModelError, match="switched off"):
        encoder_folder("hub:owner/name")


def test_folders_are_parted_as_in_path(monkeypatch, tmp_path):
    monkeypatch.setenv(FOLDERS, os.pathsep.join([str(tmp_path / "a"), "", str(tmp_path / "b")]))
    assert read_folders()[:2] == [tmp_path / "a", tmp_path / "b"]


def test_nothing_is_refused_where_nothing_is_set(monkeypatch):
    monkeypatch.delenv(FOLDERS, raising=False)
    assert read_folders() is None
