"""Names a person would give: the distinctive terms of a region, and the classes it is about.

The terms of a region c are ranked by class-based TF-IDF (Grootendorst 2022) against the other rows,
times the logarithm of their lift, which is how many times as common they are in c as anywhere:

    W[t, c] = tf[t, c] / n[c] * log(1 + A / f[t]) * log(lift[t, c]),
    lift[t, c] = (tf[t, c] / n[c]) / (f[t] / N),

with tf[t, c] the rows of c that hold the term t and f[t] those of all N rows, n[c] the rows of c,
and A half the terms of all rows: there are two classes, the region and the rest. Rows are counted,
not occurrences, so that one text that repeats a word names no region. The lift is our addition:
without it, words like "the" lead wherever texts are short. Terms of a low lift are left out, so
that stop words of any language are, without a list of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from math import log, log1p

import numpy as np
from jaxtyping import Int

from hamr.regions.terms import alike, is_unspaced, terms

TERMS, SHOWN = 6, 2  # terms of a region; of these in its name, more where two names are the same
# A name's terms: the least share of the region's rows that hold one, and the highest share of the
# other rows. The next pair is for regions without any such term.
TIERS = ((0.15, 0.10), (0.15, 0.15), (0.05, 0.15))
FEWEST = 3  # rows of the region that hold a term
LIFT = 2.5  # at least
COMMON, COMMON_LIFT = 0.05, 5.0  # a term in so many of the other rows needs a higher lift
OF_BEST = 0.25  # of the best term's score: terms below are left out
WHOLE = 0.95  # of a term's rows hold a longer one: the longer one is meant
TOGETHER = 0.6  # of a term's rows hold it beside another: a name shows them as a phrase
SAMPLE, REGION_SAMPLE = 10_000, 1_000  # rows that are read: of all, and of a region
LONGEST = 40  # characters of a class in a name
SEED = 0


class RegionNames:
    """Gives regions their terms and names, from the texts of all rows; see `find_regions`."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._read: dict[int, frozenset[str]] = {}

    def __call__(
        self, rows: Sequence[np.ndarray], about: Sequence[tuple[str, ...]]
    ) -> list[tuple[tuple[str, ...], str]]:
        """The terms and the name of the regions with these rows; names differ.

        `about` are the classes of each: the label and the prediction of its main confusion, or
        the one class that most of its rows have.
        """
        found = [self._found(own) for own in rows]
        names = distinct_names([shown for _, shown in found], about)
        return [(own, name) for (own, _), name in zip(found, names, strict=True)]

    def _found(self, rows: Int[np.ndarray, " m"]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The terms of a region, best first, and the same with words that stand together joined.

        Both in the spelling that most of its rows use.
        """
        part, rows = len(rows) / max(len(self._texts), 1), _sample(rows, REGION_SAMPLE)
        held = Counter(term for row in rows.tolist() for term in self._terms_of(row))
        for tier in TIERS:
            if ranked := self._ranked(held, len(rows), part, tier):
                chosen = self._without_repetition(ranked, held)
                spell = self._spelling(rows, {*chosen, *_joined(chosen, held)})
                return tuple(map(spell.__getitem__, chosen)), tuple(
                    map(spell.__getitem__, _joined(chosen, held))
                )
        return (), ()

    def _ranked(
        self, held: Counter[str], size: int, part: float, tier: tuple[float, float]
    ) -> list[str]:
        """The distinctive terms of a region of `size` rows, that part of all, best first."""
        least, half = max(FEWEST, tier[0] * size), self._everywhere.total() / 2
        scores = {}
        for term, count in held.items():
            if count < least or self._is_usual(term, count / size, part, tier[1]):
                continue
            usual = max(self._everywhere[term], 1)
            lift = count / size * len(self._background) / usual
            scores[term] = count / size * log1p(half / usual) * log(lift)
        lowest = OF_BEST * max(scores.values(), default=0)
        apart = (term for term in scores if self._stands_alone(term, scores))
        found = [term for term in apart if scores[term] >= lowest]
        return sorted(found, key=lambda term: (-scores[term], term))

    def _is_usual(self, term: str, share: float, part: float, most: float) -> bool:
        """Whether a term that such a share of a region's rows hold is about as common elsewhere."""
        everywhere = self._everywhere[term] / len(self._background)
        rest = max(everywhere - share * part, 0) / max(1 - part, 1e-9)
        return rest > most or share < (COMMON_LIFT if rest > COMMON else LIFT) * rest

    def _stands_alone(self, term: str, scores: dict[str, float]) -> bool:
        """Not so a phrase with a word that is distinctive by itself, or with a stop word."""
        words = term.split()
        return len(words) < 2 or not any(word in scores or self._is_common(word) for word in words)

    def _is_common(self, term: str) -> bool:
        return self._everywhere[term] > COMMON * len(self._background)

    def _without_repetition(self, ranked: Sequence[str], held: Counter[str]) -> list[str]:
        """The first terms that don't say the same; a part of one term stands for it all."""
        chosen: list[str] = []
        for term in ranked:
            whole = self._whole(term, held)
            if not any(alike(whole, other) for other in chosen):
                chosen.append(whole)
            if len(chosen) == TERMS:
                break
        return chosen

    def _whole(self, term: str, held: Counter[str]) -> str:
        """The longest term that nearly always stands where this one does."""

        def holds_it(other: str) -> bool:
            if is_unspaced(term):
                return term in other
            words = other.split()
            return term in words and not any(map(self._is_common, {*words} - {term}))

        longer = [
            other
            for other, count in held.items()
            if len(other) > len(term) and count >= WHOLE * held[term] and holds_it(other)
        ]
        return max(longer, key=lambda other: (len(other), other), default=term)

    @cached_property
    def _background(self) -> Int[np.ndarray, " s"]:
        return _sample(np.arange(len(self._texts)), SAMPLE)

    @cached_property
    def _everywhere(self) -> Counter[str]:
        """How many rows hold each term."""
        return Counter(term for row in self._background.tolist() for term in self._terms_of(row))

    def _terms_of(self, row: int) -> frozenset[str]:
        if row not in self._read:
            self._read[row] = frozenset(map(str.casefold, terms(self._texts[row])))
        return self._read[row]

    def _spelling(self, rows: Int[np.ndarray, " m"], wanted: set[str]) -> dict[str, str]:
        """For each folded term the spelling that most of these rows use."""
        found: dict[str, Counter[str]] = {term: Counter() for term in wanted}
        for row in rows.tolist():
            if wanted & self._terms_of(row):
                for own in dict.fromkeys(terms(self._texts[row])):
                    if (term := own.casefold()) in wanted:
                        found[term][own] += 1
        return {
            term: min(counts, key=lambda own: (-counts[own], own)) for term, counts in found.items()
        }


def _sample(rows: Int[np.ndarray, " m"], most: int) -> Int[np.ndarray, " s"]:
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(SEED).choice(rows, most, replace=False))


