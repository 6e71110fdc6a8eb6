"""Several people on the page Relabel: classes, guidelines, comments, blind mode, settling."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from hamr.store import Team
from hamr.ui.relabel.annotator import CONFIRMED
from tests.decided import decide
from tests.fake_run import write_fake_run
from tests.ui.relabelling import PAGE, button, press, said, shown, state_of

A, B = "class a", "class b"


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=60)


@pytest.fixture
def decisions(store, run):
    return store.decisions(run.info.fingerprint)


@pytest.fixture
def team(decisions):
    return Team(decisions)


@pytest.fixture
def dialog(run):
    """What a dialog holds, as a page of its own: dialog("classes:classes_section")."""

    def open_it(section: str) -> AppTest:
        def page(fingerprint: str, section: str) -> None:
            from importlib import import_module

            from hamr.ui.relabel.last_act import show_report
            from hamr.ui.shell.server import store

            module, name = section.split(":")
            body = getattr(import_module(f"hamr.ui.relabel.{module}"), name)
            show_report()
            body(store().decisions(fingerprint), "ada")

        app = AppTest.from_function(page, args=(run.info.fingerprint, section), default_timeout=120)
        app.session_state[CONFIRMED] = "ada"
        return app.run()

    return open_it


def field(elements, label: str):
    return next(one for one in elements if one.label == label)


def test_a_class_is_renamed_after_a_look_at_what_will_change(dialog, decisions):
    rows = Team(decisions).row_counts()[A]
    app = dialog("classes:classes_section")
    app = field(app.text_input, "New name").set_value("refund").run()
    assert f"{rows} rows will read **refund**" in said(app)
    app = field(app.text_input, "Reason").set_value("clearer").run()
    app = press(app, "Rename")
    assert decisions.names()[0] == "refund" and f"{rows} rows changed" in said(app)
    (act,) = Team(decisions).acts()
    assert (act.event.annotator, act.why) == ("ada", "clearer")


def test_an_act_that_makes_no_sense_is_refused_beside_its_button(dialog, decisions):
    app = dialog("classes:classes_section")
    app = field(app.text_input, "New name").set_value(B).run()
    app = press(app, "Rename")
    assert "merge 'class a' into 'class b'" in said(app) and decisions.count == 0


def test_a_class_is_retired_reinstated_and_the_act_undone(dialog, decisions):
    app = dialog("classes:classes_section")
    app = app.segmented_control(key="act-kind").set_value("Retire").run()
    app = press(app, "Retire")
    assert A not in decisions.names()
    app = dialog("classes:classes_section")
    press(app, "Undo")
    assert A in decisions.names()


def test_a_guideline_is_written_seen_as_it_will_look_and_restored(dialog, decisions, team):
    team.write_guideline(A, "first", "bob")
    team.write_guideline(A, "second", "bob")
    app = dialog("classes:classes_section")
    app = app.segmented_control(key="act-kind").set_value("Guideline").run()
    app = field(app.text_area, "Guideline").set_value("**bold** <b>no</b>").run()
    assert "<b>" not in "".join(one.value for one in app.markdown)
    press(app, "Save guideline")
    app = dialog("classes:classes_section")
    app = app.segmented_control(key="act-kind").set_value("Guideline").run()
    press(app, "Restore this version")  # the newest of the earlier ones
    assert [one.text for one in team.guideline_versions(A)][-2:] == ["**bold** <b>no</b>", "second"]


def test_guidelines_are_shown_beside_the_buttons_until_they_are_hidden(visit, run, team):
    team.write_guideline(A, "money *back*", "bob")
    app = visit(PAGE, run=run.id, annotator="ada")
    assert "money" not in said(app)
    app = press(app, "Guidelines")
    assert "money *back*" in said(app)
    assert "money" not in said(press(app, "Guidelines"))


def test_buttons_have_the_present_names_of_the_models_classes(visit, run, team):
    for name in run.classes:
        team.act("rename", name, "bob", to=name.replace("class", "kind"))
    app = visit(PAGE, run=run.id, annotator="ada")
    labels = [one.label for one in app.button]
    assert not any("class" in label.split("·")[0] for label in labels if "·" in label)
    row = shown(app)
    press(app, "Accept: kind")
    assert state_of(run.store, run, row).label.startswith("kind")


def test_a_retired_class_is_named_on_its_rows_and_these_are_to_be_reviewed(visit, run, team):
    row_id = run.rows().ids([int((run.rows().labels == 0).nonzero()[0][0])])[0]
    decide(team._decisions, row_id, A)
    team.act("retire", A, "bob", why="too vague")
    app = visit(PAGE, run=run.id, annotator="ada", show="with a retired label", q=row_id)
    assert "retired by bob" in said(app) and "too vague" in said(app)
    assert run.rows().ids([shown(app)])[0] == row_id
    app = press(app, "Accept")
    assert "retired by bob" in "".join(error.value for error in app.error)


def test_comments_are_added_answered_and_resolved(visit, run, team):
    app = visit(PAGE, run=run.id, annotator="ada")
    row_id = run.rows().ids([shown(app)])[0]
    field(app.text_area, "Add a comment").set_value("why <b>this</b>?")
    field(app.text_input, "Words it is about (optional)").set_value("1-2")
    app = press(app, "Add comment")
    (thread,) = team.comments_on(row_id)
    assert thread.span == (0, 2)
    assert "why <b>this</b>?" in [text.value for text in app.text]  # as text
    field(app.text_input, "Reply").set_value("because")
    app = press(app, "Reply")
    app = press(app, "Resolve")
    (thread,) = team.comments_on(row_id)
    assert [one.text for one in thread.shown] == ["why <b>this</b>?", "because"]
    assert not thread.open and "Resolved by ada" in said(app)


def test_words_that_are_no_numbers_are_refused(visit, run, team):
    app = visit(PAGE, run=run.id, annotator="ada")
    field(app.text_area, "Add a comment").set_value("hm")
    field(app.text_input, "Words it is about (optional)").set_value("the first")
    app = press(app, "Add comment")
    assert "names no words" in "".join(one.value for one in app.error) and not team.threads()


def test_rows_are_found_by_their_comments(visit, run, team):
    row_id = run.rows().ids([7])[0]
    team.comment(row_id, "Ask the bank", "bob")
    for query in ({"q": "the BANK"}, {"show": "with open comments"}):
        app = visit(PAGE, run=run.id, annotator="ada", **query)
        assert shown(app) == 7 and "Ask the bank" in said(app)


def test_in_blind_mode_no_label_or_comment_of_others_is_shown_before_ones_own(
    visit, run, decisions, team
):
    row_id = run.rows().ids([5])[0]
    other = next(n for n in run.classes[::-1] if n != decisions.rows.original(row_id))
    team.set_blind(True, "bob")
    decide(decisions, row_id, other, "bob")
    team.comment(row_id, f"surely {other}", "bob")
    app = visit(PAGE, run=run.id, annotator="ada", row="5")
    assert "surely" not in said(app) and "bob:" not in said(app)
    assert f"Label: {decisions.rows.original(row_id)}" in said(app)
    assert "1 comment of others can be read after your own decision" in said(app)
    press(app, "Accept")
    app = visit(PAGE, run=run.id, annotator="ada", row="5")
    assert "surely" in said(app) and "Annotators disagree" in said(app)
    assert decisions.events()[-1].evidence["blind"] is True


def test_blind_mode_is_turned_on_in_its_dialog_and_off_only_by_the_same_person(
    dialog, decisions, team
):
    press(dialog("together:together_section"), "Turn blind mode on")
    assert decisions.rules.blind_by == "ada"
    team.set_blind(False, "ada")
    team.set_blind(True, "bob")
    app = press(dialog("together:together_section"), "Turn blind mode off")
    assert "bob turned blind mode on" in said(app) and decisions.rules.blind


def test_who_may_settle_is_named_in_the_dialog(dialog, decisions):
    app = dialog("together:together_section")
    app = field(app.radio, "Who may settle").set_value("Only these people").run()
    app = field(app.multiselect, "People").set_value(["ada"]).run()
    press(app, "Save who may settle")
    assert decisions.rules.settlers == ("ada",)


def test_a_conflict_is_settled_only_by_those_who_may(visit, run, decisions, team):
    row_id = run.rows().ids([5])[0]
    decide(decisions, row_id, A, "bob")
    decide(decisions, row_id, B, "cem")
    team.set_settlers(["bob"], "bob")
    app = visit(PAGE, run=run.id, annotator="ada", row="5")
    assert button(app, "Choose").disabled and "Only bob may choose the final label" in said(app)
    app = visit(PAGE, run=run.id, annotator="bob", row="5")
    press(app, "Choose")
    assert not decisions.state(row_id).conflict


def test_undo_says_which_class_act_it_took_back(visit, run, team, decisions):
    team.act("rename", A, "ada", to="refund")
    app = press(visit(PAGE, run=run.id, annotator="ada"), "Undo")
    if "another tab" in said(app):
        app = press(app, "Undo")
    assert "Undone: rename 'class a' to 'refund'" in said(app) and A in decisions.names()
