"""The same words in other sentences, tagged as a corrected mistake was: for *Apply to all*.

A correction is what an annotator changed at one place of a sentence: the words of the entities
before and after it, and these entities. It fits another place that has the same words in the same
spelling and, on them, exactly the entities that were there before.

Axes: W words of all sentences, one sentence after the other; n sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hamr.decisions import CurrentLabels, State
from hamr.entities import spans_of
from hamr.records import SPLITS, Split
from hamr.views.base.all_rows import AllRows

Entities = tuple[tuple[int, int, str], ...]  # first word, word after the last, type


@dataclass(frozen=True)
class Correction:
    """The entities on some words before and after; word numbers count from the first of them."""

    words: tuple[str, ...]
    before: Entities
    after: Entities


@dataclass(frozen=True)
class Match:
    """A sentence with the same mistake, and its entities as they are and as they would be."""

    row: int
    before: Entities
    after: Entities


def corrections(words: Sequence[str], before: Entities, after: Entities) -> tuple[Correction, ...]:
    """What was changed in a sentence, place by place, from left to right; each kind once."""
    gone, come = set(before) - set(after), set(after) - set(before)
    found: dict[Correction, None] = {}
    for start, end in _places([(s, e) for s, e, _ in gone | come]):
        found[
            Correction(
                tuple(words[start:end]),
                _within(gone, start, end),
                _within(come, start, end),
            )
        ] = None
    return tuple(found)


class WordIndex:
    """Where each word occurs; a phrase is looked up by its rarest word."""

    def __init__(self, words: Sequence[str], starts: np.ndarray) -> None:
        self._words = words  # [W]
        self.starts = starts  # [n + 1]: sentence i has the words from starts[i] to starts[i + 1]
        number: dict[str, int] = {}
        codes = np.array([number.setdefault(word, len(number)) for word in words], np.int64)
        self._number = number
        self._order = np.argsort(codes, kind="stable")
        self._bounds = np.searchsorted(codes[self._order], np.arange(len(number) + 1))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def words(self, row: int) -> Sequence[str]:
        """The words of a sentence."""
        return self._words[int(self.starts[row]) : int(self.starts[row + 1])]

    def places(self, phrase: Sequence[str]) -> list[tuple[int, int]]:
        """Each place of these words one after the other: the sentence, and the first one in it."""
        if not phrase or any(word not in self._number for word in phrase):
            return []
        at = min(range(len(phrase)), key=lambda i: len(self._occurrences(phrase[i])))
        firsts = self._occurrences(phrase[at]) - at
        rows = np.searchsorted(self.starts, firsts, side="right") - 1
        wanted = list(phrase)
        return [
            (row, first - int(self.starts[row]))
            for row, first in zip(rows.tolist(), firsts.tolist(), strict=True)
            if first >= 0
            and first + len(wanted) <= self.starts[row + 1]
            and list(self._words[first : first + len(wanted)]) == wanted
        ]

    def _occurrences(self, word: str) -> np.ndarray:
        code = self._number[word]
        return self._order[self._bounds[code] : self._bounds[code + 1]]


@dataclass(frozen=True)
class TaggedData:
    """All sentences of a data set as they came, of all splits under one index."""

    index: WordIndex
    ids: tuple[str, ...]
    bounds: np.ndarray  # where each of SPLITS begins, and n
    tags: np.ndarray  # [W]
    types: tuple[str, ...]

    @classmethod
    def of(cls, rows: AllRows, types: tuple[str, ...]) -> TaggedData:
        """From the tables of the data set, whose tags name these types."""
        starts, tags = [np.zeros(1, np.int64)], []
        words: list[str] = []
        for table in rows.tables:
            starts.append(table.word_starts[1:] + len(words))
            words += table.all_words
            tags.append(table.all_tags)
        index = WordIndex(words, np.concatenate(starts))
        return cls(index, rows.ids, rows.bounds, np.concatenate(tags), types)

    def split(self, row: int) -> Split:
        """The split of a sentence."""
        return SPLITS[int(np.searchsorted(self.bounds, row, side="right")) - 1]

    def original(self, row: int) -> Entities:
        """The entities that a sentence came with."""
        first, end = self.index.starts[row : row + 2]
        return tuple((s, e, self.types[kind]) for s, e, kind in spans_of(self.tags[first:end]))

    def current(
        self, labels: CurrentLabels, states: Mapping[str, State]
    ) -> Callable[[int], Entities | None]:
        """Gives the current entities of a sentence; None while annotators disagree on them."""
        conflicts = {row_id for row_id, state in states.items() if state.conflict}

        def label_of(row: int) -> Entities | None:
            row_id = self.ids[row]
            label = labels.label(row_id, lambda _: self.original(row))
            return None if row_id in conflicts or isinstance(label, str) else label

        return label_of


def matches(
    index: WordIndex, wanted: Sequence[Correction], label_of: Callable[[int], Entities | None]
) -> list[Match]:
    """The sentences with one of these mistakes, in their order, with all of them corrected.

    `label_of` gives the entities of a sentence, None for one that must stay as it is.
    """
    found: dict[int, Match] = {}
    for correction in wanted:
        for row, first in index.places(correction.words):
            label, known = label_of(row), found.get(row)
            if label is None:
                continue
            after = _corrected(known.after if known else label, correction, first)
            if after is not None:
                found[row] = Match(row, label, after)
    return [found[row] for row in sorted(found)]


def _corrected(label: Entities, correction: Correction, first: int) -> Entities | None:
    """The entities with the correction made at that word; None where it does not fit."""
    end = first + len(correction.words)
    there = {span for span in label if span[0] < end and first < span[1]}
    if there != set(_moved(correction.before, first)):
        return None
    return tuple(sorted({*label} - there | {*_moved(correction.after, first)}))


def _moved(spans: Entities, by: int) -> Entities:
    return tuple((start + by, end + by, kind) for start, end, kind in spans)


def _within(spans: set[tuple[int, int, str]], start: int, end: int) -> Entities:
    """The spans in that place, counted from its first word."""
    return tuple(sorted((s - start, e - start, kind) for s, e, kind in spans if start <= s < end))


def _places(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The words that spans cover, spans that share a word together."""
    place: tuple[int, int] | None = None
    for start, end in sorted(spans):
        if place is not None and start < place[1]:
            place = place[0], max(place[1], end)
            continue
        if place is not None:
            yield place
        place = start, end
    if place is not None:
        yield place
