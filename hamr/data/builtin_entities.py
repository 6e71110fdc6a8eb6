"""The built-in tagged sentences: which groups, malware, tools and campaigns does a text name?

ATT&CK's descriptions link what they name: [APT29](https://attack.mitre.org/groups/G0016). These
links are the entities of the sentences that `hamr.data.builtin` has as well, and of those on
techniques of several tactics. Nobody has annotated them: a name that is not linked is no entity
here. Derived at load time from the pinned package, like the texts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from hamr.data.builtin import DEMO_ROWS, objects, without_citations, without_markup
from hamr.data.splits import part_sizes
from hamr.files.schemes import Named, to_scheme

TITLE = "MITRE ATT&CK entities"
DEMO_TITLE = "MITRE ATT&CK entities (demo)"
FEWEST_WORDS = 4  # with fewer, a sentence is little more than a name
LINKED_NOTICE = (
    "Entities are the links that ATT&CK v18.1 sets to groups, malware, tools and campaigns; nobody "
    "annotated them. Nine of ten sentences begin with an entity, a name without a link is none, "
    "and some sentences are cut at about 200 characters. So that a model can't score by "
    "memorising names, sentences that share a linked name, directly or through others, are in the "
    "same split."
)

_LINK = re.compile(r"\[([^\]]*)\]\(\w+://attack\.mitre\.org/([^)]*)(?:\)|$)")
_CUT_NAME = re.compile(r"\[[A-Z][^\]]*$")  # the package cuts long descriptions, in names too
_WORD = re.compile(r"\w+(?:[-'’./\\:_@+]+\w+)*|\.\.\.|[^\w\s]")
_UNSEEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff]")  # marks without width
_TYPES = {"intrusion-set": "group", "malware": "malware", "tool": "tool", "campaign": "campaign"}
_KINDS = {"g": ("group",), "c": ("campaign",), "s": ("malware", "tool")}  # by the link's path


class Linked(NamedTuple):
    """One sentence with the entities that it links."""

    id: str
    words: tuple[str, ...]
    tags: tuple[str, ...]  # BIO
    names: frozenset[str]  # of its entities, in small letters


@cache
def linked_sentences() -> tuple[Linked, ...]:
    """All sentences with an entity, in the order of the package's file.

    Of equal sentences the first is kept, or none if their entities differ.
    Raises DataError if the package is missing or not the pinned one.
    """
    types = _Types()
    found: dict[tuple[str, ...], list[Linked]] = defaultdict(list)
    for link in objects("relationships", "relationships"):
        row_id = link["stix_id"].removeprefix("relationship--")
        linked = _linked(row_id, link["description"] or "", types)
        if linked is not None:
            found[linked.words].append(linked)
    return tuple(same[0] for same in found.values() if len({row.tags for row in same}) == 1)


def demo_sentences(seed: int = 0) -> tuple[Linked, ...]:
    """A stratified subset of 4,000 sentences, by rarest type, in their original order."""
    everything = linked_sentences()
    rarest = np.array([_rarest(row) for row in everything])
    kinds, counts = np.unique(rarest, return_counts=True)
    random = np.random.default_rng(seed)
    chosen = [
        random.choice(np.flatnonzero(rarest == kind), size, replace=False)
        for kind, size in zip(kinds, part_sizes(DEMO_ROWS, counts / counts.sum()), strict=True)
    ]
    return tuple(everything[i] for i in np.sort(np.concatenate(chosen)))


def families(rows: Sequence[Linked]) -> list[str]:
    """The group of each row: rows that share a name, directly or through others, have the same.

    A group has the name of its first entity in alphabetical order.
    """
    parent: dict[str, str] = {}

    def top(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = name = parent[parent[name]]
        return name

    for row in rows:
        first, *others = sorted(row.names)
        for name in others:
            one, other = sorted((top(first), top(name)))
            parent[other] = one
    return [top(min(row.names)) for row in rows]


def _rarest(row: Linked) -> str:
    order = ("campaign", "tool", "group", "malware")  # by how often they are named
    return next(kind for kind in order if f"B-{kind}" in row.tags)


class _Types:
    """Which type a link's target is of."""

    def __init__(self) -> None:
        known = [*objects("software", "software"), *objects("groups-campaigns", "groups_campaigns")]
        self._of_id = {item["external_id"]: _TYPES[item["stix_type"]] for item in known}
        self._of_name: dict[str, set[str]] = defaultdict(set)
        for item in known:
            self._of_name[item["name"].casefold()].add(_TYPES[item["stix_type"]])

    def of(self, name: str, path: str) -> str | None:
        """The type by a path like groups/G0016, or by the name if the path is cut off.

        "" for what is no entity here (a technique), None if the type is not known.
        """
        if path.startswith("t"):
            return ""
        kind = self._of_id.get(path.rpartition("/")[2])
        if kind is not None:
            return kind
        possible = self._of_name[name.casefold()] & {*_KINDS.get(path[:1], _TYPES.values())}
        return next(iter(possible)) if len(possible) == 1 else None


def _linked(row_id: str, description: str, types: _Types) -> Linked | None:
    """The sentence of a description; None without an entity, or if one's type is not known."""
    words: list[str] = []
    spans: list[Named] = []
    for text, kind in _pieces(description, types):
        own = _WORD.findall(_UNSEEN.sub("", without_markup(text).replace("`", " ")))
        if kind is None:
            return None
        if kind and own:
            spans.append(Named(len(words), len(words) + len(own), kind))
        words += own
    if not spans or len(words) < FEWEST_WORDS:
        return None
    names = frozenset(" ".join(words[s.start : s.end]).casefold() for s in spans)
    return Linked(row_id, tuple(words), tuple(to_scheme(spans, len(words), "BIO")), names)


def _pieces(description: str, types: _Types) -> Iterator[tuple[str, str | None]]:
    """The text in pieces: links with their type (see `_Types.of`), the rest with ""."""
    text = _CUT_NAME.sub("...", without_citations(description))
    place = 0
    for link in _LINK.finditer(text):
        yield text[place : link.start()], ""
        yield link[1], types.of(link[1], link[2])
        place = link.end()
    yield text[place:], ""
