"""Entities as a table that people edit, and back."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from hamr.errors import DecisionError
from hamr.views.relabel.span_table import FIRST, LAST, TEXT, TYPE, label_of, numbered, table_of

WORDS = ["Ada", "Byron", "saw", "Paris", "today"]


def table(*lines):
    return pd.DataFrame(lines, columns=[FIRST, LAST, TYPE])


def test_people_count_from_one_and_name_the_last_word():
    found = table_of(WORDS, ((0, 2, "person"), (3, 4, "place")))
    assert found[[FIRST, LAST, TYPE, TEXT]].to_numpy().tolist() == [
        [1, 2, "person", "Ada Byron"],
        [4, 4, "place", "Paris"],
    ]


@given(some.lists(some.integers(1, 3), max_size=6))
def test_there_and_back_nothing_changes(widths):
    starts = [sum(widths[:i]) for i in range(len(widths))]
    label = tuple((s, s + w, "t") for s, w in zip(starts, widths, strict=True))
    words = ["w"] * (sum(widths) + 1)
    assert label_of(table_of(words, label), len(words)) == label


def test_entities_are_sorted_and_empty_lines_left_out():
    edited = table([4, 4, "place"], [None, None, None], [1, 2, "person"])
    assert label_of(edited, 5) == ((0, 2, "person"), (3, 4, "place"))


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([[1, None, "t"]], "fill in all"),
        ([[1, 2, None]], "fill in all"),
        ([[0, 2, "t"]], "words 1 to 5"),
        ([[2, 1, "t"]], "not before it"),
        ([[4, 6, "t"]], "words 1 to 5"),
        ([[1, 2, "t"], [2, 3, "u"]], "share word 2"),
    ],
)
def test_mistakes_are_explained_in_the_numbers_of_the_table(lines, sentence):
    with pytest.raises(DecisionError, match=sentence):
        label_of(table(*lines), 5)


def test_words_carry_their_numbers():
    assert numbered(WORDS[:2]) == "1 Ada   2 Byron"
