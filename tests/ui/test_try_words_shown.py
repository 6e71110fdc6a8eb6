"""How many words of a long text the page Try shows."""

import numpy as np

from hamr.ui.try_texts.words import MOST_AT_FIRST, MOST_UNREAD, markup


def shown(html: str) -> int:
    return html.count(">word</span>")


def test_a_long_text_does_not_push_what_is_below_it_off_the_page():
    scores = np.full(2000, np.nan)
    scores[:126] = 0.1
    html = markup(["word"] * 2000, scores)
    assert shown(html) == 126 + MOST_UNREAD
    assert f"and {2000 - 126 - MOST_UNREAD:,} more words" in html


def test_while_it_is_not_known_which_words_are_read_the_first_are_shown():
    assert shown(markup(["word"] * 2000, None)) == MOST_AT_FIRST


def test_words_that_are_read_or_were_changed_are_all_shown():
    assert shown(markup(["word"] * 900, np.zeros(900))) == 900
    assert "more word" not in markup(["word"] * 900, np.zeros(900))
    html = markup(["word"] * 900, np.full(900, np.nan), changed={898})
    assert shown(html) == 899
    assert "and 1 more word<" in html
