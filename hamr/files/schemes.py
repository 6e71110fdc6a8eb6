"""Tagging schemes: which one a file follows, where it breaks it, and conversion both ways.

BIO     B begins an entity, I continues it (also called IOB2)
IOB1    I begins one too; B only where it follows another of the same type
BIOES   E ends an entity of several words, S is one of a single word
BILOU   the same with L for E and U for S
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

Scheme = Literal["BIO", "IOB1", "BIOES", "BILOU"]
_TAG = re.compile(r"([BIESLU])-(.+)", re.DOTALL)
_BIOES = {"L": "E", "U": "S"}


class Named(NamedTuple):
    """An entity with the name of its type; `end` is the first word after it."""

    start: int
    end: int
    type: str


def is_tag(text: str) -> bool:
    """Whether it is O, or a prefix and a type as in B-place."""
    return text == "O" or _TAG.fullmatch(text) is not None


def may_mean_tag(text: str) -> bool:
    """Whether it is a tag except for small letters or a prefix that is joined with _."""
    return is_tag(text.upper().replace("_", "-"))


def types_in(tags: Iterable[str]) -> set[str]:
    """The types of entities among some tags."""
    return {found[2] for found in map(_TAG.fullmatch, tags) if found}


def remedy_for(text: str) -> str:
    """What to write instead of something that is not a tag."""
    upper = text.upper().replace("_", "-", 1)
    remedy = "write O, or a prefix and a type as in B-place"
    if text in ("o", "0", "_", "-", "*", "OTHER"):
        remedy = "write O, the capital letter, for a word outside of entities"
    elif found := _TAG.fullmatch(upper):
        remedy = f"write {found[1]}-{text[2:][:40]}"
    elif re.fullmatch(r"[BIESLU]-?", upper):
        remedy = "write a type after the prefix, as in B-place"
    elif found := re.fullmatch(r"(.+)[-_]([BIESLU])", text, re.DOTALL):
        remedy = f"write {found[2]}-{found[1][:40]}"
    elif found := re.fullmatch(r"([MW])-(.+)", upper, re.DOTALL):
        mark = {"M": "I", "W": "S"}[found[1]]
        remedy = f"the prefix {found[1]} is written {mark} here: {mark}-{text[2:][:40]}"
    elif text[:1] == "(" or text[-2:] == "*)":
        remedy = "this is the bracket notation: write B-, I- and O instead"
    return remedy


def scheme_of(sentences: Iterable[Sequence[str]]) -> Scheme:
    """The scheme of a file's tags: the one that they break least often."""
    every = list(sentences)
    marks = {tag[0] for tags in every for tag in tags if tag != "O"}
    if marks & {"L", "U"}:
        return "BILOU"
    if marks & {"E", "S"}:
        return "BIOES"
    broken = {s: sum(bool(faults(tags, s)) for tags in every) for s in ("BIO", "IOB1")}
    return "IOB1" if broken["IOB1"] < broken["BIO"] else "BIO"


def faults(tags: Sequence[str], scheme: str) -> list[int]:
    """The places of the tags that break the scheme."""
    normal = [*map(_parts, tags)]
    known = {"BIO": "BIO", "IOB1": "BIO", "BIOES": "BIOES", "BILOU": "BILUO"}[scheme]
    found = []
    for place, (mark, kind) in enumerate(normal):
        before = normal[place - 1] if place else ("O", "")
        after = normal[place + 1] if place + 1 < len(normal) else ("O", "")
        fault = tags[place][0] not in known
        if scheme == "BIO":
            fault |= mark == "I" and before[1] != kind
        elif scheme == "IOB1":
            fault |= mark == "B" and before[1] != kind
        else:
            goes_on = before[0] in "BI" and before[1] == kind
            fault |= mark in "IE" and not goes_on
            fault |= mark in "BI" and not (after[0] in "IE" and after[1] == kind)
        if fault:
            found.append(place)
    return found


def spans_in(tags: Sequence[str]) -> list[Named]:
    """The entities of a sentence in any of the schemes; broken tags are read as seqeval does.

    An I or E that continues nothing begins an entity.
    """
    found: list[Named] = []
    start, open_type = 0, ""
    for place, (mark, kind) in enumerate([*map(_parts, tags), ("O", "")]):
        if open_type and (mark in "BSO" or kind != open_type):
            found.append(Named(start, place, open_type))
            open_type = ""
        if mark != "O" and not open_type:
            start, open_type = place, kind
        if mark in "ES" and open_type:
            found.append(Named(start, place + 1, open_type))
            open_type = ""
    return found


def to_scheme(spans: Iterable[Named], words: int, scheme: Scheme) -> list[str]:
    """The tags of a sentence of so many words in a scheme."""
    tags = ["O"] * words
    ended: dict[int, str] = {}  # IOB1: the type of the entity that ended just before a word
    for start, end, kind in sorted(spans):
        marks = ["B"] + ["I"] * (end - start - 1)
        if scheme == "IOB1" and ended.get(start) != kind:
            marks[0] = "I"
        elif scheme in ("BIOES", "BILOU"):
            last, single = ("E", "S") if scheme == "BIOES" else ("L", "U")
            marks[-1] = last if len(marks) > 1 else single
        tags[start:end] = [f"{mark}-{kind}" for mark in marks]
        ended[end] = kind
    return tags


def _parts(tag: str) -> tuple[str, str]:
    """Prefix and type, with L and U as E and S."""
    found = _TAG.fullmatch(tag)
    return (_BIOES.get(found[1], found[1]), found[2]) if found else ("O", "")
