"""The page Relabel: one row at a time, each decision saved before the next row is shown."""

from __future__ import annotations

import numpy as np
import pytest

from hamr.decisions import new_id
from tests.decided import decide
from tests.fake_run import write_fake_run
from tests.ui.conftest import words
from tests.ui.relabelling import PAGE, button, press, said, shown, state_of


@pytest.fixture
def run(store):
    return write_fake_run(store)


@pytest.fixture
def page(visit, run):
    """The page, opened by ada."""
    return visit(PAGE, run=run.id, annotator="ada")


def hardest_first(run) -> list[int]:
    hardness, loss = run.signal("hardness", 3), run.signal("loss", 3)
    return np.lexsort((-loss, -hardness)).tolist()


def test_without_a_run_the_page_says_what_to_do(visit):
    app = visit(PAGE)
    assert not app.exception
    assert "No run yet" in words(app)


def test_the_most_doubtful_row_comes_first_with_its_text(page, run):
    assert not page.exception
    assert not page.error
    assert shown(page) == hardest_first(run)[0]
    assert run.rows().texts([shown(page)])[0] in [text.value for text in page.text]


def test_accept_saves_a_decision_and_shows_the_next_row(store, page, run):
    first, second = hardest_first(run)[:2]
    app = press(page, "Accept")
    state = state_of(store, run, first)
    assert state.label == run.classes[run.rows().labels[first]]
    assert state.judgements[0].accepts
    assert shown(app) == second
    assert "Saved: row" in said(app)


def test_a_decision_records_what_was_on_screen(store, page, run):
    row = shown(page)
    press(page, "Accept")
    event = store.decisions(run.info.fingerprint).events()[0]
    assert (event.annotator, event.run, event.epoch, event.base) == ("ada", run.id, 3, 0)
    assert event.row_id == run.rows().ids([row])[0]
    assert event.evidence["rank"] == 1
    assert event.evidence["sentences"]


def test_a_top_label_of_the_model_is_given(store, page, run):
    row = shown(page)
    top = run.arrays(3, ["top_classes"])["top_classes"][row]
    wanted = next(run.classes[c] for c in top if c != run.rows().labels[row])
    app = press(page, wanted)
    assert state_of(store, run, row).label == wanted
    assert shown(app) != row


def test_any_label_is_given_by_its_name(store, page, run):
    row = shown(page)
    box = next(one for one in page.selectbox if one.label == "Another label")
    app = box.set_value(run.classes[4]).run()
    assert state_of(store, run, row).label == run.classes[4]
    assert shown(app) != row


def test_unsure_is_saved_and_leaves_the_queue(store, page, run):
    row = shown(page)
    press(page, "Unsure")
    assert state_of(store, run, row).kind == "unsure"


def test_a_skipped_row_comes_again_at_the_end(store, visit, page, run):
    row = shown(page)
    app = press(page, "Skip")
    assert shown(app) == hardest_first(run)[1]
    assert state_of(store, run, row).kind == "skip"
    again = visit(PAGE, run=run.id, annotator="ada")
    assert shown(again) != row
    assert f"{280:,} in this queue" in str([p.proto.text for p in again.get("progress")])


def test_back_shows_the_row_before_and_its_decision(page, run):
    row = shown(page)
    app = press(press(page, "Accept"), "Back")
    assert shown(app) == row
    assert "ada: accepted as" in words(app)
    app = press(app, "Accept")
    assert shown(app) == hardest_first(run)[1]


def test_undo_reverts_the_last_act_and_redo_repeats_it(store, page, run):
    row = shown(page)
    app = press(press(page, "Accept"), "Undo")
    assert state_of(store, run, row).kind is None
    assert shown(app) == row
    assert "Undone: row" in said(app)
    app = press(app, "Redo")
    assert state_of(store, run, row).kind == "label"
    assert "Redone: row" in said(app)


def test_undo_goes_back_over_the_whole_session(store, page, run):
    app = page
    for _ in range(3):
        app = press(app, "Accept")
    for _ in range(3):
        app = press(app, "Undo")
    states = store.decisions(run.info.fingerprint).states()
    assert all(state.kind is None for state in states.values())
    assert shown(app) == hardest_first(run)[0]
    assert "nothing to undo" in words(press(app, "Undo"))


def test_without_a_name_nothing_can_be_decided_and_the_page_says_so(visit, run):
    app = visit(PAGE, run=run.id)
    assert button(app, "Accept").disabled
    assert "Enter your name first" in words(app)
    name = next(one for one in app.text_input if one.label == "Your name")
    app = name.set_value("ada").run()
    assert not button(app, "Accept").disabled


def test_a_new_class_is_made_only_on_purpose(store, page, run):
    row = shown(page)
    box = next(one for one in page.selectbox if one.label == "Another label")
    box.options.append("brand new")  # typed: AppTest can only choose
    app = box.set_value("brand new").run()
    assert state_of(store, run, row) is None
    press(app, "Create class brand new")
    assert state_of(store, run, row).label == "brand new"


