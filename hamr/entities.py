"""Entities in tagged sentences: tags as numbers, spans, and the kinds of mistakes. No torch.

Inside the program a sentence's tags are BIO, as numbers: 0 is O, 1 + 2 k is B and 2 + 2 k is I
of entity type k. A span is (start, end, type), `end` being the first word after it. Spans are
read as seqeval (and before it CoNLL's own script) reads tags in its default mode: an I that
continues nothing begins an entity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

OUTSIDE = "O"
NO_ENTITY = "no entity"  # the class of a sentence without entities; the last of the classes


class Span(NamedTuple):
    """Words `start` to `end` (exclusive) are one entity of type number `type`."""

    start: int
    end: int
    type: int


# The kinds of mistakes a sentence can hold, each with its bit in the row signal "errors".
MISSED, SPURIOUS, WRONG_TYPE, WRONG_BOUNDARY = 1, 2, 4, 8
ERROR_KINDS: dict[int, str] = {
    MISSED: "missed",
    SPURIOUS: "spurious",
    WRONG_TYPE: "wrong type",
    WRONG_BOUNDARY: "wrong boundary",
}
ERROR_MEANINGS: dict[str, str] = {
    "missed": "an entity that the model does not find",
    "spurious": "the model finds an entity where there is none",
    "wrong type": "an entity that the model finds with another type",
    "wrong boundary": "an entity of the right type that begins or ends elsewhere",
}


def tag_names(types: Sequence[str]) -> tuple[str, ...]:
    """The names of the tag numbers: O, B-first, I-first, B-second, ..."""
    return (OUTSIDE, *(f"{mark}-{name}" for name in types for mark in "BI"))


def spans_of(tags: Int[np.ndarray, " w"]) -> list[Span]:
    """The entities of a sentence's tags, from left to right."""
    found: list[Span] = []
    start, type_ = 0, -1  # of the entity that is open; -1 for none
    for position, tag in enumerate([*tags.tolist(), 0]):
        kind = (tag - 1) // 2 if tag else -1
        begins = tag and (tag % 2 == 1 or kind != type_)
        if type_ >= 0 and (begins or kind < 0):
            found.append(Span(start, position, type_))
            type_ = -1
        if begins:
            start, type_ = position, kind
    return found


class Spans(NamedTuple):
    """The entities of many sentences, row by row and from left to right; arrays [M] int64.

    `start` and `end` count the words of all rows together, as the tags [W] do.
    """

    row: np.ndarray
    start: np.ndarray
    end: np.ndarray
    type: np.ndarray


def all_spans(tags: Int[np.ndarray, " w"], starts: Int[np.ndarray, " n1"]) -> Spans:
    """`spans_of` for all rows at once; row i has the tags from starts[i] to starts[i + 1]."""
    kind = (tags.astype(np.int64) - 1) // 2  # -1 where there is none
    goes_on = np.zeros(len(tags), bool)
    goes_on[1:] = (kind[1:] >= 0) & (kind[1:] == kind[:-1]) & (tags[1:] % 2 == 0)
    goes_on[starts[:-1][np.diff(starts) > 0]] = False  # no entity reaches into the next row
    first = np.flatnonzero((kind >= 0) & ~goes_on)
    breaks = np.append(np.flatnonzero(~goes_on), len(tags))
    return Spans(
        row=np.searchsorted(starts, first, side="right") - 1,
        start=first,
        end=breaks[np.searchsorted(breaks, first, side="right")],
        type=kind[first],
    )


def spans_of_splits(splits: Sequence[tuple[np.ndarray, np.ndarray]]) -> Spans:
    """`all_spans` of several splits, each given as (tags, starts), one split after the other.

    Rows and words are counted over all of them: those of the second go on after the first's.
    """
    found, row, word = [], 0, 0
    for tags, starts in splits:
        own = all_spans(tags, starts)
        found.append(Spans(own.row + row, own.start + word, own.end + word, own.type))
        row, word = row + len(starts) - 1, word + len(tags)
    return Spans(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def word_places(
    start: Int[np.ndarray, " m"], end: Int[np.ndarray, " m"]
) -> tuple[Int[np.ndarray, " v"], Int[np.ndarray, " m"]]:
    """The positions of the words of spans, one span after the other, and where each span begins."""
    width = end - start
    first = np.cumsum(width) - width
    return np.repeat(start - first, width) + np.arange(width.sum()), first


def tags_of(spans: Iterable[Span], words: int) -> Int[np.ndarray, " w"]:
    """BIO tags of a sentence of so many words, int16; spans must not overlap."""
    tags = np.zeros(words, np.int16)
    for start, end, type_ in spans:
        tags[start:end] = 2 + 2 * type_
        tags[start] = 1 + 2 * type_
    return tags


def named(words: Sequence[str], tags: Int[np.ndarray, " w"], types: Sequence[str]) -> str:
    """The entities of a sentence in words: "Ada Lovelace (person), London (place)"."""
    return ", ".join(
        f"{' '.join(words[start:end])} ({types[type_]})" for start, end, type_ in spans_of(tags)
    )


def mistakes(gold: Sequence[Span], predicted: Sequence[Span]) -> list[tuple[Span, int]]:
    """Each entity that is wrong, with its kind (a key of ERROR_KINDS).

    A gold entity that is not predicted exactly has the wrong type, if the model predicts another
    type for the same words; a wrong boundary, if it predicts an overlapping entity of the same
    type; the wrong type, if it predicts an overlapping one of another type; else it is missed. A
    predicted entity that overlaps no gold one is spurious.
    """
    right = set(gold) & set(predicted)
    found: list[tuple[Span, int]] = []
    for span in gold:
        if span in right:
            continue
        near = [other for other in predicted if _overlap(span, other) and other not in right]
        if any((other.start, other.end) == (span.start, span.end) for other in near):
            found.append((span, WRONG_TYPE))
        elif any(other.type == span.type for other in near):
            found.append((span, WRONG_BOUNDARY))
        else:
            found.append((span, WRONG_TYPE if near else MISSED))
    found += [
        (span, SPURIOUS)
        for span in predicted
        if span not in right and not any(_overlap(span, other) for other in gold)
    ]
    return found


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def mention_counts(tags: Iterable[np.ndarray], type_count: int) -> Int[np.ndarray, " k"]:
    """How many entities of each type the sentences hold, int64."""
    every = [span.type for sentence in tags for span in spans_of(sentence)]
    return np.bincount(np.array(every, np.int64), minlength=type_count)


def row_label(spans: Iterable[Span], counts: Int[np.ndarray, " k"]) -> int:
    """The class of a sentence: its rarest type (by `counts`, then by number), or "no entity".

    A sentence can hold several types. The sentence matters most for the one that is rarest in
    training, which is therefore its label where a row has a single one.
    """
    types = {span.type for span in spans}
    return min(types, key=lambda k: (counts[k], k)) if types else len(counts)


def row_labels(
    tags: Int[np.ndarray, " w"], starts: Int[np.ndarray, " n1"], counts: Int[np.ndarray, " k"]
) -> Int[np.ndarray, " n"]:
    """`row_label` for all rows at once; row i has the tags from starts[i] to starts[i + 1]."""
    spans, order = all_spans(tags, starts), np.argsort(counts, kind="stable")
    rank = np.empty(len(counts), np.int64)
    rank[order] = np.arange(len(counts))
    rarest = np.full(len(starts) - 1, len(counts))
    np.minimum.at(rarest, spans.row, rank[spans.type])
    labels: np.ndarray = np.append(order, len(counts))[rarest]
    return labels
