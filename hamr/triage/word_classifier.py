"""A log-linear classifier of words by their tags, each word judged by a fit to other sentences.

Multinomial logistic regression on sparse features of a word and its context, as in maximum-entropy
taggers (Ratnaparkhi 1996): the word, its shape, its first and last one to four letters, the same of
the words around it, pairs and triples of these, and whether the sentence is in capitals. No
vectors, so that it knows what the encoder does not: spelling, and the habits of this file.

Features are hashed to 2 ** BITS numbers (Weinberger et al. 2009); those of a single word are left
out. Sentences are dealt to FOLDS parts, and the words of each part are judged by a fit to all
others; all fits are learned in one pass, as columns of one matrix. A few passes of AdaGrad (Duchi
et al. 2011) over shuffled batches: stopped so early it has not learned what is wrong. Sentences
that give no evidence, which are test sentences, are judged by the mean of all fits.

Axes: W words; L words that are learned from; F features of a word; T tags; J = FOLDS * T columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float32, Int, Int64

FOLDS, PASSES, RATE, DECAY = 5, 4, 0.2, 1e-4
BATCHES, LEAST_BATCH, MOST_BATCH = 50, 512, 4096
BITS = 18
AFFIXES = (1, 2, 3, 4)  # letters
LONGEST_SHAPE = 8
IN_CAPITALS = 0.6  # of a sentence's words
MOST_LEARNED = 300_000  # words; of more every n-th sentence is learned from
CHUNK = 100_000  # words whose features are made at a time, to limit memory
SCATTER = np.uint64(0x9E3779B97F4A7C15)  # 2 ** 64 divided by the golden ratio (Knuth 1973)
EDGE = np.uint64(1 << 40)  # stands for the words before and after a sentence

Ids = np.ndarray


def left_out_log_p(
    words: Sequence[str],
    tags: Int[np.ndarray, " w"],
    starts: Int[np.ndarray, " s1"],
    tag_count: int,
    giving: int,
) -> Float32[np.ndarray, "w t"]:
    """log p(t) of every word, by fits to other sentences among the first `giving`.

    `starts` are the first words of all sentences, followed by the number of words.
    """
    features, known = _Features(words, starts), int(starts[giving])
    if not known:
        return np.full((len(words), tag_count), -np.log(tag_count), np.float32)
    order = _order(words, tags, starts, giving)
    folds = np.zeros(len(words), np.int64)
    rank = np.empty(giving, np.int64)
    rank[order] = np.arange(giving)
    folds[:known] = np.repeat(rank % FOLDS, np.diff(starts[: giving + 1]))
    taken = order[:: max(1, -(-known // MOST_LEARNED))]
    learned = np.concatenate([np.arange(starts[row], starts[row + 1]) for row in taken])
    kept = features.kept(learned)
    weights = _fitted(features.matrix(learned, kept), tags[learned], folds[learned], tag_count)
    found = np.empty((len(words), tag_count), np.float32)
    for start in range(0, len(words), CHUNK):
        at = np.arange(start, min(start + CHUNK, len(words)))
        scores = (features.matrix(at, kept) @ weights).reshape(len(at), FOLDS, tag_count)
        own = scores[np.arange(len(at)), folds[at]]
        found[at] = np.where((at < known)[:, None], own, scores.mean(1))
    found -= found.max(1, keepdims=True)
    found -= np.log(np.exp(found).sum(1, keepdims=True))
    return found


def _order(
    words: Sequence[str], tags: Int[np.ndarray, " w"], starts: Int[np.ndarray, " s1"], giving: int
) -> Int64[np.ndarray, " m"]:
    """The sentences that give evidence, shuffled by their words, whatever order they come in."""
    keys = []
    for first, end in pairwise(starts[: giving + 1].tolist()):
        text = "\0".join(words[first:end]).encode("utf-8", "surrogatepass")
        keys.append((blake2b(text, digest_size=8).digest(), tags[first:end].tobytes()))
    return np.array(sorted(range(giving), key=keys.__getitem__), np.int64)


class _Features:
    """The hashed features of words, made for some of them at a time."""

    def __init__(self, words: Sequence[str], starts: Int[np.ndarray, " s1"]) -> None:
        numbers: dict[str, int] = {}
        own = np.array([numbers.setdefault(word, len(numbers)) for word in words], np.int64)
        forms = list(numbers)
        lower = [form.lower() for form in forms]
        of: Callable[[Iterable[str]], Ids] = lambda values: _numbers(list(values))[own]  # noqa: E731
        form, shape = of(lower), of(_shape(word) for word in forms)
        affixes = [of(w[:n] if len(w) > n else "" for w in lower) for n in AFFIXES]
        affixes += [of(w[-n:] if len(w) > n else "" for w in lower) for n in AFFIXES]
        first = np.zeros(len(words) + 1, bool)
        first[starts] = True
        before: Callable[[Ids], Ids] = lambda ids: _shifted(ids, first, 1)  # noqa: E731
        after: Callable[[Ids], Ids] = lambda ids: _shifted(ids, first, -1)  # noqa: E731
        capitals = _in_capitals(forms, own, starts)
        ending = affixes[6]  # three letters
        w1, s1, v1, r1 = before(form), before(shape), after(form), after(shape)
        w2, s2, v2, r2 = before(w1), before(s1), after(v1), after(r1)
        self._parts: list[tuple[Ids, ...]] = [
            (form,), (shape,), *((affix,) for affix in affixes),
            (w1,), (v1,), (s1,), (r1,), (w2,), (v2,), (before(ending),), (after(ending),),
            (s1, shape), (shape, r1), (s1, shape, r1), (s2, s1, shape), (shape, r1, r2),
            (w1, form), (form, v1), (w1, v1), (w1, shape, v1), (w2, w1), (v1, v2),
            (capitals,), (capitals, shape),
        ]  # fmt: skip

    def kept(self, learned: Int64[np.ndarray, " l"]) -> Int64[np.ndarray, " b"]:
        """The place of each bucket among those that at least two words share; otherwise -1."""
        counts = np.zeros(1 << BITS, np.int64)
        for start in range(0, len(learned), CHUNK):
            buckets = self._buckets(learned[start : start + CHUNK])
            counts += np.bincount(buckets.ravel(), minlength=len(counts))
        there = counts > 1
        return np.where(there, np.cumsum(there) - 1, -1)

    def matrix(self, at: Int64[np.ndarray, " l"], kept: Int64[np.ndarray, " b"]) -> Any:
        """The features of some words, a sparse matrix of ones; the last column is a constant."""
        from scipy.sparse import csr_matrix  # slow to load

        places = kept[self._buckets(at)]
        places = np.concatenate([places, np.full((len(at), 1), kept.max() + 1)], axis=1)
        there = places >= 0
        ends = np.concatenate([[0], there.sum(1).cumsum()])
        ones, width = np.ones(int(ends[-1]), np.float32), int(kept.max()) + 2
        return csr_matrix((ones, places[there], ends), shape=(len(at), width))

    def _buckets(self, at: Int64[np.ndarray, " l"]) -> Int64[np.ndarray, "l f"]:
        return np.stack(
            [_hashed(n, [ids[at] for ids in ids_of]) for n, ids_of in enumerate(self._parts)], 1
        )


def _fitted(
    features: Any, tags: Int[np.ndarray, " l"], folds: Int[np.ndarray, " l"], tag_count: int
) -> Float32[np.ndarray, "f j"]:
    """The weights of FOLDS classifiers side by side; each has seen the words of other folds."""
    count, width = features.shape
    weights = np.zeros((width, FOLDS * tag_count), np.float32)
    squared = np.full((width, 1), 1e-8, np.float32)  # of past gradients, by feature
    right = np.eye(tag_count, dtype=np.float32)[tags][:, None]
    draw, batch = np.random.default_rng(0), int(np.clip(count // BATCHES, LEAST_BATCH, MOST_BATCH))
    for _ in range(PASSES):
        order = draw.permutation(count)
        for first in range(0, count, batch):
            own = order[first : first + batch]
            seen = features[own]
            p = (seen @ weights).reshape(len(own), FOLDS, tag_count)
            p -= p.max(2, keepdims=True)
            np.exp(p, out=p)
            p /= p.sum(2, keepdims=True)
            p -= right[own]
            p[np.arange(len(own)), folds[own]] = 0.0
            used = np.unique(seen.indices)
            slope = (seen.T @ p.reshape(len(own), -1))[used]
            slope += DECAY * len(own) * weights[used]
            squared[used] += (slope * slope).mean(1, keepdims=True)
            weights[used] -= RATE * slope / np.sqrt(squared[used])
    return weights


def _hashed(template: int, parts: Sequence[Ids]) -> Int64[np.ndarray, " l"]:
    """A bucket for each combination of numbers under a template (multiplicative hashing)."""
    found = np.full(len(parts[0]), np.uint64(template + 1) * np.uint64(0x1234567), np.uint64)
    for ids in parts:
        found = (found ^ ids) * SCATTER
        found ^= found >> np.uint64(29)
    found *= SCATTER
    buckets: Int64[np.ndarray, " l"] = (found >> np.uint64(64 - BITS)).astype(np.int64)
    return buckets


def _numbers(values: Sequence[str]) -> Ids:
    """A number for each string that depends on nothing else, so that no order of rows matters."""
    known: dict[str, int] = {}
    for value in values:
        if value not in known:
            raw = value.encode("utf-8", "surrogatepass")
            known[value] = int.from_bytes(blake2b(raw, digest_size=8).digest(), "little")
    return np.array([known[value] for value in values], np.uint64)


def _shifted(ids: Ids, first: np.ndarray, by: int) -> Ids:
    """The numbers of the words before (1) or after (-1), EDGE at the ends of sentences."""
    found = np.roll(ids, by)
    found[first[:-1] if by > 0 else first[1:]] = EDGE
    return found


def _shape(word: str) -> str:
    """ "APT29" is "Xd", "U.S." is "X.X."."""
    runs = ""
    for char in word:
        kind = "X" if char.isupper() else "x" if char.isalpha() else "d" if char.isdigit() else char
        if not runs.endswith(kind):
            runs += kind
    return runs[:LONGEST_SHAPE]


def _in_capitals(
    forms: Sequence[str], own: Int64[np.ndarray, " w"], starts: Int[np.ndarray, " s1"]
) -> Ids:
    """1 at the words of sentences that are mostly in capitals, such as headlines; otherwise 0."""
    has_letters = np.array([any(map(str.isalpha, form)) for form in forms], bool)[own]
    upper = np.array([form.isupper() for form in forms], bool)[own]
    sums = [np.concatenate([[0], np.cumsum(flag)]) for flag in (has_letters, upper & has_letters)]
    letters, capitals = ([s[b] - s[a] for a, b in pairwise(starts.tolist())] for s in sums)
    share = np.array(capitals) > IN_CAPITALS * np.maximum(letters, 1)
    return np.repeat(share, np.diff(starts)).astype(np.uint64)
