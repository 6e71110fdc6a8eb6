"""Keys on Relabel: one for each class, Enter for the suggestion, and keys of one's own."""

from __future__ import annotations

import json

import pytest

from hamr.ui.relabel import issues as relabel_triage
from hamr.ui.relabel.own_keys import change_key, reset_keys
from tests.clear_evidence import clear_evidence
from tests.fake_run import write_fake_run
from tests.ui.relabelling import PAGE, button, press, said, shown, state_of
from tests.views.test_queue import ROWS


@pytest.fixture
def run(store, monkeypatch):
    """A run whose first labels are wrong beyond doubt."""
    monkeypatch.setattr(relabel_triage, "neighbours_are_cached", lambda run: True)
    monkeypatch.setattr(relabel_triage, "neighbour_evidence_of", clear_evidence)
    return write_fake_run(store, rows=ROWS)


@pytest.fixture
def page(visit, run):
    return visit(PAGE, run=run.id, annotator="ada")


def bound(app) -> dict:
    """What each key presses, as the browser is told."""
    found = [
        json.loads(one.proto.mixed.json or one.proto.json) for one in app.get("bidi_component")
    ]
    return next(data["keys"] for data in found if "keys" in data)


def test_enter_takes_the_suggestion_where_the_label_is_probably_wrong(page, store, run):
    assert "estimated probability that the label is wrong" in said(page)
    keys = bound(page)
    take = button(page, "Take suggestion")
    assert keys["Enter"]["target"] == take.key
    assert keys["a"]["target"].startswith("accept-")
    row = shown(page)
    take.click().run()
    assert state_of(store, run, row).label != run.classes[run.rows().labels[row]]


def test_elsewhere_enter_accepts(visit, store, run):
    app = visit(PAGE, run=run.id, annotator="ada", diagnosis="unremarkable")
    assert bound(app)["Enter"]["target"].startswith("accept-")


def test_a_class_has_the_same_key_in_every_row_and_it_is_stored(page, store, run):
    def keys_of_classes(app) -> dict[str, str]:
        return {k: v["label"] for k, v in bound(app).items() if v["label"].startswith("give")}

    before = keys_of_classes(page)
    assert keys_of_classes(press(page, "Accept")) == before
    stored = store.preferences.get("keys.classes", fingerprint=run.info.fingerprint)
    assert stored[run.classes[0]] == "1"


def test_an_annotators_own_keys_are_theirs_alone_and_can_be_reset(visit, store, run):
    decisions = store.decisions(run.info.fingerprint)
    change_key(decisions, "ada", "accept", "x", of_class=False)
    change_key(decisions, "ada", run.classes[1], "w", of_class=True)
    keys = bound(visit(PAGE, run=run.id, annotator="ada"))
    assert keys["x"]["label"] == "accept the label"
    assert keys["w"]["label"] == f"give {run.classes[1]}"
    assert "a" not in keys
    assert bound(visit(PAGE, run=run.id, annotator="bob"))["a"]["label"] == "accept the label"
    reset_keys(decisions, "ada")
    assert "a" in bound(visit(PAGE, run=run.id, annotator="ada"))
