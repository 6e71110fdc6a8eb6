"""Tag statistics: how all other training and validation sentences tag each word. No vectors.

Test sentences may be judged too, but count for nothing: no sentence is judged by their tags. As
their own names are not counted either, a temperature lowers what is said of them, see
`tag_statistics_of`.

The statistics count how often each tag t occurs at similar words, the word itself left out, in a
chain of contexts that get less and less specific. With n the number of words in a context, n_t of
them with tag t, and P' the estimate of the next broader context, each context estimates (Jelinek
and Mercer 1980, with the weights of a Dirichlet prior)

    P(t) = (n_t + a P'(t)) / (n + a).

    every word -> words of the same shape -> also with the same word before (after)
               -> the same word -> the same word with the same word before: L (after: R)
    every word -> words of the same shape -> any words after the previous word, before the next
                  word (mean of both) -> words between these two: C

    log p(t) = (log L(t) + log R(t) + log C(t)) / 2 + const.

So a known name is recognised by its tags in other sentences, an unknown one by the words around
it, and an entity's boundary by the adjacent word. The shape of a word (Collins 2002) is its
sequence of capitals, small letters, digits and other characters, runs collapsed, and whether it
begins a sentence; everything else ignores case. Logarithms are added because each context may
rule a tag out.

Axes: W words of the A sentences that are judged; L >= W words of all sentences, of which the first
M give evidence: those of training and validation; T tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int
from numpy.typing import NDArray

from hamr.triage.class_centroids import log_softmax, temperature
from hamr.triage.edit_evidence import edit_evidence
from hamr.triage.span_edits import Edits, Layout, find_edits
from hamr.triage.word_classifier import left_out_log_p

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]

# a: how many words the next broader context counts as.
SHAPE, SHAPE_ADJACENT, WORD, PAIR, ADJACENT, BETWEEN = 2.0, 4.0, 3.0, 1.0, 10.0, 2.0
LONGEST_SHAPE = 6  # runs of characters of one kind; longer shapes are almost unique


@dataclass(frozen=True)
class TagStatistics:
    """The words of all sentences, and how the others tag each word of those that are judged."""

    forms: Int[np.ndarray, " l"]  # the number of each word, ignoring case
    tags: Int[np.ndarray, " l"]
    starts: Int[np.ndarray, " a1"]  # sentence i has the words starts[i]:starts[i + 1]
    twins: Int[np.ndarray, " a"]  # a sentence of the same words that gives evidence, or -1
    same_tags: Bool[np.ndarray, " a"]  # whether the twin has the same tags
    log_p: Float32[np.ndarray, "w t"]  # log p(t) of each word, from all other words
    left_out: Float32[np.ndarray, "w t"]  # the same by `word_classifier.py`, from other sentences
    giving: int  # M
    trained: int  # N, of the sentences that are judged the first N are the training sentences

    @property
    def own(self) -> Int[np.ndarray, " w"]:
        """The tags of the words that are judged."""
        return self.tags[: len(self.log_p)]

    @property
    def trained_words(self) -> int:
        """How many words the training sentences have."""
        return int(self.starts[self.trained])

    @property
    def known_words(self) -> int:
        """How many of the words that are judged give evidence."""
        return min(self.giving, len(self.log_p))

    @cached_property
    def layout(self) -> Layout:
        """The entities of the sentences that are judged."""
        return Layout(self.own, self.starts)

    @cached_property
    def both(self) -> Float32[np.ndarray, "w t"]:
        """log p(t) + const of each word from other sentences, by both: their mean."""
        both: FloatArray = (self.log_p + self.left_out) / np.float32(2)
        return both

    @cached_property
    def edits(self) -> Edits:
        """All edits of the sentences that are judged."""
        return find_edits(self.layout, self.both)

    @cached_property
    def edit_evidence(self) -> Float64[np.ndarray, " c"]:
        """What the other sentences say of each edit, in nats."""
        return edit_evidence(self.layout, self.edits, self.both, self.known_words)

    @cached_property
    def counts(self) -> Int[np.ndarray, " t"]:
        """How many training words have each tag."""
        return np.bincount(self.tags[: self.trained_words], minlength=self.log_p.shape[1])

    @cached_property
    def _by_form(self) -> tuple[Int[np.ndarray, " m"], Int[np.ndarray, " f1"]]:
        """The words that give evidence by form, and where each form begins in that order."""
        forms, most = self.forms[: self.giving], int(self.forms.max(initial=0)) + 1
        bounds = np.concatenate([[0], np.bincount(forms, minlength=most).cumsum()])
        return np.argsort(forms, kind="stable"), bounds

    def other_tags(self, word: int) -> Int[np.ndarray, " o"]:
        """The tags of all other occurrences of a word in sentences that give evidence."""
        order, bounds = self._by_form
        form = self.forms[word]
        found = order[bounds[form] : bounds[form + 1]]
        tags: Int[np.ndarray, " o"] = self.tags[found[found != word]]
        return tags


def tag_statistics_of(
    words: Sequence[str],
    tags: Int[np.ndarray, " l"],
    starts: Int[np.ndarray, " s1"],
    rows: int,
    tag_count: int,
    *,
    giving: int | None = None,
    trained: int | None = None,
    left_out: Float32[np.ndarray, "w t"] | None = None,
) -> TagStatistics:
    """The statistics of the first `rows` of some sentences: training, validation, then test.

    `starts` are those of all sentences, followed by the number of words. They are counted over the
    first `giving` sentences, by default all, so that test rows must then be left out: labels
    corrected with their help would inflate the test score. The first `trained` are the training
    sentences, by default all that are judged and give evidence. `left_out` is what
    `left_out_log_p` gives for these sentences, where it is known; otherwise it is computed.
    """
    giving = len(starts) - 1 if giving is None else giving
    trained = min(rows, giving) if trained is None else trained
    counting = _Counting.of(words, tags.astype(np.int64), starts, tag_count)
    count, known = int(starts[rows]), int(starts[giving])
    log_p = counting.log_p(known, slice(0, count))
    if count > known and trained < giving:
        # What is counted without a whole split knows fewer of its names. Validation words, counted
        # over training sentences alone, say how far to trust it.
        first = int(starts[trained])
        t = temperature(
            counting.log_p(first, slice(first, known)).astype(float), counting.tags[first:known]
        )
        log_p[known:] = log_softmax(min(t, 1.0) * log_p[known:].astype(float))
    if left_out is None:
        left_out = left_out_log_p(words, tags, starts, tag_count, giving)[:count]
    twins, same_tags = _twins(counting.forms, counting.tags, starts, rows, giving)
    own = starts[: rows + 1]
    return TagStatistics(
        counting.forms, counting.tags, own, twins, same_tags, log_p, left_out, known, trained
    )


@dataclass(frozen=True)
class _Counting:
    """All words with what their contexts are, to be counted over some of them."""

    forms: IntArray
    tags: IntArray
    shapes: IntArray
    before: IntArray  # the form of the word before, 0 at the sentence's beginning
    after: IntArray
    tag_count: int

    @classmethod
    def of(
        cls, words: Sequence[str], tags: IntArray, starts: Int[np.ndarray, " s1"], tag_count: int
    ) -> _Counting:
        """Those of some sentences."""
        forms = _numbers(word.lower() for word in words)
        first = np.zeros(len(words) + 1, bool)
        first[starts] = True
        after = np.append(forms[1:] + 1, 0) * ~first[1:]  # 0: the sentence's end
        before = np.append(0, forms[:-1] + 1) * ~first[:-1]
        shapes = _pairs(_shapes(words), first[:-1])
        return cls(forms, tags, shapes, before, after, tag_count)

    def log_p(self, known: int, at: slice) -> FloatArray:
        """log p(t) of the words `at`, counted over the first `known` words without the word."""
        wide, tags = self.tag_count, self.tags[:known]

        def given(keys: IntArray, broader: FloatArray, strength: float) -> FloatArray:
            return _smoothed(keys, tags, broader, strength, self.tags[at], at, wide)

        every = (np.bincount(tags, minlength=wide) + 0.5) / (known + wide / 2)
        shape = given(self.shapes, every.astype(np.float32), SHAPE)
        log_p = np.zeros_like(shape)
        for adjacent, pair in (
            (self.before, _pairs(self.before, self.forms)),
            (self.after, _pairs(self.forms, self.after)),
        ):
            context = given(_pairs(self.shapes, adjacent), shape, SHAPE_ADJACENT)
            log_p += np.log(given(pair, given(self.forms, context, WORD), PAIR)) / 2
        around: FloatArray = given(self.before, shape, ADJACENT)
        around = (around + given(self.after, shape, ADJACENT)) / np.float32(2)
        log_p += np.log(given(_pairs(self.before, self.after), around, BETWEEN)) / 2
        return log_p


def _smoothed(
    keys: IntArray,
    known: IntArray,
    broader: FloatArray,
    strength: float,
    own: IntArray,
    at: slice,
    wide: int,
) -> FloatArray:
    """P(t) of each of the words `at`, of which `own` are the tags, from others with their key.

    `known` are the tags of the words that give evidence; a word does not count for itself.
    """
    size = (int(keys.max()) + 1) * wide
    cells = np.bincount(keys[: len(known)] * wide + known, minlength=size)
    found = cells.astype(np.float32).reshape(-1, wide)[keys[at]]
    counted = np.arange(max(0, min(at.stop, len(known)) - at.start))
    found[counted, own[counted]] -= 1
    total = found.sum(1, keepdims=True)
    found += np.float32(strength) * broader
    found /= total + np.float32(strength)
    return found


def _numbers(values: Iterable[object]) -> IntArray:
    """A number for each value, from 0; equal values have the same number."""
    known: dict[object, int] = {}
    return np.array([known.setdefault(value, len(known)) for value in values], np.int64)


def _pairs(one: NDArray[Any], other: NDArray[Any]) -> IntArray:
    """A number for each pair, from 0; equal pairs have the same number."""
    keys = one.astype(np.int64) * (int(other.max(initial=0)) + 1) + other
    numbers: IntArray = np.unique(keys, return_inverse=True)[1]
    return numbers


def _shapes(words: Sequence[str]) -> IntArray:
    """The shape of each word, as a number."""
    shape = {word: _shape(word) for word in set(words)}
    return _numbers(shape[word] for word in words)


def _shape(word: str) -> str:
    """ "APT29" is "Xd", "Mimikatz" is "Xx"."""
    runs = ""
    for char in word:
        kind = "X" if char.isupper() else "x" if char.isalpha() else "d" if char.isdigit() else "-"
        if not runs.endswith(kind):
            runs += kind
    return runs[:LONGEST_SHAPE]


def _twins(
    forms: IntArray, tags: IntArray, starts: Int[np.ndarray, " s1"], rows: int, giving: int
) -> tuple[IntArray, NDArray[np.bool_]]:
    """(twins, same_tags): another sentence of the same words, preferably with different tags.

    Only the first `giving` sentences are anybody's twins.
    """
    same: dict[bytes, list[int]] = {}
    bounds = list(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))
    for row, (first, end) in enumerate(bounds):
        same.setdefault(forms[first:end].tobytes(), []).append(row)
    twins, same_tags = np.full(rows, -1), np.ones(rows, bool)
    for group in (group for group in same.values() if len(group) > 1):
        own = {row: tags[slice(*bounds[row])].tobytes() for row in group}
        for row in (row for row in group if row < rows):
            others = [other for other in group if other != row and other < giving]
            if not others:
                continue
            twins[row] = min(others, key=lambda other: own[other] == own[row])
            same_tags[row] = own[twins[row]] == own[row]
    return twins, same_tags
