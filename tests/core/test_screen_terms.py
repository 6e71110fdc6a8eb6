"""The glossary has every term that is on screen; what counts as one: tests/core/screen_terms.py."""

from __future__ import annotations

import re

import pytest

from hamr.config import TrainingSettings, describe
from hamr.resources import ASSETS
from tests.core.screen_terms import PLAIN, labels, terms, unknown

GLOSSARY = (ASSETS / "guide" / "glossary.md").read_text("utf-8")


def test_the_glossary_lacks_no_term_on_screen():
    known = terms()
    assert {label: rest for label in labels() if (rest := unknown(label, known))} == {}


def test_a_label_without_an_entry_is_found():
    assert unknown("Gradient noise scale of the rows", terms()) == "noise scale"


@pytest.mark.parametrize(
    "label", ["hardness (1 = start)", "F1, epoch 3", "Most hard seeds", "entities", "Weakest {}"]
)
def test_units_notes_plurals_and_plain_words_need_no_entry(label):
    assert unknown(label, terms()) == ""


def test_the_labels_are_found_in_the_code():
    """Of each kind one, so that a collector that finds nothing does not pass unnoticed."""
    one_of_each = {
        "expected draws", "P(predicted)", "Imbalance ratio", "Links shown", "LoRA rank", "AUM",
        "near-duplicate", "Uncertain first", "memory of hardness",
    }  # fmt: skip
    assert one_of_each <= labels()


@pytest.mark.parametrize(
    "symbol", sorted({str(s["symbol"]) for s in describe(TrainingSettings).values()} - {""})
)
def test_the_glossary_has_the_symbol_of_each_setting(symbol):
    assert re.search(rf"{re.escape(symbol)}(?!\w)", GLOSSARY)


def test_plain_words_are_no_terms():
    assert {word for word in PLAIN if word in terms()} == set()
