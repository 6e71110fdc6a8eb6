"""The queue of unlabelled rows: attached, ordered by a strategy, labelled, undone, trained on."""

from __future__ import annotations

import pytest

from hamr.jobs.pool import attach_texts
from hamr.store.pools import Pool
from hamr.ui.relabel.attach import SAID
from hamr.ui.relabel.wording import decision_in_words
from tests.fake_run import write_fake_run
from tests.scored_pool import TEXTS, score_by_hand
from tests.ui.relabelling import PAGE, press, said

LINK = {"annotator": "ada", "split": "unlabelled", "strategy": "uncertain"}


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=60, epochs=2)


@pytest.fixture
def scored(store, run):
    """The run with six unlabelled rows, which its model finds the more certain the later."""
    attach_texts(store, run.info, TEXTS, "ada", "Try")
    score_by_hand(run)
    return run


def pool_row(app) -> int:
    row = app.query_params["pool"]
    return int(row if isinstance(row, str) else row[0])


def decisions_of(run):
    return run.store.decisions(run.info.fingerprint)


def test_without_rows_the_page_offers_to_attach_a_file(visit, run):
    app = visit(PAGE, run=run.id, **LINK)
    assert "No unlabelled rows are attached to this data" in said(app)
    assert app.get("file_uploader")


def test_rows_that_are_not_scored_yet_have_a_button_that_scores_them(store, visit, run):
    attach_texts(store, run.info, TEXTS, "ada", "Try")
    app = visit(PAGE, run=run.id, **LINK)
    assert "6 unlabelled rows must be embedded" in said(app)
    assert [one for one in app.button if one.label == "Score rows"]


def test_what_came_of_the_first_file_is_said_above_the_button_that_scores(store, visit, run):
    attach_texts(store, run.info, TEXTS, "ada", "Try")
    app = visit(PAGE, run=run.id, **LINK)
    app.session_state[SAID] = "6 unlabelled rows attached; 1 left out"
    assert "6 unlabelled rows attached; 1 left out." in said(app.run())
    assert "left out" not in said(app.run())


def test_the_strategy_orders_the_rows_and_says_what_it_does(visit, scored):
    app = visit(PAGE, run=scored.id, **LINK)
    assert pool_row(app) == 0 and TEXTS[0] in said(app)
    assert "two most probable classes are closest" in said(app)


def test_a_label_is_saved_with_its_strategy_and_the_next_row_comes(visit, scored):
    app = press(visit(PAGE, run=scored.id, **LINK), "class b")
    assert pool_row(app) != 0
    (event,) = [e for e in decisions_of(scored).events() if e.kind == "label"]
    assert (event.new, event.old, event.run) == ("class b", "", scored.id)
    assert event.evidence["strategy"] == "uncertain" and event.evidence["prediction"] == "class a"
    assert decisions_of(scored).corrections().added == {event.row_id: "class b"}
    assert decision_in_words("1", "label", "", "class b") == "row 1 labelled 'class b'"


def test_undo_takes_the_label_back_and_shows_the_row_again(visit, scored):
    app = press(press(visit(PAGE, run=scored.id, **LINK), "class b"), "Undo")
    assert pool_row(app) == 0
    assert not decisions_of(scored).corrections().added


def test_a_skipped_row_comes_last(visit, scored):
    app = press(visit(PAGE, run=scored.id, **LINK), "Skip")
    seen = [pool_row(app)]
    for _ in range(5):
        app = press(app, "Skip")
        seen.append(pool_row(app))
    assert seen[-1] == 0 and len({*seen}) == 6


def test_two_annotators_who_differ_make_a_conflict(visit, scored):
    row = Pool(decisions_of(scored)).row_id(0)
    press(visit(PAGE, run=scored.id, pool="0", **LINK), "class b")
    press(visit(PAGE, run=scored.id, pool="0", **LINK | {"annotator": "bob"}), "class c")
    assert decisions_of(scored).state(row).conflict
    assert not decisions_of(scored).corrections().added


def test_a_new_class_can_be_given(visit, scored):
    app = visit(PAGE, run=scored.id, **LINK)
    box = next(one for one in app.selectbox if one.label == "Another label")
    box.options.append("never used")  # what a browser lets people type, AppTest does not
    app = box.set_value("never used").run()
    press(app, "Create class never used")
    assert [*decisions_of(scored).corrections().added.values()] == ["never used"]


def test_when_all_rows_have_a_decision_the_page_says_so(visit, scored):
    app = visit(PAGE, run=scored.id, **LINK)
    for _ in TEXTS:
        app = press(app, "class b")
    assert "Every unlabelled row has a decision" in said(app)


def test_the_queue_of_labelled_rows_is_as_before(visit, scored):
    app = visit(PAGE, run=scored.id, annotator="ada")
    assert "pool" not in app.query_params
    press(app, "Accept")


def test_scores_over_labels_are_those_of_the_runs_on_the_data(visit, scored):
    app = visit(PAGE, run=scored.id, **LINK)
    app = next(one for one in app.expander if one.label.startswith("Scores over labels"))
    assert app is not None


def test_the_page_dataset_has_a_box_for_unlabelled_rows(visit, scored):
    app = visit("pages/1_Dataset.py", **{"from": "run", "run": scored.id})
    assert [one.label for one in app.expander if one.label == "Unlabelled rows"]


def test_attached_rows_can_be_removed_and_put_back(visit, scored):
    app = visit(PAGE, run=scored.id, **LINK)
    app = press(app, "Remove 6 rows")
    assert "6 unlabelled rows of Try removed" in said(app)
    assert "No unlabelled rows are attached to this data" in said(app)
    press(app, "Put them back")
    assert len(Pool(decisions_of(scored))) == 6


def test_what_a_link_asks_for_and_does_not_get_is_said(visit, scored):
    assert "There is no" not in said(visit(PAGE, run=scored.id, **LINK, pool="2"))
    app = visit(PAGE, run=scored.id, **{**LINK, "strategy": "zzz"}, pool="99")
    assert "There is no strategy 'zzz' for these rows" in said(app)
    assert "There is no unlabelled row '99': they are numbered 0 to 5." in said(app)
    assert pool_row(app) < 6


def test_a_choice_of_a_link_that_a_filter_lacks_is_said_and_not_counted(visit, run):
    app = visit(PAGE, run=run.id, annotator="ada", show="zzz", split="nowhere")
    assert "The filter *Show* has no choice 'zzz', so that it is not used." in said(app)
    assert "The filter *Split* has no choice 'nowhere'" in said(app)
    assert "Filters (" not in said(app)
    assert "has no choice" not in said(visit(PAGE, run=run.id, split="test", show="reviewed"))
