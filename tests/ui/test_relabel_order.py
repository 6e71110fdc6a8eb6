"""The queue follows the decisions when asked, and nobody loses their place."""

from __future__ import annotations

import pytest

from hamr.data import corrected
from hamr.store.tables import RunRow
from hamr.ui.relabel import issues as relabel_triage
from tests.fake_run import write_fake_run
from tests.ui.conftest import words
from tests.ui.relabelling import PAGE, button, press, shown
from tests.views.test_queue import ROWS, around


@pytest.fixture
def run(store, monkeypatch):
    """A run whose neighbours are known."""
    monkeypatch.setattr(relabel_triage, "neighbours_are_cached", lambda run: True)
    monkeypatch.setattr(relabel_triage, "neighbour_evidence_of", around)
    return write_fake_run(store, rows=ROWS)


@pytest.fixture
def page(visit, run):
    return visit(PAGE, run=run.id, annotator="ada")


def give(app, run, label: int):
    """Relabel the row on screen."""
    own = run.rows().labels[shown(app)]
    name = run.classes[label if label != own else label - 1]
    box = next(one for one in app.selectbox if one.label == "Another label")
    return box.set_value(name).run()


def test_there_is_nothing_to_rank_by_before_a_label_changes(page):
    assert "Ranked by the labels the run was trained on" in words(page)
    app = press(page, "Accept")
    assert button(app, "Re-rank").disabled
    assert "Since ranking: 1 decision, no label changed." in words(app)


def test_the_order_stays_until_ranking_again_is_asked_for(page, run):
    app = give(page, run, 4)
    app = give(app, run, 4)
    assert "Since ranking: 2 decisions, 2 labels changed" in words(app)
    assert "order" not in app.query_params


def test_the_row_on_screen_stays_and_the_queue_starts_from_the_top_after_it(
    store, visit, page, run
):
    app = give(give(page, run, 4), run, 4)
    app = press(press(app, "Skip"), "Skip")
    row = shown(app)
    app = press(app, "Re-rank")
    assert shown(app) == row
    assert "Ranked by all corrections" in words(app)
    assert button(app, "Re-rank").disabled
    app = press(app, "Accept")
    assert store.decisions(run.info.fingerprint).events()[-1].evidence["order"] == 4
    fresh = visit(PAGE, run=run.id, annotator="ada", order="4")
    assert shown(app) == shown(fresh)


def test_a_link_names_the_decisions_that_the_order_follows(visit, page, run):
    app = press(give(page, run, 4), "Re-rank")
    version = app.query_params["order"]
    other = visit(PAGE, run=run.id, annotator="bob", order=version[0])
    assert "Ranked by all corrections" in words(other)


def test_an_order_by_a_decision_that_is_not_there_is_refused(visit, run):
    app = visit(PAGE, run=run.id, annotator="ada", order="99")
    assert "There is no decision '99' to rank by" in words(app)
    assert "order" not in app.query_params


def test_the_impact_counts_likely_label_errors(page, run):
    app = give(page, run, 4)
    app.session_state["effect"] = True
    assert "in the labels the run was trained on" in words(app.run())
    assert "of them not yet reviewed" in words(app)


def test_a_run_on_corrected_rows_shows_and_shares_their_decisions(store, visit, page, run):
    row = shown(page)
    give(page, run, 4)
    again = write_fake_run(store, dataset=corrected_of(store, run), name="again")
    with store.database.write() as session:
        session.get_one(RunRow, again.id).parent = run.id
        session.get_one(RunRow, again.id).origin = run.info.fingerprint
        session.get_one(RunRow, again.id).origin_version = 1
    app = visit(PAGE, run=again.id, annotator="bob", row=str(row))
    assert "ada: changed from" in words(app)
    assert "Ranked by the labels the run was trained on" in words(app)
    app = press(app, "Accept")
    assert {e.annotator for e in store.decisions(run.info.fingerprint).events()} == {"ada", "bob"}
    app.session_state["effect"] = True
    app = app.run()
    assert f"trained on the rows of {run.info.name}" in words(app)
    assert "0 training labels changed" in words(app)


def corrected_of(store, run):
    return corrected(run.dataset(), store.decisions(run.info.fingerprint).corrections("train"))
