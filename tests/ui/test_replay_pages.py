"""The pages in a replay: each shows the run as it was when the epoch of the URL had ended."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fake_run import write_fake_run
from tests.ui.conftest import words

PAGES = {
    "Train": "pages/2_Train.py",
    "Hardness": "pages/3_Hardness.py",
    "Weights": "pages/4_Weights.py",
    "Neighbourhoods": "pages/5_Neighbourhoods.py",
    "Per-class F1": "pages/6_Per_class_F1.py",
}


def player_of(app) -> dict[str, Any] | None:
    """What the player is drawn with; None where there is none."""
    drawn = [json.loads(one.proto.json) for one in app.get("bidi_component") if one.proto.json]
    return next((one for one in drawn if "marks" in one), None)


@pytest.fixture
def run(store):
    return write_fake_run(store, epochs=4, name="played")


@pytest.mark.parametrize("page", PAGES)
def test_each_page_has_the_player_at_the_epoch_of_the_link(visit, run, page):
    app = visit(PAGES[page], run=run.id, replay="2")
    shown = player_of(app)
    assert not app.exception and shown is not None
    assert shown["epochs"] == [1, 2, 3, 4] and shown["at"] == 1
    assert shown["says"][1].startswith("Epoch 2 of 4 · macro-F1")


def test_train_shows_the_best_so_far_and_no_result(visit, run):
    app = visit(PAGES["Train"], run=run.id, replay="2")
    assert "Replay: the run as epoch 2 of 4 had ended" in words(app)
    assert "Finished" not in words(app)
    assert app.metric[0].value == "2 of 4"


def test_the_last_epoch_shows_the_result(visit, run):
    assert "Finished" in words(visit(PAGES["Train"], run=run.id, replay="4"))


def test_the_timeline_marks_the_best_epoch_the_boosts_and_the_checkpoints(visit, run):
    marks = player_of(visit(PAGES["Hardness"], run=run.id, replay="1"))["marks"]
    assert marks["best"] == [run.info.best_epoch]
    assert marks["boosts"] == [1, 2, 3, 4]
    assert marks["checkpoints"] == run.checkpointed()


@pytest.mark.parametrize("asked", ["99"])
def test_an_epoch_beyond_the_end_shows_the_last_one_and_says_so(visit, run, asked):
    app = visit(PAGES["Hardness"], run=run.id, replay=asked)
    shown = player_of(app)
    assert shown["at"] == 3 and "does not have whole; epoch 4 is shown" in shown["note"]
    assert player_of(app.run())["note"] == shown["note"]  # the page may be run again at once
    assert app.query_params["replay"] in ("4", ["4"])


@pytest.mark.parametrize("asked", ["-1", "<b>"])
def test_what_is_no_epoch_shows_the_first_one(visit, run, asked):
    app = visit(PAGES["Hardness"], run=run.id, replay=asked)
    assert not app.exception and player_of(app)["at"] == 0


def test_a_replay_without_an_epoch_begins_with_the_first_one_and_says_so(visit, run):
    player = player_of(visit(PAGES["Hardness"], run=run.id, replay=""))
    assert player["note"].startswith("The link names no epoch; epoch 1 is shown.")


def test_a_run_that_was_stopped_says_where_the_replay_ends(visit, store):
    run = write_fake_run(store, epochs=3, status="stopped")
    note = player_of(visit(PAGES["Weights"], run=run.id, replay="3"))["note"]
    assert "The run is stopped after 3 epochs of 3" in note


def test_a_damaged_epoch_is_left_out_and_named(visit, run):
    (run.folder / "epochs" / "000002" / "hardness.npy").write_bytes(b"nothing")
    app = visit(PAGES["Hardness"], run=run.id, replay="3")
    shown = player_of(app)
    assert shown["epochs"] == [1, 3, 4] and "Epoch 2 is left out" in shown["note"]
    assert not app.error


def test_a_run_without_a_whole_epoch_says_so_and_shows_no_player(visit, run):
    for epoch in run.epochs():
        (run.folder / "epochs" / f"{epoch:06d}" / "loss.npy").unlink()
    app = visit(PAGES["Train"], run=run.id, replay="1")
    assert player_of(app) is None
    assert 'No epoch of run "played" can be played' in app.error[0].value


def test_a_run_that_trains_is_not_replayed(visit, store):
    run = write_fake_run(store, epochs=2, status="interrupted", name="alive")
    with run.hold():
        app = visit(PAGES["Hardness"], run=run.id, replay="1")
    assert player_of(app) is None
    assert "can't be replayed: it is running" in words(app)


def test_the_page_of_labels_shows_the_run_as_it_is_and_says_so(visit, run):
    app = visit("pages/7_Relabel.py", run=run.id, replay="2", annotator="ana")
    assert player_of(app) is None
    assert any("this page shows the run as it is now" in one.value for one in app.sidebar.caption)


def test_the_page_of_a_run_offers_its_replay(visit, run):
    app = visit(PAGES["Hardness"], run=run.id)
    app.button(key="replay-here").click().run()
    assert player_of(app)["at"] == 0 and player_of(app)["playing"]
