"""Relabel on tagged sentences: their entities are accepted, taken from the model, or edited."""

from __future__ import annotations

import pytest

from hamr.triage import SENTENCE_ISSUE_TYPES, entity_evidence_sentences, find_sentence_issues
from hamr.views.base.sentence import sentence
from hamr.views.relabel.issues import tag_statistics, word_signals
from tests.fake_run import write_fake_token_run
from tests.ui.conftest import words
from tests.ui.relabelling import PAGE, button, press, said, shown, state_of


@pytest.fixture
def run(store):
    return write_fake_token_run(store)


@pytest.fixture
def page(visit, run):
    return visit(PAGE, run=run.id, annotator="ada")


def test_a_sentence_is_shown_with_its_entities_and_numbered_words(page, run):
    assert not page.exception
    assert not page.error
    own = run.rows().words(shown(page))
    page = press(page, "Edit entities")
    assert f"1 {own[0]}   2 {own[1]}" in words(page)
    assert [one for one in page.get("html") if 'class="hs"' in one.proto.body]


def test_next_to_the_sentence_is_which_words_are_doubted_and_why(page, run):
    issues = find_sentence_issues(tag_statistics(run), word_signals(run, 3))
    row = shown(page)
    assert row == issues.label_errors.order[0]
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


def edit(page, monkeypatch, change):
    """The page with an edited table; AppTest can't edit one."""
    import streamlit as st

    real = st.data_editor
    monkeypatch.setattr(st, "data_editor", lambda table, **kw: change(real(table, **kw)))
    return press(page, "Edit entities")


def test_entities_are_edited_in_the_table(store, page, run, monkeypatch):
    row = shown(page)

    def change(table):
        table = table.iloc[:0].copy()
        table.loc[0] = [1, 3, "place", ""]
        return table

    app = edit(page, monkeypatch, change)
    press(app, "Save these entities")
    assert state_of(store, run, row).judgements[0].label == ((0, 3, "place"),)


def test_a_table_with_a_mistake_is_explained_below_it(page, monkeypatch):
    def change(table):
        table = table.iloc[:0].copy()
        table.loc[0] = [3, 99, "place", ""]
        return table

    app = edit(page, monkeypatch, change)
    assert not app.exception
    assert "not in this sentence" in words(app)


def test_while_the_table_is_edited_keys_are_its_own(page):
    assert button(page, "Accept these").proto.shortcut == "a"
    app = press(page, "Edit entities")
    assert not button(app, "Accept these").proto.shortcut
    assert not button(app, "Use the model").proto.shortcut
    assert not button(app, "Undo").proto.shortcut
    assert button(press(app, "Cancel"), "Accept these").proto.shortcut == "a"


def test_the_lines_below_a_sentence_follow_the_decisions(visit, page, run):
    row = shown(page)
    press(page, "Remove all entities")
    app = visit(PAGE, run=run.id, annotator="bob", row=str(row))
    (drawn,) = [one.proto.body for one in app.get("html") if 'class="hs"' in one.proto.body]
    assert 'class="g' not in drawn.split('class="hk"')[0]
    assert "the current entities, which people decided on" in words(app)


def test_the_type_filter_goes_by_the_current_entities(visit, page, run):
    row = shown(page)
    press(page, "Remove all entities")
    app = visit(
        PAGE, run=run.id, annotator="ada", label="no entity", show="all rows", judge="As a group"
    )
    assert run.rows().ids([row])[0] in set(app.dataframe[0].value["id"])
