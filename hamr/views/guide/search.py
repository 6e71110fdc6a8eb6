"""Search in the guide: the sections in which all words occur, the best first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

MOST = 12  # sections that are listed
AROUND = 90  # characters of an excerpt on each side of the first word
_HEADING = re.compile(r"^(#{1,4}) +(.+)$", re.MULTILINE)
_WORD = re.compile(r"\w+")
_MARKUP = re.compile(r"[*`$|]|\]\([^)]*\)|\[|^[-#> ]+", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """A heading of a topic and the text below it, to the next heading."""

    topic: str  # name of the file
    title: str
    heading: str
    text: str  # plain, without markup


@dataclass(frozen=True)
class Found:
    """A section in which all words occur."""

    section: Section
    excerpt: str
    score: float


def sections_of(topics: Mapping[str, str]) -> list[Section]:
    """All sections of the topics, whose texts are Markdown."""
    found = []
    for name, text in topics.items():
        headings = list(_HEADING.finditer(text))
        title = headings[0][2] if headings else name
        for at, match in enumerate(headings):
            end = headings[at + 1].start() if at + 1 < len(headings) else len(text)
            body = " ".join(_MARKUP.sub(" ", text[match.end() : end]).split())
            found.append(Section(name, title, match[2], body))
    return found


def search(sections: list[Section], words: str) -> list[Found]:
    """Sections with all the words, or words that begin with them, whatever their case.

    A word in a heading counts ten times; the share of the text that the words are decides between
    equals, so that a short section about a thing comes before a long one that mentions it.
    """
    asked = [word.lower() for word in _WORD.findall(words)]
    if not asked:
        return []
    found = [one for section in sections if (one := _found(section, asked))]
    return sorted(found, key=lambda one: -one.score)[:MOST]


def _found(section: Section, asked: list[str]) -> Found | None:
    heading, text = section.heading.lower(), section.text.lower()
    score = 0.0
    for word in asked:
        begins = re.compile(rf"\b{re.escape(word)}")
        own, below = len(begins.findall(heading)), len(begins.findall(text))
        if not own and not below:
            return None
        score += 10 * own + below / (1 + len(text) / 1000)
    return Found(section, _excerpt(section.text, asked), score)


def _excerpt(text: str, asked: list[str]) -> str:
    """Some words around the first place of any of those asked for; else the beginning."""
    places = [
        m.start() for word in asked if (m := re.search(rf"\b{re.escape(word)}", text.lower()))
    ]
    at = min(places, default=0)
    start, end = max(0, at - AROUND), min(len(text), at + AROUND)
    start = text.find(" ", start) + 1 if start else 0
    return f"{'… ' if start else ''}{text[start:end].strip()}{' …' if end < len(text) else ''}"
