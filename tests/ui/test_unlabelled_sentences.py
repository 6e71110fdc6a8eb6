"""The queue of unlabelled sentences: the model's entities are on the words, accepted or edited."""

from __future__ import annotations

from dataclasses import replace

import pytest
import streamlit as st

from hamr.jobs.again import retrain
from hamr.jobs.pool import attach_texts
from hamr.store.pools import Pool
from hamr.ui.relabel import proposed, spans
from hamr.ui.widgets.span_editor import About, Draft
from tests.fake_run import write_fake_token_run
from tests.scored_pool import SENTENCES, score_sentences_by_hand
from tests.ui.relabelling import PAGE, press, said
from tests.ui.test_relabel_sentences import editor
from tests.ui.test_relabel_unlabelled import pool_row

LINK = {"annotator": "ada", "split": "unlabelled", "strategy": "uncertain"}
PROPOSED = ((2, 4, "person"),)  # of every sentence, see `score_sentences_by_hand`


@pytest.fixture
def run(store):
    return write_fake_token_run(store, rows=40, epochs=2)


@pytest.fixture
def scored(store, run):
    attach_texts(store, run.info, SENTENCES, "ada", "new.txt")
    score_sentences_by_hand(run)
    return run


def decisions_of(run):
    return run.store.decisions(run.info.fingerprint)


def test_without_rows_the_page_offers_to_attach_a_file_of_sentences(visit, run):
    app = visit(PAGE, run=run.id, **LINK)
    assert "Attach a file of sentences" in said(app)
    assert app.get("file_uploader")[0].label == "A file of sentences without tags"


def test_the_most_uncertain_sentence_comes_first_with_its_entities_in_place(visit, scored):
    app = visit(PAGE, run=scored.id, **LINK)
    given = editor(app)
    assert pool_row(app) == 0 and given["words"] == SENTENCES[0].split()
    assert given["current"] == given["model"] == [[2, 4, "person"]] and given["alone"]
    assert "“Ada” (0.10)" in said(app) and "higher than that of 83 %" in said(app)
    assert "they have no predictions over the epochs" in said(app)
    assert not app.error


def test_one_key_accepts_the_proposed_entities_and_the_next_sentence_comes(visit, scored):
    app = press(visit(PAGE, run=scored.id, **LINK), "Accept these entities")
    assert pool_row(app) == 1
    (event,) = [e for e in decisions_of(scored).events() if e.kind == "label"]
    assert (event.new, event.old) == (PROPOSED, "")
    assert event.evidence["prediction"] == [[2, 4, "person"]]
    assert event.evidence["strategy"] == "uncertain" and event.evidence["uncertainty"] > 0.1
    assert decisions_of(scored).corrections().added == {event.row_id: PROPOSED}
    assert "“Ada Lovelace” (person)" in said(app)


def test_the_accepted_sentence_is_trained_on(store, visit, scored):
    press(visit(PAGE, run=scored.id, **LINK), "Accept these entities")
    rows = retrain(store, scored.id)[0].rows()
    assert rows.words(40) == SENTENCES[0].split() and rows.tags(40).tolist() == [0, 0, 3, 4, 0]


def test_a_draft_is_accepted_in_the_place_of_the_proposal(visit, scored, monkeypatch):
    app = visit(PAGE, run=scored.id, **LINK)
    draft = Draft(About(**editor(app)["about"]), ((2, 3, "place"),), "of the draft")
    monkeypatch.setattr(proposed, "draft_of", lambda key, about: draft)
    press(app, "Accept these entities")
    assert [*decisions_of(scored).corrections().added.values()] == [((2, 3, "place"),)]


def test_a_draft_that_the_browser_saves_is_kept_once(visit, scored, monkeypatch):
    app, real, pending = visit(PAGE, run=scored.id, **LINK), spans.span_editor, [True]

    def drawn(view, *, key, on_save, on_everywhere):
        real(view, key=key, on_save=on_save, on_everywhere=on_everywhere)
        if pending:
            pending.pop()
            on_save(Draft(replace(view.about), ((0, 1, "person"),), "sent-by-the-browser"))
            st.rerun()

    monkeypatch.setattr(spans, "span_editor", drawn)
    app = app.run()
    assert pool_row(app) == 1 and editor(app)["saved"][-1] == "sent-by-the-browser"
    assert [*decisions_of(scored).corrections().added.values()] == [((0, 1, "person"),)]


def test_all_entities_can_be_removed_and_undo_brings_the_sentence_back(visit, scored):
    app = press(visit(PAGE, run=scored.id, **LINK), "Remove all entities")
    assert [*decisions_of(scored).corrections().added.values()] == [()]
    app = press(app, "Undo")
    assert pool_row(app) == 0 and not decisions_of(scored).corrections().added
    assert editor(app)["current"] == [[2, 4, "person"]]


def test_a_sentence_with_a_label_shows_that_and_not_the_proposal(visit, scored):
    press(visit(PAGE, run=scored.id, **LINK), "Remove all entities")
    app = visit(PAGE, run=scored.id, pool="0", **LINK)
    assert editor(app)["current"] == [] and editor(app)["model"] == [[2, 4, "person"]]
    assert "Label: no entity" in said(app)


def test_annotators_who_differ_make_a_conflict_whose_words_are_those_of_the_sentence(visit, scored):
    press(visit(PAGE, run=scored.id, pool="0", **LINK), "Accept these entities")
    bob = LINK | {"annotator": "bob"}
    press(visit(PAGE, run=scored.id, pool="0", **bob), "Remove all entities")
    row = Pool(decisions_of(scored)).row_id(0)
    assert decisions_of(scored).state(row).conflict
    app = visit(PAGE, run=scored.id, pool="0", **bob)
    assert "ada: “Ada Lovelace” (person)" in said(app)


def test_only_strategies_for_sentences_are_offered(visit, scored):
    app = visit(PAGE, run=scored.id, **LINK | {"strategy": "balanced"})
    box = next(one for one in app.selectbox if one.label == "Strategy")
    assert box.options == [
        "Uncertain first", "Hard regions first", "Rare classes first", "Diverse", "Random"
    ]  # fmt: skip
    assert box.value == "random"


@pytest.mark.parametrize("strategy", ["hard", "rare", "diverse", "random"])
def test_each_strategy_shows_a_sentence(visit, scored, strategy):
    app = visit(PAGE, run=scored.id, **LINK | {"strategy": strategy})
    assert editor(app)["words"] and not app.error


def test_the_page_dataset_shows_what_is_attached_and_takes_more(visit, scored):
    app = visit("pages/1_Dataset.py", **{"from": "run", "run": scored.id})
    assert [one.label for one in app.expander if one.label == "Unlabelled rows"]


def test_scores_over_labels_are_those_of_the_types(store, scored):
    from hamr.views.relabel.learning import points

    (point,) = points(store, scored)
    assert len(point.predictions) == len(scored.final().tags["test"])
    assert {*point.predictions} <= {"O", *(f"{m}-{t}" for m in "BI" for t in scored.info.scored)}
    rarest = scored.final().test.f1[scored.info.scored.index("place")]
    assert point.rare_f1 == pytest.approx(float(rarest))
