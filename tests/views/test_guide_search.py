"""Search in the guide, and its glossary."""

import re

import pytest

from hamr.difficulty import MEASURES
from hamr.methods import names
from hamr.playground import playground_settings, preset_points
from hamr.playground.playground import Playground
from hamr.records import ROW_SIGNALS
from hamr.resources import ASSETS
from hamr.triage.issue_types import ISSUE_TYPES
from hamr.views.guide.search import Section, search, sections_of
from hamr.views.learn.stages import stages_of

TOPICS = {
    "one": "# One\n\nAbout hard seeds.\n\n## Boost\n\nMore draws.",
    "two": "# Two\n\nA boost.",
}


def test_a_topic_is_cut_at_its_headings():
    assert sections_of(TOPICS) == [
        Section("one", "One", "One", "About hard seeds."),
        Section("one", "One", "Boost", "More draws."),
        Section("two", "Two", "Two", "A boost."),
    ]


def test_a_heading_counts_more_than_a_mention():
    found = search(sections_of(TOPICS), "boost")
    assert [one.section.heading for one in found] == ["Boost", "Two"]


def test_all_words_must_occur_and_beginnings_count():
    assert [one.section.heading for one in search(sections_of(TOPICS), "HARD see")] == ["One"]
    assert search(sections_of(TOPICS), "hard boost") == []


@pytest.mark.parametrize("words", ["", "  ", "?!", "("])
def test_a_search_without_words_finds_nothing(words):
    assert search(sections_of(TOPICS), words) == []


def test_an_excerpt_shows_the_word_in_its_sentence():
    text = "# T\n\n" + "before " * 60 + "needle " + "after " * 60
    (found,) = search(sections_of({"t": text}), "needle")
    assert "needle" in found.excerpt
    assert found.excerpt.startswith("… before")
    assert found.excerpt.endswith("after …")


def on_screen():
    """Terms that the program itself shows, from the modules that own them."""
    points, settings = preset_points("noise"), playground_settings(method="hamr")
    stages = stages_of(Playground(points, settings).at(1), points, settings)
    titles = [signal.title for signal in ROW_SIGNALS.values()]
    titles += [measure.title for measure in MEASURES.values()] + list(ISSUE_TYPES)
    single = [re.sub(r"s$", "", stage.title) for stage in stages if " and " not in stage.title]
    return sorted({title.lower() for title in titles + single} - {"draw a batch", "update"})


@pytest.mark.parametrize("term", on_screen())
def test_the_glossary_has_each_term_on_screen(term):
    text = (ASSETS / "guide" / "glossary.md").read_text("utf-8").lower()
    assert f"**{term}**" in text


def test_the_glossary_names_no_term_twice():
    text = (ASSETS / "guide" / "glossary.md").read_text("utf-8")
    terms = [term.lower() for term in re.findall(r"\*\*(.+?)\*\*", text)]
    assert sorted({term for term in terms if terms.count(term) > 1}) == []


def test_the_methods_of_the_glossary_are_there():
    assert {"hamr", "hamr-plus", "erm"} <= set(names())
