"""The first page of a home whose database is lost, damaged or read-only."""

import pytest

from hamr.store import Store
from hamr.ui.shell import server
from tests.fake_run import write_fake_run
from tests.ui.conftest import words


@pytest.fixture
def run(store):
    server.forget()
    yield write_fake_run(store, rows=30, epochs=1, name="kept")
    server.forget()


def restore(app):
    return app.button(key="restore-home").click().run()


@pytest.mark.parametrize("page", ["app.py", "pages/2_Train.py"])
def test_a_lost_database_is_told_and_restored_with_a_button(visit, store, run, page):
    (store.home / "hamr.db").unlink()
    server.forget()
    app = visit(page)
    assert not app.exception and "1 run folder" in words(app) and "No runs yet" not in words(app)
    restore(app)
    assert [info.name for info in Store.open(store.home).runs()] == ["kept"]
    app = visit()
    assert not app.exception and "kept" in app.dataframe[0].value["Run"].tolist()


def test_a_database_lost_under_an_open_server_is_told(visit, store, run):
    assert "1 run folder" not in words(visit())
    (store.home / "hamr.db").write_bytes(b"")
    app = visit()
    assert not app.exception and "1 run folder" in words(app)
    app = restore(app)
    assert not app.exception and "Restored" in words(app)
    assert app.dataframe[0].value["Run"].tolist() == ["kept"]


def test_a_damaged_database_is_shown_from_the_folders_and_restored(visit, store, run):
    data = bytearray((store.home / "hamr.db").read_bytes())
    data[4096:8192] = b"\xff" * 4096
    (store.home / "hamr.db").write_bytes(data)
    server.forget()
    app = visit()
    assert "is damaged" in words(app) and app.dataframe[0].value["Run"].tolist() == ["kept"]
    app = restore(app)
    assert not app.exception and "is damaged" not in words(app)
    assert app.dataframe[0].value["Run"].tolist() == ["kept"]
