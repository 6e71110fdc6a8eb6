"""The recording on a fresh home, and the pages that show it."""

from __future__ import annotations

import json

import pytest

from hamr.ui.shell import recording
from tests.fake_run import write_fake_run
from tests.ui.conftest import words
from tests.ui.relabelling import press, said


@pytest.fixture(autouse=True)
def read_anew():
    """The file is read once a process."""
    recording.first_page.cache_clear()
    yield
    recording.first_page.cache_clear()


def plays(app) -> bool:
    drawn = [json.loads(one.proto.json) for one in app.get("bidi_component") if one.proto.json]
    return any("macro_f1" in one for one in drawn)


def test_a_fresh_home_plays_the_recording_and_says_what_it_is(visit):
    app = visit()
    assert plays(app) and not app.exception
    labels = [button.label for button in app.button]
    assert "Run the demo yourself" in labels and "Open the recording" in labels


def test_a_home_with_a_run_does_not(visit, store):
    write_fake_run(store)
    app = visit()
    assert not plays(app)
    assert "Run the demo" in [button.label for button in app.button]


@pytest.mark.parametrize("damage", ["", "[]", '{"id": 1}'])
def test_without_a_whole_file_home_is_as_before(visit, tmp_path, monkeypatch, damage):
    path = tmp_path / "first.json"
    if damage:
        path.write_text(damage)
    monkeypatch.setattr(recording, "FIRST", path)
    app = visit()
    assert not plays(app) and not app.exception and not app.error
    assert "Run the demo" in [button.label for button in app.button]


def test_a_page_of_it_says_so_and_is_not_of_ones_own_runs(visit, store):
    write_fake_run(store, name="mine")
    app = visit("pages/3_Hardness.py", run=recording.run_id())
    assert not app.exception and not app.error
    assert "This is a recording that comes with the program" in words(app)
    assert app.sidebar.selectbox[0].options == ["recording of the demo"]
    assert [one.name for one in store.runs()] == ["mine"]


def test_a_label_given_in_it_is_refused_with_a_sentence(visit):
    app = visit("pages/7_Relabel.py", run=recording.run_id(), annotator="ana")
    app = press(app, "Accept")
    assert "Run the demo yourself to correct labels" in said(app)


def test_running_it_oneself_makes_a_run_of_ones_own(visit, store):
    app = visit("pages/3_Hardness.py", run=recording.run_id())
    app.button(key="recording-demo").click().run()
    assert [one.status for one in store.runs()] == ["queued"]


def test_a_new_run_is_started_in_ones_own_home(visit, store):
    app = visit("pages/2_Train.py", run=recording.run_id(), new="1")
    assert not app.exception and "This is a recording" not in words(app)


def test_a_page_without_a_run_leads_to_the_recording(visit):
    app = visit("pages/3_Hardness.py")
    (link,) = [one for one in app.get("page_link") if "recording" in one.proto.label]
    assert f"run={recording.run_id()}" in link.proto.query_string


def test_home_leads_out_of_the_recording(visit, store):
    write_fake_run(store, name="mine")
    app = visit(run=recording.run_id())
    assert "run" not in app.query_params
    assert "This is a recording" not in words(app)


def test_a_view_of_another_page_in_the_link_does_not_open_the_recording_on_learn(visit):
    app = visit("pages/10_Learn.py", run=recording.run_id(), view="Weight curve")
    assert not app.exception
    assert "This is a recording" not in words(app)
