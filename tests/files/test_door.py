"""Which names are files that may be read, and the sentence for those that are none."""

import os
from pathlib import Path

import pytest

from hamr.errors import DataError
from hamr.files.door import as_path, checked_file
from hamr.files.formats import ENDINGS


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("~nosuchuser/x.csv", ["~nosuchuser/x.csv", "does not know", "whole path"]),
        ("a\0b.csv", ["null character"]),
        ("a\udcff.csv", ["not UTF-8", "rename"]),
        ("x" * 60_000, ["can't be read"]),
        ("none.csv", ["there is no file 'none.csv'"]),
        ("/dev/zero", ["a device or a pipe"]),
        ("/", ["is a folder"]),
    ],
)
def test_a_name_that_is_no_file_is_refused_in_a_short_sentence(name, words):
    with pytest.raises(DataError) as caught:
        checked_file(name)
    assert len(str(caught.value)) < 600
    for word in words:
        assert word in str(caught.value)


def test_a_name_without_an_ending_is_said_to_have_none(tmp_path):
    (tmp_path / "rows").write_text("x")
    with pytest.raises(DataError, match=r"'rows' has no ending: use \.csv"):
        checked_file(str(tmp_path / "rows"))


def test_only_where_a_set_may_be_named_a_missing_file_is_said_to_be_one():
    with pytest.raises(DataError) as caught:
        checked_file("none.csv")
    assert "hub:NAME" not in str(caught.value)
    with pytest.raises(DataError, match="or demo, builtin or hub:NAME"):
        checked_file("none.csv", or_a_set=True)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "rows.csv")
    with pytest.raises(DataError, match="a device or a pipe"):
        checked_file(str(tmp_path / "rows.csv"))


def test_an_unknown_ending_lists_all_that_are_read(tmp_path):
    (tmp_path / "rows.xlsx").write_text("x")
    with pytest.raises(DataError) as caught:
        checked_file(str(tmp_path / "rows.xlsx"))
    assert all(ending in str(caught.value) for ending in ENDINGS)


def test_a_path_is_absolute_and_keeps_its_links(tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    assert as_path("link/../rows.csv") == tmp_path / "rows.csv"
    assert as_path("link/rows.csv") == tmp_path / "link" / "rows.csv"


def test_the_home_folder_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert as_path("~/rows.csv") == Path(tmp_path / "rows.csv")
