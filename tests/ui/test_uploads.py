"""Uploads are kept by content, whole or not at all."""

import errno
import io

import pytest

from hamr.errors import NoSpaceError, StoreError
from hamr.ui.uploads import save_upload


def test_an_upload_keeps_its_name_and_content(tmp_path):
    path = save_upload(io.BytesIO(b"text,label\n"), "reviews.csv", tmp_path)
    assert path.name == "reviews.csv"
    assert path.read_bytes() == b"text,label\n"


def test_the_same_file_is_kept_once_and_another_one_apart(tmp_path):
    first = save_upload(io.BytesIO(b"a"), "rows.csv", tmp_path)
    assert save_upload(io.BytesIO(b"a"), "rows.csv", tmp_path) == first
    assert save_upload(io.BytesIO(b"b"), "rows.csv", tmp_path) != first
    assert first.read_bytes() == b"a"


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "", "a/b\\c;d.csv", "x" * 300 + ".csv"])
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    path = save_upload(io.BytesIO(b"a"), name, tmp_path)
    assert path.parent.parent == tmp_path / "uploads"


def test_a_full_disk_leaves_nothing_behind_and_says_so(tmp_path):
    class Full(io.BytesIO):
        def read(self, size=-1):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(NoSpaceError, match="MB left"):
        save_upload(Full(b"a"), "rows.csv", tmp_path)
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_home_that_is_a_file_is_told_in_a_sentence(tmp_path):
    home = tmp_path / "home"
    home.write_text("not a folder")
    with pytest.raises(StoreError, match="HAMR_HOME"):
        save_upload(io.BytesIO(b"a"), "rows.csv", home)
