"""Guidelines are safe to show: nothing in them loads, links, or looks like a part of the page."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.decisions import safe_markdown


def test_headings_lists_bold_and_code_stay():
    text = "# Refund\n\n- **money** back\n- *not* `exchange`\n\n1. one"
    assert safe_markdown(text) == text


@pytest.mark.parametrize("text", [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a\n\n<div>b</div>", "<!-- x -->",
])  # fmt: skip
def test_html_is_shown_as_text(text):
    assert not re.search(r"<[a-z/!?]", safe_markdown(text), re.IGNORECASE)
    assert safe_markdown(text).replace("\N{WORD JOINER}", "") == text


@pytest.mark.parametrize("text", [
    "![x](https://example.org/x.png)", "[click](https://example.org)", "[x][1]\n\n[1]: //a.org/x",
    "https://example.org", "www.example.org", "mail@example.org", "<https://example.org>",
])  # fmt: skip
def test_nothing_is_an_image_or_a_link(text):
    markdown = pytest.importorskip("markdown_it").MarkdownIt("gfm-like", {"linkify": False})
    tokens = markdown.parse(safe_markdown(text))
    kinds = {child.type for token in tokens for child in [token, *(token.children or [])]}
    assert not kinds & {"image", "link_open", "html_inline", "html_block"}
    assert not re.search(r"://|www\.|@\w", safe_markdown(text))


@pytest.mark.parametrize("text", [":material/delete:", ":red[danger]", "$x^2$", ":smile:"])
def test_icons_colours_and_formulas_of_streamlit_are_text(text):
    shown = safe_markdown(text)
    assert not re.search(r"(?<!\\):[a-z]", shown) and not re.search(r"(?<!\\)\$", shown)


@given(st.text(alphabet="<>!&[]()a:/ \n\\`$*#-", max_size=40))
def test_no_text_keeps_a_tag_an_image_or_a_link(text):
    assert not re.search(r"<[a/!]|!\[|\]\(|\]\[|\]:|:/", safe_markdown(text))
