"""An act that can't be saved stays, says why, and is sent again with the same client id."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from time import monotonic

import pytest
import streamlit as st

from hamr.errors import BusyError, GoneError
from hamr.store import Decisions
from hamr.store.database import BUSY_SECONDS
from hamr.ui.relabel import act as relabel_act
from hamr.ui.relabel import unsaved_acts
from hamr.ui.relabel.unsaved import drop, keep, unsaved
from tests.fake_run import write_fake_run
from tests.ui.conftest import words
from tests.ui.relabelling import PAGE, button, press, shown, state_of


@pytest.fixture
def run(store):
    return write_fake_run(store)


@pytest.fixture
def page(visit, run):
    return visit(PAGE, run=run.id, annotator="ada")


@pytest.fixture(autouse=True)
def nothing_is_sent_by_itself(monkeypatch):
    """However slowly a page opens here, only who is asked to sends an act again."""
    monkeypatch.setattr(unsaved_acts, "PAUSE", 3_600.0)


@pytest.fixture
def failing(monkeypatch):
    """Makes `record` fail that many times; what was sent, in `sent`."""
    real = Decisions.record
    sent = []

    def fail(times: int, *, after: bool = False, error=BusyError) -> list:
        def record(self, decisions):
            sent.append([one.client_id for one in decisions])
            if len(sent) > times:
                return real(self, decisions)
            if after:  # kept, but the answer is lost
                real(self, decisions)
            raise error("the database is locked by another process: wait for it")

        monkeypatch.setattr(Decisions, "record", record)
        return sent

    return fail


def test_an_act_that_is_not_saved_stays_on_screen_with_its_reason(store, page, run, failing):
    failing(99)
    row = shown(page)
    app = press(page, "Accept")
    assert shown(app) == row
    assert "Not saved yet: row" in words(app).replace("\\", "")
    assert "locked by another process" in words(app)
    assert button(app, "Accept").disabled
    assert "not saved yet" in words(app)
    assert state_of(store, run, row) is None


def test_it_is_sent_again_with_the_same_client_id(store, page, run, failing):
    sent = failing(1)
    row = shown(page)
    app = press(press(page, "Accept"), "Try again")
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert state_of(store, run, row).kind == "label"
    assert shown(app) != row
    assert "Not saved yet" not in words(app)


def test_clearing_every_cache_loses_no_unsaved_act(store, visit, page, run, failing):
    sent = failing(1)
    row = shown(page)
    press(page, "Accept")
    st.cache_resource.clear()
    st.cache_data.clear()
    app = visit(PAGE, run=run.id, annotator="ada")
    assert "Not saved yet" in words(app)
    press(app, "Try again")
    assert sent[0] == sent[1]
    assert state_of(store, run, row).kind == "label"


def test_two_tabs_that_send_the_same_acts_drop_none_unsaved(store, page, run, failing):
    failing(1)
    press(page, "Accept")
    (first,) = unsaved("ada")
    keep(replace(first, client_id="second"))
    drop(first)
    drop(first)  # as by another tab, which had sent it too
    assert [act.client_id for act in unsaved("ada")] == ["second"]


def test_an_act_whose_answer_was_lost_counts_once(store, page, run, failing):
    failing(1, after=True, error=GoneError)
    row = shown(page)
    press(press(page, "Accept"), "Try again")
    assert len(store.decisions(run.info.fingerprint).events()) == 1
    assert state_of(store, run, row).kind == "label"


def test_it_is_sent_again_by_itself(store, page, run, failing, monkeypatch):
    failing(1)
    monkeypatch.setattr(unsaved_acts, "PAUSE", 0.0)
    row = shown(page)
    app = press(page, "Accept")  # sent, not kept, and sent again while the page is drawn
    assert state_of(store, run, row).kind == "label"
    assert shown(app) != row


def test_it_is_there_again_when_the_page_was_left(visit, page, run, failing):
    failing(99)
    press(page, "Accept")
    app = visit(PAGE, run=run.id, annotator="ada")  # a session of its own, as after a reload
    assert "Not saved yet" in words(app)
    assert "Not saved yet" not in words(visit(PAGE, run=run.id, annotator="bob"))


def test_it_can_be_discarded(store, page, run, failing):
    failing(99)
    row = shown(page)
    app = press(press(page, "Accept"), "Discard")
    assert "Not saved yet" not in words(app)
    assert not button(app, "Accept").disabled
    assert state_of(store, run, row) is None


def test_an_act_that_can_never_be_saved_is_refused_with_a_sentence(store, page, run, monkeypatch):
    row = shown(page)
    monkeypatch.setattr("hamr.ui.relabel.row.text_hash", lambda text: "another text")
    app = press(page, "Accept")
    assert "it has changed since" in words(app)
    assert shown(app) == row
    assert state_of(store, run, row) is None


def test_a_locked_database_is_reported_after_seconds_and_the_act_saved_once_it_is_free(
    store, page, run, monkeypatch
):
    monkeypatch.setattr(relabel_act, "PERSON_SECONDS", 0.3)
    row = shown(page)
    with closing(sqlite3.connect(store.home / "hamr.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begin = monotonic()
        app = press(page, "Accept")
        assert monotonic() - begin < BUSY_SECONDS
        other.execute("ROLLBACK")
    assert "Not saved yet: row" in words(app).replace("\\", "")
    press(app, "Try again")
    assert len(store.decisions(run.info.fingerprint).events()) == 1
    assert state_of(store, run, row).kind == "label"
