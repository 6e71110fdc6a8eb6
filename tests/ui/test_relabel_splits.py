"""Reviewing validation and test rows: in the queue, by the filter, by a link, in a group."""

from __future__ import annotations

import pytest

from hamr.views.base.all_rows import AllRows
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.ui.conftest import words
from tests.ui.relabelling import PAGE, press, said, shown


@pytest.fixture
def run(store):
    return write_fake_run(store)


def test_the_filter_shows_only_rows_of_that_split(visit, run):
    app = visit(PAGE, run=run.id, annotator="ada", split="test")
    assert AllRows.of(run).split(shown(app)) == "test"
    assert "test row · rank" in said(app)
    assert "40 in this queue" in str([p.proto.text for p in app.get("progress")])


def test_a_test_row_is_decided_on_as_a_test_row(store, visit, run):
    rows = AllRows.of(run)
    row = rows.index("test", 3)
    press(visit(PAGE, run=run.id, annotator="ada", row=str(row)), "Accept")
    (event,) = store.decisions(run.info.fingerprint).events()
    assert (event.split, event.row_id) == ("test", rows.ids[row])


def test_undo_shows_the_test_row_again(visit, run):
    row = AllRows.of(run).index("test", 3)
    app = press(visit(PAGE, run=run.id, annotator="ada", row=str(row)), "Accept")
    assert shown(app) != row
    assert shown(press(app, "Undo")) == row


def test_a_held_out_row_says_why_it_has_no_hardness(visit, run):
    app = visit(PAGE, run=run.id, annotator="ada", row=str(AllRows.of(run).index("validation", 0)))
    assert "This is a validation row: no training step draws it" in words(app)
    assert not app.metric


def test_a_group_can_hold_rows_of_every_split(store, visit, run):
    app = visit(PAGE, run=run.id, annotator="ada", judge="As a group", q="text 19")
    assert set(app.dataframe[0].value["split"]) == {"training", "validation", "test"}
    app = app.selectbox(key="group-label").set_value("class e").run()
    press(press(app, "Relabel"), "Relabel them")
    splits = {event.split for event in store.decisions(run.info.fingerprint).events()}
    assert splits == {"train", "validation", "test"}


def test_a_link_beyond_the_last_row_of_all_splits_is_reported(visit, run):
    app = visit(PAGE, run=run.id, annotator="ada", row="280")
    assert "rows are numbered 0 to 279" in words(app)


def test_a_test_sentence_is_shown_with_the_entities_that_the_run_predicted(store, visit):
    run = write_fake_token_run(store)
    row = AllRows.of(run).index("test", 1)
    app = visit(PAGE, run=run.id, annotator="ada", row=str(row))
    assert not app.exception
    app = press(app, "Use the model's entities")
    (event,) = store.decisions(run.info.fingerprint).events()
    assert event.split == "test"


def test_of_an_unfinished_run_a_test_sentence_has_no_prediction_to_use(store, visit):
    run = write_fake_token_run(store, status="stopped")
    app = visit(PAGE, run=run.id, annotator="ada", row=str(AllRows.of(run).index("test", 1)))
    assert not app.exception
    assert next(b for b in app.button if b.label.startswith("Use the model's entities")).disabled
