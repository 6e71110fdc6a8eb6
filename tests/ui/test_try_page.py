"""The page Try, over a helper process whose model is a double."""

import sys

import numpy as np
import pytest

from hamr.jobs import helper as helpers
from hamr.jobs.helper import Helper
from hamr.jobs.neighbour_evidence import _key
from hamr.jobs.trying import answers
from hamr.ui.try_texts import asking, page
from hamr.views.base.all_rows import AllRows
from tests.fake_run import write_fake_run, write_fake_token_run
from tests.jobs.helper_double import meaning
from tests.ui.conftest import words

PAGE = "pages/9_Try.py"
DOUBLE = [sys.executable, "-m", "tests.jobs.helper_double"]


def embedded(run):
    texts = AllRows.of(run).texts(np.arange(len(AllRows.of(run))))
    run.store.cache.put("keys", _key(run), np.frombuffer(b"key", np.uint8))
    run.store.cache.put("embeddings", "key", np.stack([meaning(text) for text in texts]))
    return run


@pytest.fixture
def run(store):
    """A finished run whose rows the double has embedded."""
    return embedded(write_fake_run(store))


@pytest.fixture
def sentences(store):
    return embedded(write_fake_token_run(store))


@pytest.fixture(autouse=True)
def helper(store, monkeypatch):
    """A helper process with the double, which answers while the page waits."""
    helper = Helper(store.home, command=DOUBLE, seconds=60)
    monkeypatch.setitem(helpers._helpers, store.home, helper)
    monkeypatch.setattr(asking, "SOON", 60.0)
    monkeypatch.setattr(answers, "_asked", type(answers._asked)())
    yield helper
    helper.close()


def html(app):
    return "\n".join(one.proto.body for one in app.get("html"))


def test_a_text_has_its_probabilities_words_and_nearest_rows(run, visit):
    app = visit(PAGE, run=run.id, texts="aaa bb c")
    assert not app.exception
    assert [one.value for one in app.error] == []
    assert "class a, 48 %" in words(app).replace("\\", "")
    assert len(app.get("plotly_chart")) == 1
    assert 'class="f"' in html(app)
    assert len([link for link in app.get("page_link") if link.proto.label == "Relabel"]) == 5
    assert "similarity" in words(app)


def test_an_edit_shows_both_predictions_and_frames_what_changed(run, visit):
    app = visit(PAGE, run=run.id, texts="aaa bb c", edited="aaa bbbbbb c")
    assert not app.exception
    assert "class b" in words(app)
    assert "Before the change: class a" in words(app)
    (now, before) = [one for one in html(app).split("<div><div") if 'class="tw"' in one]
    assert "bbbbbb</span>" in now
    assert 'class="n f"' in now and 'class="n f"' in before
    app.button(key="try-undo").click().run()
    assert "edited" not in app.query_params
    assert "Before the change" not in words(app)


def test_typing_predicts_and_goes_into_the_link(run, visit):
    app = visit(PAGE, run=run.id)
    assert "Type a text above" in words(app)
    app.text_area(key="try-field").set_value("bbb").run()
    assert app.query_params["texts"] == "bbb"
    assert "class b" in words(app)


def test_a_row_of_the_test_split_can_be_added_to_the_field(run, visit):
    app = visit(PAGE, run=run.id)
    app.button(key="try-take").click().run()
    app.button(key="try-take").click().run()
    lines = app.query_params["texts"].splitlines()
    assert len(set(lines)) == 2
    assert set(lines) <= set(run.rows("test").texts(range(len(run.rows("test")))))


def test_several_texts_are_a_table_of_which_one_is_open(run, visit):
    app = visit(PAGE, run=run.id, texts="aaa\n\n bbb \nccc", at="2")
    (table,) = [one.value for one in app.dataframe if "second" in one.value]
    assert list(table["prediction"]) == ["class a", "class b", "class c"]
    assert "Text 2" in words(app)
    assert "**class b" in words(app)


def test_of_two_thousand_lines_some_are_shown_with_the_command_for_all(run, visit):
    app = visit(PAGE, run=run.id, texts="\n".join(f"text {n}" for n in range(2000)))
    assert not app.exception
    assert "The first 50 of 2,000 texts" in words(app)
    assert "hamr predict" in app.code[0].value
    assert "texts" not in app.query_params
    assert "The link to this page is without these texts" in words(app)


@pytest.mark.parametrize("typed", [" ", " \n \t\n", "\u200b\n \ufeff"])
def test_blanks_are_a_sentence(run, visit, typed):
    app = visit(PAGE, run=run.id)
    app.text_area(key="try-field").set_value(typed).run()
    assert "only blanks" in words(app)
    assert not app.error


