"""Words from files and people on their way into Markdown."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.legible import legible
from hamr.ui.shell.text import as_csv, count, distinct, duration, plain, plain_name, title_of


def test_a_picture_in_a_class_name_is_not_loaded():
    assert plain("![x](https://example.org/a.png)").startswith(r"\!\[x\]\(https\:")


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"], max_codepoint=0x500)))
def test_nothing_is_added_but_backslashes_and_what_takes_no_room(text):
    assert plain(text).replace("\u2060", "").replace("\\", "") == text.replace("\\", "")


@given(st.text(st.sampled_from("aא١5 -.:\u202e\u2067\u200f\n\ud800"), max_size=40))
def test_a_legible_text_is_one_line_of_utf8_whose_isolates_are_closed(text):
    said = legible(text)
    said.encode()
    assert "\n" not in said
    assert "\u202e" not in said
    assert said.count("\u2068") == said.count("\u2069")
    assert legible(said) == said


def test_right_to_left_letters_leave_numbers_after_them_in_place():
    assert legible("spam שלום עולם: 5") == "spam \u2068שלום עולם\u2069: 5"


def test_a_label_of_ten_megabytes_is_cut():
    assert len(plain("x" * 10_000_000)) < 3_000
    assert len(plain_name("x" * 10_000_000)) == 80


def test_options_that_are_cut_to_the_same_letters_stay_apart():
    names = ["x" * 100 + "a", "x" * 100 + "b", "x" * 79 + "…", "short"]
    called = distinct(names)
    assert len({called(name) for name in names}) == len(names)
    assert called("short") == "short"


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
