"""Uploads are kept by content, whole or not at all."""

import errno
import io

import pytest

from hamr.errors import NoSpaceError, StoreError
from hamr.ui.dataset.uploads import delete_upload, kept_uploads, save_upload


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


def test_uploads_are_listed_with_their_size_and_deleted(tmp_path):
    path = save_upload(io.BytesIO(b"text,label\n"), "rows.csv", tmp_path)
    (tmp_path / "uploads" / "half").write_bytes(b"a part of one that is on its way")
    assert [(one.path, one.size) for one in kept_uploads(tmp_path)] == [(path, 11)]
    delete_upload(path, tmp_path)
    assert kept_uploads(tmp_path) == []
    assert not path.parent.exists()


@pytest.mark.parametrize("name", ["/etc/passwd", "uploads/../hamr.db", "uploads/x/link.csv"])
def test_nothing_but_an_upload_is_deleted(tmp_path, name):
    (tmp_path / "uploads" / "x").mkdir(parents=True)
    (tmp_path / "uploads" / "x" / "link.csv").symlink_to(__file__)
    (tmp_path / "hamr.db").write_bytes(b"")
    with pytest.raises(StoreError, match="no upload"):
        delete_upload(tmp_path / name, tmp_path)


def test_the_page_lists_uploads_and_deletes_one_that_no_active_run_needs(visit, store):
    path = save_upload(io.BytesIO(b"text,label\n"), "rows.csv", store.home)
    app = visit("pages/1_Dataset.py")
    app.session_state["source_kind"] = "upload"
    app.session_state["uploads"] = True  # the box is open
    app.run()
    assert any("rows.csv · 1 kB" in one.value for one in app.text)
    next(one for one in app.button if one.label == "Delete").click().run()
    app.button(key="delete-upload").click().run()
    assert not app.exception
    assert not path.exists()
