"""Relabel on tagged sentences: their entities are accepted, taken from the model, or edited."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import streamlit as st

from hamr.triage import SENTENCE_ISSUE_TYPES, entity_evidence_sentences, find_sentence_issues
from hamr.ui.relabel import spans
from hamr.ui.widgets.span_editor import About, Draft
from hamr.views.base.issue_signals import tag_statistics, word_signals
from hamr.views.base.sentence import sentence
from tests.fake_run import write_fake_token_run
from tests.ui.conftest import words
from tests.ui.relabelling import PAGE, press, said, shown, state_of


@pytest.fixture
def run(store):
    return write_fake_token_run(store)


@pytest.fixture
def page(visit, run):
    return visit(PAGE, run=run.id, annotator="ada", split="training")


def test_a_sentence_is_shown_with_its_words_and_all_layers(store, page, run):
    assert not page.exception
    assert not page.error
    given, row = editor(page), shown(page)
    assert given["words"] == run.rows().words(row)
    original = store.decisions(run.info.fingerprint).label(run.rows().ids([row])[0])
    found = sentence(run, 3, row)
    predicted = [[s.start, s.end, found.types[s.type]] for s in found.predicted]
    assert given["current"] == given["file"] == [list(span) for span in original]
    assert given["model"] == predicted


def test_next_to_the_sentence_is_which_words_are_doubted_and_why(page, run):
    issues = find_sentence_issues(tag_statistics(run), word_signals(run, 3))
    row = shown(page)
    order = issues.label_errors.order
    assert row == order[order < len(run.rows())][0]
    for evidence in entity_evidence_sentences(issues, row, run.rows().words(row), run.classes):
        assert evidence.replace("`", "") in said(page)


def test_sentences_of_one_diagnosis_are_shown_by_the_filter(visit, run):
    issues = find_sentence_issues(tag_statistics(run), word_signals(run, 3))
    rare = SENTENCE_ISSUE_TYPES.index("rare")
    app = visit(PAGE, run=run.id, annotator="ada", diagnosis="rare", show="all rows")
    assert issues.issue_type[shown(app)] == rare
    assert f"{(issues.issue_type == rare).sum()} in this queue" in progress_of(app)


def test_progress_counts_the_likely_errors(page, run):
    issues = find_sentence_issues(tag_statistics(run), word_signals(run, 3))
    likely = issues.label_errors.estimated_count
    assert f"{likely} of {likely} likely errors left" in progress_of(page)


def progress_of(app):
    """The text of the bar."""
    return " ".join(bar.proto.text for bar in app.get("progress"))


def test_the_entities_are_accepted_as_they_are(store, page, run):
    row = shown(page)
    app = press(page, "Accept these entities")
    assert state_of(store, run, row).judgements[0].accepts
    assert shown(app) != row


def test_the_models_entities_are_used(store, page, run):
    row = shown(page)
    found = sentence(run, 3, row)
    press(page, "Use the model's entities")
    expected = tuple((s.start, s.end, found.types[s.type]) for s in found.predicted)
    assert state_of(store, run, row).judgements[0].label == expected


def test_all_entities_of_a_sentence_can_be_removed(store, page, run):
    row = shown(page)
    press(page, "Remove all entities")
    assert state_of(store, run, row).judgements[0].label == ()


def send(monkeypatch, event, label, **changed):
    """Have the editor send a draft the next time it is drawn; AppTest has no browser."""
    pending, real = [event], spans.span_editor

    def drawn(view, *, key, on_save, on_everywhere):
        real(view, key=key, on_save=on_save, on_everywhere=on_everywhere)
        if pending:
            act = {"save": on_save, "everywhere": on_everywhere}[pending.pop()]
            act(Draft(replace(view.about, **changed), label, "sent-by-the-browser"))
            st.rerun()

    monkeypatch.setattr(spans, "span_editor", drawn)


def editor(app):
    """What the browser is given."""
    found = [
        json.loads(one.proto.mixed.json or one.proto.json) for one in app.get("bidi_component")
    ]
    return next(data for data in found if "words" in data)


def test_a_draft_is_saved_under_the_id_that_the_browser_sends(store, page, run, monkeypatch):
    row = shown(page)
    send(monkeypatch, "save", ((0, 2, "place"),))
    app = page.run()
    assert shown(app) != row
    state = state_of(store, run, row)
    assert state.judgements[0].label == ((0, 2, "place"),)
    (event,) = store.decisions(run.info.fingerprint).events()
    assert event.client_id == "sent-by-the-browser"
    assert editor(app)["saved"][-1] == "sent-by-the-browser"


def test_a_draft_that_is_sent_twice_counts_once(store, page, run, monkeypatch):
    send(monkeypatch, "save", ((0, 2, "place"),))
    page = page.run()
    row = shown(page)
    send(monkeypatch, "save", ((0, 2, "place"),))
    assert shown(page.run()) == row
    assert store.decisions(run.info.fingerprint).count == 1


def test_a_draft_of_another_row_or_version_is_not_saved_here(store, page, run, monkeypatch):
    send(monkeypatch, "save", ((0, 2, "place"),), base=7)
    page.run()
    assert store.decisions(run.info.fingerprint).count == 0


def test_accept_saves_the_draft_on_screen(store, page, run, monkeypatch):
    row = shown(page)
    draft = Draft(About(**editor(page)["about"]), ((1, 2, "place"),), "of the draft")
    monkeypatch.setattr(spans, "draft_of", lambda key, about: draft)
    press(page, "Accept these entities")
    assert state_of(store, run, row).judgements[0].label == ((1, 2, "place"),)


def test_a_new_type_can_be_made_on_the_words(store, page, run, monkeypatch):
    send(monkeypatch, "save", ((0, 1, "planet"),))
    assert "planet" in editor(page.run())["types"]


def test_entities_that_overlap_are_refused_with_their_words_counted_from_one(
    store, page, run, monkeypatch
):
    send(monkeypatch, "save", ((0, 2, "place"), (1, 3, "place")))
    app = page.run()
    assert not app.exception
    assert "words 2-3: place" in said(app)
    assert "overlaps the one before it, which ends with word 2" in said(app)
    assert editor(app)["refused"] == "sent-by-the-browser"


def test_the_history_quotes_the_words_of_entities(visit, page, run):
    row = shown(page)
    press(page, "Use the model's entities")
    app = visit(PAGE, run=run.id, annotator="ada", row=str(row))
    found = sentence(run, 3, row)
    first = found.text_of(found.predicted[0])
    assert f"“{first}” ({found.types[found.predicted[0].type]})" in words(app)


def test_without_a_name_the_sentence_is_only_read(visit, run):
    given = editor(visit(PAGE, run=run.id))
    assert given["readonly"].startswith("Enter your name first")
    assert given["words"]


def test_the_same_words_elsewhere_are_changed_as_one_action(store, page, run, monkeypatch):
    row, decisions = shown(page), store.decisions(run.info.fingerprint)
    old, new = one_more(page)
    send(monkeypatch, "everywhere", new)
    app = page.run()
    assert not app.exception
    (yes,) = [one for one in app.button if one.key == "everywhere-yes"]
    app = yes.click().run()
    events = decisions.events()
    assert len(events) > 1
    assert len({event.act_id for event in events}) == 1
    assert yes.label.startswith("Change ")
    assert events[0].row_id == run.rows().ids([row])[0]
    assert events[0].old == old
    assert set(new) <= set(events[0].new)  # the words may occur twice in the sentence
    press(app, "Undo")
    assert decisions.corrections().labels == {}


def one_more(page):
    """The entities of the sentence on screen, and with its first word outside them added."""
    given = editor(page)
    old = tuple(map(tuple, given["current"]))
    inside = {word for start, end, _ in old for word in range(start, end)}
    first = min(set(range(len(given["words"]))) - inside)
    return old, tuple(sorted((*old, (first, first + 1, "place"))))


def test_the_type_filter_goes_by_the_current_entities(visit, page, run):
    row = shown(page)
    press(page, "Remove all entities")
    app = visit(
        PAGE, run=run.id, annotator="ada", label="no entity", show="all rows", judge="As a group"
    )
    assert run.rows().ids([row])[0] in set(app.dataframe[0].value["id"])
