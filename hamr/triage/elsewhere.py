"""What all other words of the training and validation sentences say of a word's tag. No vectors.

How often a tag t stands at words like this one, the word itself left out, by views that look at
ever less of it. With n the count of a view's words, n_t of those with tag t, and P' the view
below, each view says (Jelinek and Mercer 1980, with the weights of a Dirichlet prior)

    P(t) = (n_t + a P'(t)) / (n + a).

    every word -> words of its shape -> and of that word before (after) it -> the word itself
               -> the word with the one before it: L (the one after it: R)
    every word -> words of its shape -> any words after that word, before that one, halved
               -> words between these two: C

    log p(t) = (log L(t) + log R(t) + log C(t)) / 2 + const.

So a name is known by what it is called elsewhere, one that stands nowhere else by the words
around it, and a border by the word that goes with it. The shape of a word (Collins 2002) is its
capitals, small letters, digits and signs, each run as one, and whether it begins a sentence; all
else takes no heed of case. A sum of logarithms, since each view may object.

Axes: W words of the N training sentences, M >= W with those of validation, T tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float32, Int

# a, the words that the view below counts as.
SHAPE, SHAPE_BESIDE, WORD, PAIR, BESIDE, BETWEEN = 2.0, 4.0, 3.0, 1.0, 10.0, 2.0
LONGEST_SHAPE = 6  # runs of like signs; longer ones are as good as unique


@dataclass(frozen=True)
class Elsewhere:
    """The words of all sentences, and what the others say of each in training."""

    forms: Int[np.ndarray, " m"]  # the number of each word, case aside
    tags: Int[np.ndarray, " m"]
    starts: Int[np.ndarray, " n1"]  # sentence i of training has the words starts[i]:starts[i + 1]
    twins: Int[np.ndarray, " n"]  # a sentence of the same words, or -1; N and more: of validation
    alike: np.ndarray  # [n] bool, whether the twin's tags are the same
    says: Float32[np.ndarray, "w t"]  # log p(t | the word, by all others)

    @property
    def own(self) -> Int[np.ndarray, " w"]:
        """The tags of the training words."""
        return self.tags[: len(self.says)]

    @cached_property
    def counts(self) -> Int[np.ndarray, " t"]:
        """How many training words have each tag."""
        return np.bincount(self.own, minlength=self.says.shape[1])

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        """Words in the order of their forms, and where each form begins there."""
        bounds = np.concatenate([[0], np.bincount(self.forms).cumsum()])
        return np.argsort(self.forms, kind="stable"), bounds

    def others(self, word: int) -> Int[np.ndarray, " o"]:
        """The tags of all other places where that word stands."""
        order, bounds = self._places
        form = self.forms[word]
        found = order[bounds[form] : bounds[form + 1]]
        return self.tags[found[found != word]]


def look_elsewhere(
    words: Sequence[str],
    tags: Int[np.ndarray, " m"],
    starts: Int[np.ndarray, " s1"],
    rows: int,
    tag_count: int,
) -> Elsewhere:
    """Asks all other words about those of the first `rows` of some sentences.

    `starts` are those of all sentences, the M-th word's end last. Test rows stay out, or labels
    corrected by them would flatter the test.
    """
    tags, count = tags.astype(np.int64), int(starts[rows])
    forms = _numbers(word.lower() for word in words)
    first = np.zeros(len(words) + 1, bool)
    first[starts] = True
    after = np.append(forms[1:] + 1, 0) * ~first[1:]  # 0: the sentence's end
    before = np.append(0, forms[:-1] + 1) * ~first[:-1]
    shapes = _pairs(_shapes(words), first[:-1])

    def given(keys: np.ndarray, below: np.ndarray, strength: float) -> np.ndarray:
        return _given(keys, tags, below, strength, count, tag_count)

    every = (np.bincount(tags, minlength=tag_count) + 0.5) / (len(tags) + tag_count / 2)
    shape = given(shapes, every.astype(np.float32), SHAPE)
    says = np.zeros_like(shape)
    for beside, pair in ((before, _pairs(before, forms)), (after, _pairs(forms, after))):
        view = given(_pairs(shapes, beside), shape, SHAPE_BESIDE)
        says += np.log(given(pair, given(forms, view, WORD), PAIR)) / 2
    around = (given(before, shape, BESIDE) + given(after, shape, BESIDE)) / 2
    says += np.log(given(_pairs(before, after), around, BETWEEN)) / 2
    return Elsewhere(forms, tags, starts[: rows + 1], *_twins(forms, tags, starts, rows), says)


def _given(
    keys: np.ndarray, tags: np.ndarray, below: np.ndarray, strength: float, count: int, wide: int
) -> Float32[np.ndarray, "w t"]:
    """P(t) of each of the first `count` words by the other words of the same key."""
    cells = np.bincount(keys * wide + tags, minlength=(int(keys.max()) + 1) * wide)
    found = cells.astype(np.float32).reshape(-1, wide)[keys[:count]]
    found[np.arange(count), tags[:count]] -= 1
    total = found.sum(1, keepdims=True)
    found += np.float32(strength) * below
    found /= total + np.float32(strength)
    return found


def _numbers(values: Iterable[object]) -> np.ndarray:
    """Equal values by the same number, from 0."""
    known: dict[object, int] = {}
    return np.array([known.setdefault(value, len(known)) for value in values], np.int64)


def _pairs(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Equal pairs by the same number, from 0."""
    keys = one.astype(np.int64) * (int(other.max(initial=0)) + 1) + other
    return np.unique(keys, return_inverse=True)[1]


def _shapes(words: Sequence[str]) -> np.ndarray:
    """The shape of each word by number."""
    shape = {word: _shape(word) for word in set(words)}
    return _numbers(shape[word] for word in words)


def _shape(word: str) -> str:
    """ "APT29" is "Xd", "Mimikatz" is "Xx"."""
    runs = ""
    for sign in word:
        kind = "X" if sign.isupper() else "x" if sign.isalpha() else "d" if sign.isdigit() else "-"
        if not runs.endswith(kind):
            runs += kind
    return runs[:LONGEST_SHAPE]


def _twins(
    forms: np.ndarray, tags: np.ndarray, starts: np.ndarray, rows: int
) -> tuple[np.ndarray, np.ndarray]:
    """(twins, alike): another sentence of the same words, one that is tagged otherwise first."""
    same: dict[bytes, list[int]] = {}
    bounds = list(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))
    for row, (first, end) in enumerate(bounds):
        same.setdefault(forms[first:end].tobytes(), []).append(row)
    twins, alike = np.full(rows, -1), np.ones(rows, bool)
    for group in (group for group in same.values() if len(group) > 1):
        own = {row: tags[slice(*bounds[row])].tobytes() for row in group}
        for row in (row for row in group if row < rows):
            others = [other for other in group if other != row]
            twins[row] = min(others, key=lambda other: own[other] == own[row])
            alike[row] = own[twins[row]] == own[row]
    return twins, alike
