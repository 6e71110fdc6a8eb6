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
