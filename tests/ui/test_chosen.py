"""The chosen rows of the URL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.ui.shell.state import merge, parse_rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("3,17", [3, 17]),
        (" 3 , 3,17", [3, 17]),
        ("", []),
        (None, []),
        ("x,-1,2.5,99,5", [5]),
        ("9" * 400, []),
        ("²,٣", [3]),  # decimal digits of any script, but no superscripts
    ],
)
def test_only_rows_that_exist_are_read(text, rows):
    assert parse_rows(text, 20, 8) == rows


@given(st.text())
def test_whatever_stands_in_the_url_gives_at_most_the_limit(text):
    rows = parse_rows(text, 50, 3)
    assert len(rows) <= 3
    assert all(0 <= row < 50 for row in rows)


def test_ticks_replace_the_rows_of_this_page_and_leave_the_others():
    assert merge([1, 40, 7], on_page=[7, 8, 9], ticked=[1, 2]) == [1, 40, 8, 9]


def test_a_tick_beyond_the_page_is_ignored():
    assert merge([], on_page=[7], ticked=[0, 5]) == [7]