def test_a_long_text_is_cut_and_said(run, visit):
    app = visit(PAGE, run=run.id, texts="aa " * 30)
    assert "only its first" in words(app)
    assert "in italics: not read" in html(app)


def test_words_that_matter_can_be_asked_of_another_class(run, visit):
    app = visit(PAGE, run=run.id, texts="aaa bb c")
    app.selectbox(key="try-target").set_value(2).run()
    assert "logit of class c" in words(app)


def test_words_that_cannot_be_explained_leave_the_prediction(run, visit):
    app = visit(PAGE, run=run.id, texts="aaa unexplained")
    assert "**class a" in words(app)
    assert "no words can be pointed out" in app.error[0].value.replace("\\", "")


def test_a_helper_that_is_killed_is_a_sentence_beside_the_field(run, visit):
    app = visit(PAGE, run=run.id, texts="kill")
    assert not app.exception
    assert "was killed by signal 9" in app.error[0].value
    assert "and try again" in app.error[0].value
    assert app.button(key="tried-again")


def test_while_the_model_loads_the_page_says_so(run, visit, monkeypatch):
    monkeypatch.setattr(asking, "SOON", 0.0)
    app = visit(PAGE, run=run.id, texts="sleep")
    assert "Loading the model…" in words(app)


def test_a_sentence_has_its_entities_above_its_words(sentences, visit):
    app = visit(PAGE, run=sentences.id, texts="the Russian Bear sleeps")
    assert not app.exception
    assert [one.value for one in app.error] == []
    assert "entit" in words(app)
    assert 'class="te"' in html(app)
    app.selectbox(key="try-target").set_value(3).run()
    assert "sleeps" in words(app)


def test_an_edited_sentence_compares_the_words_that_stayed(sentences, visit):
    app = visit(PAGE, run=sentences.id, texts="the Bear sleeps", edited="the Bear eats fish")
    assert not app.exception
    assert "Before the change" in words(app)


def test_a_run_without_a_model_says_what_to_do(store, visit, monkeypatch):
    monkeypatch.setattr(page, "model_epoch", lambda run: 0)
    run = write_fake_run(store, epochs=2, status="running")
    app = visit(PAGE, run=run.id, texts="aaa")
    assert not app.exception
    assert "No model to try yet" in words(app)
    assert "resume it on Train" in words(app)


def test_a_text_far_from_all_rows_is_a_warning(run, visit):
    assert "unlike anything" not in words(visit(PAGE, run=run.id, texts="train text 7 about"))
    app = visit(PAGE, run=run.id, texts="zzzzzzzzzzzz")
    assert "This text is unlike anything in the training data" in words(app)


def test_a_text_is_added_to_the_data_with_a_label(run, visit):
    app = visit(PAGE, run=run.id, texts="a brand new text", annotator="ana")
    assert app.button(key="try-add-button").disabled
    app.selectbox(key="try-label").set_value("class b").run()
    app.button(key="try-add-button").click().run()
    assert not app.exception
    assert "Added as class b" in words(app).replace("\\", "")
    decisions = run.store.decisions(run.info.label_source)
    (attached,) = decisions.attachments.values()
    assert decisions.state(attached.row_id(0)).label == "class b"
    app.button(key="try-add-undo").click().run()
    assert decisions.state(attached.row_id(0)).kind is None


def test_a_name_is_asked_for_before_a_text_is_added(run, visit):
    app = visit(PAGE, run=run.id, texts="a brand new text")
    assert "Enter your name first" in words(app)


def test_a_text_of_the_data_is_not_added_and_said(run, visit):
    app = visit(PAGE, run=run.id, texts=run.rows("test").texts([0])[0], annotator="ana")
    app.selectbox(key="try-label").set_value("class b").run()
    app.button(key="try-add-button").click().run()
    assert "whose text the data has" in app.error[0].value


def test_a_sentence_is_added_with_the_entities_that_are_shown(sentences, visit):
    app = visit(PAGE, run=sentences.id, texts="the Russian Bear sleeps", annotator="ana")
    assert not app.exception
    app.button(key="try-add-button").click().run()
    assert not app.exception
    assert "Added with" in words(app)
    decisions = sentences.store.decisions(sentences.info.label_source)
    (attached,) = decisions.attachments.values()
    kind = sentences.info.scored[0]
    assert decisions.state(attached.row_id(0)).label == ((1, 2, kind), (2, 3, kind))
