"""Plain words: terms of our own invention are gone from code, screen, README and guide."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# In prose, in strings and in the parts of identifiers alike; each with the word to use.
ANYWHERE = {
    "surroundings": "soft targets, or neighbour evidence",
    "witness": "signal",
    "witnesses": "signals",
    "foreman": "scheduler",
    "knee": "estimated number of label errors",
    "told_as": "straight_through",
    "in_force": "current",
    "labels in force": "current labels",
    "heard together": "combined",
    "by heart": "memorised",
    "all in all": "estimated",
    "anew": "again",
    "hang on the": "depend on the",
    "hangs on the": "depends on the",
    "hang on it": "depend on it",
    "stands by": "is sorted by",
    "stand beside": "are next to",
    "stands beside": "is next to",
    "stands twice": "occurs twice",
    "without a word": "without an error message",
    "is no number": "is NaN or infinite",
    "beside other runs": "compare with other runs",
    "reorder by the decisions": "re-rank with corrections",
}
# Names of classes, functions and variables only: in a sentence these are ordinary words.
NAMES = {
    "Elsewhere": "TagStatistics",
    "Together": "GroupCommit",
    "Sight": "PassFactory",
    "Place": "DeviceSetup",
    "Places": "RowPartition",
    "Candidate": "Configuration",
    "Pace": "Throughput",
    "told": "reported",
}
# Titles, labels and buttons, as whole strings.
LABELS = {
    "Rows from": "Data source",
    "A file of rows": "Data file",
    "Task: By the file": "Task: detect automatically",
    "What to look at": "Issues found",
    "What the weights learnt": "Learned weights",
    "What the decisions change": "Impact of your changes",
    "All but the ticked": "All except selected",
    "Leave them": "Cancel",
    "Kept:": "Saved:",
    "Reading": "Diagnosis",
    "No entity here": "Remove all entities",
    "Edit borders and types": "Edit entities",
    "Edges of seeds": "Links shown",
}
# The old names that users may still type or have stored.
OLD_NAMES = {"hamr/config/renamed.py": {"surroundings"}}

MODULES = sorted([ROOT / "app.py", *(ROOT / "hamr").rglob("*.py"), *(ROOT / "pages").rglob("*.py")])
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "assets" / "guide").glob("*.md"))]


def terms_in(text: str) -> list[str]:
    """The banned terms in a text, as whole words; line ends and underscores part words, too."""
    flat = re.sub(r"[\s#>*]+", " ", text.lower())
    return [term for term in ANYWHERE if re.search(rf"(?<![^\W_]){term}(?![^\W_])", flat)]


def names_in(code: str) -> list[str]:
    """The banned names among the identifiers of a module."""
    found = tokenize.generate_tokens(io.StringIO(code).readline)
    return [each.string for each in found if each.type == tokenize.NAME and each.string in NAMES]


def labels_in(code: str) -> list[str]:
    """The banned labels among the strings of a module."""
    nodes = ast.walk(ast.parse(code))
    strings = [each.value for each in nodes if isinstance(each, ast.Constant)]
    return [each for each in strings if isinstance(each, str) and each.strip() in LABELS]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_uses_a_private_word(path):
    code = path.read_text("utf-8")
    old = OLD_NAMES.get(path.relative_to(ROOT).as_posix(), set())
    assert [term for term in terms_in(code) if term not in old] + names_in(code) == []
    assert labels_in(code) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_uses_a_private_word(path):
    assert terms_in(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ('"""The labels\n    in force."""', "labels in force"),
        ("no-surroundings", "surroundings"),
        ("labels_in_force = 1", "in_force"),
        ("# computed\n# anew", "anew"),
        ("Knee", "knee"),
    ],
)
def test_a_private_word_is_found_in_prose_and_identifiers(text, term):
    assert term in terms_in(text)


def test_longer_words_are_left_alone():
    assert terms_in("an eyewitness kneels") == []


def test_a_private_name_is_found_as_a_name_only():
    assert names_in("class Sight:\n    pass") == ["Sight"]
    assert names_in('"""Sight and Place."""') == []


def test_an_old_label_is_found_as_a_whole_string_only():
    assert labels_in('"Rows from"\n"Rows from two files"') == ["Rows from"]
