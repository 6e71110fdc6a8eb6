"""Words from files and people on their way into Markdown."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.ui.text import as_csv, count, duration, plain, title_of


def test_a_picture_in_a_class_name_is_not_loaded():
    assert plain("![x](https://example.org/a.png)").startswith(r"\!\[x\]\(https\:")


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\\\n")))
def test_nothing_but_backslashes_is_added(text):
    assert plain(text).replace("\\", "") == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 s"), (40.4, "40 s"), (180, "3 min"), (7500, "2 h 05 min")],
)
def test_time_is_told_in_the_unit_that_fits(seconds, words):
    assert duration(seconds) == words


def test_numbers_come_with_their_noun():
    assert [count(1, "row"), count(13621, "row"), count(2, "class", "classes")] == [
        "1 row",
        "13,621 rows",
        "2 classes",
    ]


def test_a_setting_is_named_as_people_write_it():
    assert title_of("learning_rate") == "Learning rate"


def test_a_spreadsheet_takes_no_text_of_a_download_for_a_formula():
    table = pd.DataFrame({"text": ["=1+1", "plain"], "loss": [-1.5, 2.0]})
    assert as_csv(table) == "text,loss\n'=1+1,-1.5\nplain,2.0\n"
