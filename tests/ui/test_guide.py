"""The Guide page: every topic of assets/guide, in the app."""

from __future__ import annotations

import pytest

from hamr.ui.guide.page import GUIDE, as_markdown, topics

PAGE = "pages/11_Guide.py"


def body(app) -> str:
    return "\n".join(element.value for element in app.markdown)


def test_the_page_begins_with_how_it_works(visit):
    app = visit(PAGE)
    assert not app.exception
    assert app.radio(key="topic").value == "how-it-works"
    assert "# How" in body(app)


def test_a_link_opens_its_topic(visit):
    assert "register" in body(visit(PAGE, topic="methods"))


def test_a_chosen_topic_is_in_the_url(visit):
    app = visit(PAGE)
    app.radio(key="topic").set_value("files").run()
    assert app.query_params["topic"] in ("files", ["files"])
    assert app.radio(key="topic").value == "files"


def test_an_unknown_topic_is_named_and_the_first_one_shown(visit):
    app = visit(PAGE, topic="nonsense")
    assert "no such topic" in app.warning[0].value
    assert app.radio(key="topic").value == "how-it-works"


@pytest.mark.parametrize("name", topics())
def test_links_between_topics_stay_in_the_app(name):
    text = as_markdown(GUIDE / f"{name}.md")
    assert ".md)" not in text
    assert "![" not in text


def test_a_search_lists_sections_in_place_of_the_topic(visit):
    app = visit(PAGE, words="weight curve")
    assert not app.exception
    assert any("weight curve" in element.value.lower() for element in app.markdown)
    assert "# How" not in body(app)


def test_words_that_no_section_has_are_said(visit):
    assert "No section has all these words" in visit(PAGE, words="zzzz").info[0].value


def test_the_page_says_how_to_cite(visit):
    assert "arXiv:2604.18759" in visit(PAGE).code[0].value
