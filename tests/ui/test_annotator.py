"""The annotator's name on Relabel: given by people, not by a link; and two tabs of one person."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from hamr.ui.relabel.annotator import CONFIRMED
from tests.fake_run import write_fake_run
from tests.ui.conftest import ROOT, words
from tests.ui.relabelling import PAGE, button, press, shown


@pytest.fixture
def run(store):
    return write_fake_run(store)


@pytest.fixture
def by_link(store, run):
    """Open Relabel by a link with a name, in a browser that does not know it."""

    def open_it(name: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        app.switch_page(PAGE)
        app.query_params["run"], app.query_params["annotator"] = run.id, name
        return app.run()

    return open_it


def events(store, run):
    return store.decisions(run.info.fingerprint).events()


def test_a_link_does_not_prove_who_opens_it(store, run, by_link):
    app = by_link("ada")
    assert "This link says you are **ada**" in words(app)
    assert button(app, "Accept").disabled
    press(press(app, "Yes"), "Accept")
    assert [event.annotator for event in events(store, run)] == ["ada"]


def test_a_name_in_a_link_can_be_refused(by_link):
    app = press(by_link("ada"), "No")
    assert "Enter your name first" in words(app)
    assert not app.text_input(key="annotator").value
    assert not app.session_state[CONFIRMED]


def test_a_name_that_is_typed_needs_no_confirmation(visit, store, run):
    app = visit(PAGE, run=run.id).text_input(key="annotator").input("bob").run()
    assert "This link says" not in words(app)
    press(app, "Accept")
    assert [event.annotator for event in events(store, run)] == ["bob"]


def test_a_picture_for_a_name_is_shown_as_letters(by_link):
    app = by_link("![](http://127.0.0.1:9/x.png)")
    said = next(one.value for one in app.markdown if "This link says" in one.value)
    assert r"\!\[\]\(" in said


@pytest.mark.parametrize("name", ["Ada", "ada\u200b", "аda"])
def test_a_name_like_a_known_one_is_pointed_out_before_the_first_act(visit, run, name):
    press(visit(PAGE, run=run.id, annotator="ada"), "Accept")
    app = visit(PAGE, run=run.id, annotator=name)
    assert "looks like" in words(app)
    app = press(app, "I am")
    assert app.session_state[CONFIRMED] == "ada"
    assert "looks like" not in words(app)


def test_undo_says_when_the_newest_act_is_of_another_tab(visit, store, run):
    first = press(visit(PAGE, run=run.id, annotator="ada"), "Accept")
    second = visit(PAGE, run=run.id, annotator="ada")
    row = shown(second)
    press(second, "Accept")
    first = press(first, "Undo")
    assert "made in another tab" in words(first)
    assert len(events(store, run)) == 2
    first = press(first, "Undo")
    assert "Undone" in words(first)
    assert row == shown(first)


def test_acts_from_before_the_tab_was_opened_are_undone_at_once(visit, store, run):
    press(visit(PAGE, run=run.id, annotator="ada"), "Accept")
    app = press(visit(PAGE, run=run.id, annotator="ada"), "Undo")
    assert "Undone" in words(app)


def test_a_second_decision_says_that_there_was_one_in_another_tab(visit, store, run):
    first, second = (visit(PAGE, run=run.id, annotator="ada") for _ in range(2))
    assert shown(first) == shown(second)
    press(first, "Accept")
    app = press(second, "Unsure")
    assert "in another tab; the new decision replaces that one" in words(app)
    assert [event.kind for event in events(store, run)] == ["label", "unsure"]
