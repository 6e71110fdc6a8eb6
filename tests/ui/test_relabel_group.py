"""Rows as a group: of a lasso or a filter, one label, one act."""

from __future__ import annotations

import numpy as np
import pytest

from hamr.ui.relabel.group_act import SUGGESTED
from hamr.views.base.geometry import inside, lasso_text
from hamr.views.base.packing import Frame
from hamr.views.base.regions import regions_of
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.region_run import region_run
from tests.ui.conftest import words
from tests.ui.relabelling import PAGE, button, press, said, state_of

HALF = [(-1000, -1000), (32768, -1000), (32768, 70000), (-1000, 70000)]  # left half of the frame


@pytest.fixture
def run(store):
    return write_fake_run(store)


@pytest.fixture
def group(visit, run):
    """A group of eleven rows, opened by ada."""
    return visit(
        PAGE, run=run.id, annotator="ada", judge="As a group", q="text 19", split="training"
    )


def give(app, label: str):
    """Choose the label, press, and confirm."""
    app = app.selectbox(key="group-label").set_value(label).run()
    return press(press(app, "Relabel"), "Relabel them")


def test_a_lasso_in_the_link_is_a_group_of_exactly_its_rows(visit, run):
    app = visit(PAGE, run=run.id, annotator="ada", judge="As a group", lasso=lasso_text(HALF))
    xy = run.map()
    held = np.flatnonzero(inside(Frame.around(xy).to_data(HALF), xy))
    assert sorted(app.dataframe[0].value["id"]) == sorted(run.rows().ids(held))
    assert f"Only the {len(held)} rows in your lasso" in words(app)


def test_a_group_is_relabelled_after_a_confirmation_with_its_number(store, group, run):
    app = group.selectbox(key="group-label").set_value("class e").run()
    app = press(app, "Relabel 11 rows")
    assert "of 11 rows change" in words(app)
    assert not store.decisions(run.info.fingerprint).events()
    press(app, "Relabel them")
    assert state_of(store, run, 19).label == "class e"
    assert len(store.decisions(run.info.fingerprint).states()) == 11


def test_a_group_is_one_act_that_one_undo_reverts(store, group, run):
    app = give(group, "class e")
    assert len({event.act_id for event in store.decisions(run.info.fingerprint).events()}) == 1
    app = press(app, "Undo")
    states = store.decisions(run.info.fingerprint).states()
    assert all(state.kind is None for state in states.values())
    assert "Undone: 11 rows to 'class e'" in said(app)


def test_all_except_selected_leaves_the_selected_ones_out(store, group, run, monkeypatch):
    monkeypatch.setattr("hamr.ui.relabel.group._table", lambda *_: [0, 1])
    give(group.segmented_control(key="which").set_value("All except selected").run(), "class e")
    assert len(store.decisions(run.info.fingerprint).states()) == 9


def test_of_a_region_suggestions_are_taken_and_other_labels_accepted(store, visit):
    run = region_run(store)
    region = regions_of(run, run.epochs()[-1]).found[0]
    app = visit(PAGE, run=run.id, annotator="ada", judge="As a group", region=region.id)
    held = app.dataframe[0].value
    instead = dict(zip(held["id"], held["suggestion"], strict=True))
    assert any(instead.values())  # though no row by itself is probably wrong
    assert app.selectbox(key="group-label").value == SUGGESTED
    press(press(app, "Relabel"), "Relabel them")
    decisions = store.decisions(run.info.fingerprint)
    labels = dict(zip(held["id"], held["label"], strict=True))
    assert {row: decisions.label(row) for row in instead} == {
        row: other or labels[row] for row, other in instead.items()
    }


def test_labels_can_be_accepted_as_they_are(store, group, run):
    give(group, "Accept the current labels")
    states = store.decisions(run.info.fingerprint).states()
    assert len(states) == 11
    assert all(state.judgements[0].accepts for state in states.values())


def test_without_a_label_or_a_name_nothing_can_be_relabelled(visit, run, group):
    assert button(group, "Relabel").disabled
    app = visit(PAGE, run=run.id, judge="As a group", q="text 19")
    app = app.selectbox(key="group-label").set_value("class e").run()
    assert button(app, "Relabel").disabled
    assert "Enter your name first" in words(app)


def test_sentences_of_a_group_get_the_models_entities(store, visit):
    run = write_fake_token_run(store)
    app = visit(PAGE, run=run.id, annotator="ada", judge="As a group")
    rows = len(app.dataframe[0].value)
    give(app, "Use the model's entities")
    assert len(store.decisions(run.info.fingerprint).states()) == rows


def test_of_a_group_that_is_too_large_the_first_rows_are_relabelled(store, visit, run, monkeypatch):
    monkeypatch.setattr("hamr.ui.relabel.group.MOST", 20)
    app = visit(PAGE, run=run.id, annotator="ada", judge="As a group")
    assert "One action takes at most 20 rows, so only the first 20" in words(app)
    assert "280 rows in this group" in words(app)
    give(app, "class e")
    assert len(store.decisions(run.info.fingerprint).states()) == 20


def test_before_a_group_is_relabelled_the_dialog_shows_what_changes(group, run):
    app = group.selectbox(key="group-label").set_value("class e").run()
    app = press(app, "Relabel 11 rows")
    changes = next(table.value for table in app.dataframe if "to" in table.value.columns)
    names = [run.classes[run.rows().labels[row]] for row in _held(group, run)]
    assert changes["rows"].sum() == sum(name != "class e" for name in names)
    assert set(changes["to"]) == {"class e"}


def _held(group, run) -> list[int]:
    ids = list(run.rows().ids(range(run.info.train_rows)))
    return [ids.index(row_id) for row_id in group.dataframe[0].value["id"]]


def test_a_conflict_that_a_group_would_make_is_said_before(store, visit, run):
    app = visit(
        PAGE, run=run.id, annotator="bob", judge="As a group", q="text 19", split="training"
    )
    give(app, "class d")
    app = visit(
        PAGE, run=run.id, annotator="ada", judge="As a group", q="text 19", split="training",
        show="all rows",
    )  # fmt: skip
    app = app.selectbox(key="group-label").set_value("class e").run()
    assert "Others gave 11 rows a different label" in said(press(app, "Relabel 11 rows"))


def test_a_lasso_has_a_way_back_to_the_map(visit, run):
    app = visit(PAGE, run=run.id, annotator="ada", judge="As a group", lasso=lasso_text(HALF))
    assert "Back to the map" in [link.label for link in app.get("page_link")]
    app = visit(PAGE, run=run.id, annotator="ada", judge="As a group")
    assert "Back to the map" not in [link.label for link in app.get("page_link")]
