"""Names that people would take for one another."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.data.lookalikes import has_ink, lookalike_notices, lookalikes, visible

ALIKE = {
    "case": ("Spam", "spam"),
    "NFC and NFD": ("café", unicodedata.normalize("NFD", "café")),
    "NFKC": ("ﬁle", "file"),
    "zero width": ("spam", "spam\u200b"),
    "soft hyphen": ("spam", "sp\xadam"),
    "byte order mark": ("spam", "\ufeffspam"),
    "bidi mark": ("spam", "spam\u202e"),
    "no-break space": ("not spam", "not\xa0spam"),
    "two blanks": ("not spam", "not  spam"),
    "Hangul filler": ("spam", "spam\u3164"),
    "whole number": ("1", "1.0"),
    "leading zero": ("1", "01"),
    "exponent": ("100", "1e2"),
    "full width": ("1", "１"),
    "minus nought": ("0", "-0.0"),
    "boolean": ("True", "true"),
    "Cyrillic": ("spam", "sраm"),
    "capitals of Cyrillic": ("Вода", "вода"),
    "quotation mark": ("don't", "don’t"),
    "sharp s": ("Straße", "STRASSE"),
}


@pytest.mark.parametrize("names", ALIKE.values(), ids=ALIKE.keys())
def test_names_that_look_alike_are_a_group(names: tuple[str, str]) -> None:
    assert lookalikes([*names, "something else"]) == [tuple(sorted(names))]


@pytest.mark.parametrize(
    "names",
    [("spam", "ham"), ("1", "10"), ("1", "11.0"), ("no", "not"), ("1.5", "15"), ("-1", "1")],
)
def test_other_names_are_not(names: tuple[str, str]) -> None:
    assert lookalikes(names) == []


def test_long_numbers_that_differ_in_the_last_digit_are_not_alike() -> None:
    assert lookalikes(["1" * 60 + "0", "1" * 60 + "1"]) == []


def test_one_group_joins_what_is_alike_in_different_ways() -> None:
    names = ["Spam", "spam", "spam\u200b", "sраm"]

    assert lookalikes([*names, "ham", "HAM"]) == [("HAM", "ham"), tuple(sorted(names))]


def test_a_notice_shows_what_cannot_be_seen() -> None:
    (notice,) = lookalike_notices(["spam", "spam\u200b"], "classes")

    assert "'spam' and 'spam\\u200b'" in notice


def test_a_notice_shows_the_alphabet_where_both_look_the_same() -> None:
    (notice,) = lookalike_notices(["a", "а"], "classes")

    assert "'a' and '\\u0430'" in notice


def test_a_notice_stays_short() -> None:
    names = [case for n in range(50) for case in (f"n{n}" + "x" * 9999, f"N{n}" + "x" * 9999)]

    assert len(lookalike_notices(names, "classes")[0]) < 700


@given(st.lists(st.text(max_size=6), max_size=12))
def test_groups_hold_each_name_at_most_once(names: list[str]) -> None:
    found = [name for group in lookalikes(names) for name in group]

    assert len(found) == len(set(found))
    assert set(found) <= set(names)
    assert all(len(group) > 1 for group in lookalikes(names))


@given(st.text(max_size=20))
def test_a_visible_name_holds_no_control_character(name: str) -> None:
    assert visible(name).isprintable()


@given(st.text(min_size=1, max_size=8))
def test_a_name_is_like_itself_in_capitals(name: str) -> None:
    assert name.casefold() == name or lookalikes([name, name.casefold()])


@pytest.mark.parametrize("text", ["\u200b\u200d", " \xa0\ufeff", "\xad", "\u3164", "\x00", ""])
def test_a_text_of_invisible_characters_has_no_ink(text: str) -> None:
    assert not has_ink(text)


@pytest.mark.parametrize("text", ["a", "\u200ba", ".", "❤️", "\ufffd", "\ue000"])
def test_a_text_with_a_mark_has_ink(text: str) -> None:
    assert has_ink(text)
