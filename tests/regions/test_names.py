"""Names of regions: distinctive terms and the classes that a region is about."""

from unicodedata import category

import numpy as np
import pytest

from hamr.regions.names import RegionNames, distinct_names, region_name
from hamr.regions.terms import alike, terms

REST = [
    f"the {what} of the {other} was by a report"
    for what in ("river", "garden", "engine", "market", "letter")
    for other in ("town", "farm", "house", "school", "road")
] * 4


def named(own: list[str], rest: list[str] = REST, about: tuple[str, ...] = ()) -> tuple:
    texts = [*own, *rest]
    return RegionNames(texts)([np.arange(len(own))], [about])[0]


def test_the_first_term_is_what_sets_the_rows_apart() -> None:
    found, name = named(["the loader runs Regsvr32 by a report"] * 9 + ["it was in the town"])
    assert found[0].casefold() in ("regsvr32", "loader")
    assert "the" not in found and name.count(",") <= 1


def test_a_word_repeated_in_one_text_names_no_region() -> None:
    rows = ["shipping late in the town"] * 8 + ["spam " * 50, "the shipping"]
    assert "spam" not in named(rows)[0]


def test_a_term_is_spelled_as_most_rows_spell_it() -> None:
    rows = ["a DLL was in town"] * 6 + ["a dll was in town"] * 3
    assert named(rows)[0][0] == "DLL"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dll", "dlls"),
        ("encrypted", "encrypting"),
        ("scheduled task", "task"),
        ("漏洞利", "洞利用"),
    ],
)
def test_terms_that_say_the_same_are_alike(one: str, other: str) -> None:
    assert alike(one, other) and alike(other, one)


@pytest.mark.parametrize(("one", "other"), [("dll", "shell"), ("task", "tank"), ("漏洞", "利用")])
def test_other_terms_are_not_alike(one: str, other: str) -> None:
    assert not alike(one, other)


def test_near_duplicates_stand_once() -> None:
    rows = ["loads a dll and dlls with rundll32"] * 6 + ["drops dll files and dlls"] * 6
    found = [term.casefold() for term in named(rows)[0]]
    assert len({"dll", "dlls"} & set(found)) == 1


def test_words_that_stand_together_are_shown_as_a_phrase() -> None:
    rows = ["a visit of South Korea by train"] * 7 + ["a visit of South Korea by ship"] * 7
    assert "South Korea" in named(rows)[1]


def test_unspaced_writing_is_named_by_pieces() -> None:
    rest = [f"天气{letter}很好我们去公园" for letter in "甲乙丙丁戊己庚辛壬癸"] * 6
    found, name = named([f"攻击者使用勒索软件{letter}" for letter in "甲乙丙丁"] * 5, rest)
    assert any("勒索" in term or "软件" in term for term in found)
    assert 2 <= len(found[0]) <= 4 and name


def test_a_piece_of_thai_writing_never_begins_with_a_vowel_mark() -> None:
    found = set(terms("เปิดไฟล์"))
    assert "เปิด" in found
    assert not any(category(term[0]) == "Mn" for term in found)


def test_words_beside_unspaced_writing_are_words() -> None:
    assert set(terms("使用Mimikatz")) == {"使用", "Mimikatz"}


def test_numbers_and_punctuation_are_no_terms() -> None:
    assert list(terms("2017: 'x' -- 100 %")) == []


def test_markup_stays_text() -> None:
    found, name = named([r"the <script>alert</script> \frac{a}{b} $x$ of the town"] * 9)
    assert not set("<>\\${}") & set(name) and "alert" in found


def test_names_of_a_list_differ() -> None:
    names = distinct_names([("a", "b", "c"), ("a", "b", "d"), ("a", "b"), ()], [("x",)] * 4)
    assert names == ["a, b · x", "a, b, d · x", "a, b · x (2)", "x"]


def test_the_classes_of_a_confusion_follow_the_terms() -> None:
    assert region_name(("regsvr32", "DLL"), ("execution", "evasion")) == (
        "regsvr32, DLL · execution ↔ evasion"
    )


def test_long_class_names_are_cut() -> None:
    assert len(region_name((), ("x" * 500,))) == 40


def test_rows_without_words_get_their_classes_alone() -> None:
    assert named(["...", "1 2 3", "!"] * 4, about=("spam",)) == ((), "spam")