def _joined(chosen: Sequence[str], held: Counter[str]) -> list[str]:
    """The terms, with a phrase in place of two words that mostly stand together."""
    found: list[str] = []
    for term in chosen:
        for at, other in enumerate(found):
            phrase = max(f"{other} {term}", f"{term} {other}", key=held.__getitem__)
            if held[phrase] >= TOGETHER * min(held[other], held[term]):
                found[at] = phrase
                break
        else:
            found.append(term)
    return found


def distinct_names(found: Sequence[Sequence[str]], about: Sequence[tuple[str, ...]]) -> list[str]:
    """Names of regions with these terms and classes, with as many terms as make them differ."""
    names: list[str] = []
    for own, classes in zip(found, about, strict=True):
        names.append(next(one for one in _forms(own, classes) if one not in names))
    return names


def _forms(found: Sequence[str], about: tuple[str, ...]) -> Iterator[str]:
    """The name with two terms, with three, and so on, then with a number."""
    for shown in range(min(SHOWN, len(found)), len(found) + 1):
        yield region_name(found[:shown], about)
    number = 2
    while True:
        yield f"{region_name(found[:SHOWN], about)} ({number})"
        number += 1


def region_name(found: Sequence[str], about: Sequence[str]) -> str:
    """A region in words: "regsvr32, DLL · execution ↔ defense-evasion", "tweets · praise"."""
    parts = ", ".join(found), " ↔ ".join(_cut(name) for name in about)
    return " · ".join(part for part in parts if part)


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