def conflicting(store, run, row: int):
    decisions, row_id = store.decisions(run.info.fingerprint), run.rows().ids([row])[0]
    decide(decisions, row_id, run.classes[0], "ada")
    decide(decisions, row_id, run.classes[1], "bob", base=0)


def test_a_conflict_is_shown_with_who_said_what_and_resolved_by_one_more_act(store, visit, run):
    conflicting(store, run, 7)
    app = visit(PAGE, run=run.id, annotator="cleo", show="conflicts")
    assert shown(app) == 7
    assert "Annotators disagree" in words(app)
    assert f"ada: '{run.classes[0]}'" in words(app)
    assert f"bob: '{run.classes[1]}'" in words(app)
    app = press(app, f"Choose '{run.classes[1]}'")
    state = state_of(store, run, 7)
    assert (state.conflict, state.label, state.kind) == (False, run.classes[1], "resolve")
    assert "No conflicts" in words(app)


def test_a_decision_made_unseen_by_another_is_pointed_out(store, page, run):
    row = shown(page)
    decisions = store.decisions(run.info.fingerprint)
    # bob decides on the row while ada has it on screen
    decide(decisions, run.rows().ids([row])[0], run.classes[2], "bob")
    app = press(page, "Accept")
    assert "Meanwhile bob decided on this row too; all decisions are kept" in words(app)


def test_a_press_about_a_row_that_is_no_longer_shown_is_ignored(store, page, run, monkeypatch):
    from hamr.ui.relabel import row as relabel_row

    row = shown(page)
    monkeypatch.setattr(relabel_row, "new_id", new_id)
    page.session_state["relabel.seen"] = (("another", "ada", 0), "another")
    button(page, "Accept").click().run()
    assert state_of(store, run, row) is None


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"label": "class e"}, lambda run, rows: (run.rows().labels[rows] == 4).all()),
        ({"q": "text 19"}, lambda run, rows: len(rows) == 11),
        ({"diagnosis": "not hard"}, lambda run, rows: len(rows) == 160),
    ],
)
def test_filters_in_the_link_narrow_the_queue(visit, run, query, fits):
    app = visit(PAGE, run=run.id, annotator="ada", judge="As a group", split="training", **query)
    assert not app.exception
    ids = app.dataframe[0].value["id"]
    assert len(ids)
    assert fits(run, [run.rows().find(row_id) for row_id in ids])


def test_a_link_of_an_older_version_has_the_same_filters(store, visit, run):
    decide(store.decisions(run.info.fingerprint), run.rows().ids([5])[0], run.classes[1], "bob")
    app = visit(PAGE, run=run.id, annotator="ada", show="judged", reading="not hard")
    assert app.selectbox(key="show").value == "reviewed"
    assert app.selectbox(key="diagnosis").value == "not hard"
    assert "reading" not in app.query_params


def test_where_no_row_passes_the_page_says_so(visit, run):
    app = visit(PAGE, run=run.id, annotator="ada", q="zebra")
    assert not app.exception
    assert "Clear a filter" in words(app)


def test_a_row_in_the_link_is_shown_though_it_is_reviewed(store, visit, run):
    decide(store.decisions(run.info.fingerprint), run.rows().ids([5])[0], run.classes[1], "bob")
    app = visit(PAGE, run=run.id, annotator="ada", row="5")
    assert shown(app) == 5
    assert f"Label: {run.classes[1]} (originally" in words(app)


def opened(app):
    """The page with its section on impact open; AppTest can't open it."""
    app.session_state["effect"] = True
    return app.run()


def test_changed_labels_are_counted(store, visit, run):
    row = int(np.flatnonzero(run.rows().labels == 0)[0])
    decide(store.decisions(run.info.fingerprint), run.rows().ids([row])[0], "class e", "bob")
    app = opened(visit(PAGE, run=run.id, annotator="ada"))
    assert "1 training label changed" in words(app)
    table = app.dataframe[-1].value.set_index("class")
    assert table.loc["class e", "change"] == 1
    assert table.loc["class a", "change"] == -1


def test_retraining_queues_a_run_on_the_corrected_rows(store, visit, run):
    row = int(np.flatnonzero(run.rows().labels == 0)[0])
    decide(store.decisions(run.info.fingerprint), run.rows().ids([row])[0], "class e", "bob")
    app = press(opened(visit(PAGE, run=run.id, annotator="ada")), "Retrain on current labels")
    (queued,) = store.queue()
    assert queued.rows().labels[row] == 4
    assert f"{queued.info.name} is queued".replace("-", "\\-") in words(app)  # as Markdown


def test_agreement_of_annotators_is_shown(store, visit, run):
    decisions = store.decisions(run.info.fingerprint)
    for row_id in run.rows().ids([1, 2]):
        decide(decisions, row_id, "class b", "ada")
        decide(decisions, row_id, "class b", "bob", base=0)  # had it open too
    app = opened(visit(PAGE, run=run.id, annotator="ada"))
    assert "Agreement on 2 rows" in words(app)
