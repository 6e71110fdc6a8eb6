"""Edits that would mend a tagged sentence: every single change of its entities worth a look.

Annotators err entity by entity, so errors are sought among edits of entities, not of words:

| kind | what the edit does | the error it mends |
|---|---|---|
| RETYPE | gives an entity another type | wrong type |
| REMOVE | makes an entity no entity | entity added |
| ADD | makes up to five words without an entity one | entity missed |
| EXTEND | takes one or two more words into an entity, at one side | entity too short |
| TRIM | leaves one or two words of an entity out, at one side | entity too long |
| JOIN | makes two entities, at most one word apart, one | entity split |

The *support* of an edit under a model log p(t) of each word's tag is the mean over the words whose
tag it changes of log p(new tag) - log p(own tag), in nats. It is a mean and not a sum because the
words of an entity share their evidence: a name of three words is not three times as doubtful.

Each edit belongs to one *unit*: the entity that it changes (of two that are joined the first), or
for ADD the stretch of words without an entity.

Axes: W words; S sentences; T tags; K = T // 2 types; C edits; U units; M entities.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float64, Int

from hamr.entities import Spans, all_spans

KINDS = ("retype", "remove", "add", "extend", "trim", "join")
RETYPE, REMOVE, ADD, EXTEND, TRIM, JOIN = range(len(KINDS))
LONGEST = 5  # words of an entity that an edit adds
MOST_MOVED = 2  # words that a border moves by
LEAST = -4.0  # support of an addition; of less only a unit's best one is an edit

Column = Int[np.ndarray, " c"]


@dataclass(frozen=True)
class Layout:
    """Where the entities of all sentences are, and the units that edits belong to."""

    tags: Int[np.ndarray, " w"]
    starts: Int[np.ndarray, " s1"]

    @cached_property
    def spans(self) -> Spans:
        """The entities."""
        return all_spans(self.tags, self.starts)

    @cached_property
    def sentence(self) -> Int[np.ndarray, " w"]:
        """The sentence of each word."""
        found: np.ndarray = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        return found

    @cached_property
    def unit_starts(self) -> Int[np.ndarray, " u1"]:
        """The first word of each unit, and the number of words."""
        begins = np.zeros(len(self.tags) + 1, bool)
        begins[self.starts] = True
        begins[self.spans.start] = begins[self.spans.end] = True
        found: np.ndarray = np.flatnonzero(begins)
        return found

    @cached_property
    def unit(self) -> Int[np.ndarray, " w"]:
        """The unit of each word."""
        widths = np.diff(self.unit_starts)
        found: np.ndarray = np.repeat(np.arange(len(widths)), widths)
        return found

    @cached_property
    def unit_sentence(self) -> Int[np.ndarray, " u"]:
        """The sentence of each unit."""
        found: np.ndarray = self.sentence[self.unit_starts[:-1]]
        return found

    @cached_property
    def entities(self) -> Int[np.ndarray, " m"]:
        """The units of the entities."""
        found: np.ndarray = self.unit[self.spans.start]
        return found

    @cached_property
    def is_entity(self) -> Bool[np.ndarray, " u"]:
        """Which units are entities."""
        found = np.zeros(len(self.unit_starts) - 1, bool)
        found[self.entities] = True
        return found

    def free(self, side: int) -> Int[np.ndarray, " m"]:
        """How many words without an entity there are before (-1) or after (1) each entity."""
        near = np.clip(self.entities + side, 0, len(self.is_entity) - 1)
        same = self.unit_sentence[near] == self.unit_sentence[self.entities]
        width = np.diff(self.unit_starts)[near]
        return np.where(same & (near != self.entities) & ~self.is_entity[near], width, 0)


@dataclass(frozen=True)
class Edits:
    """Edits, each of one unit."""

    unit: Column
    kind: Column
    start: Column  # the entity that there is after the edit; for REMOVE the one before
    end: Column
    type: Column  # -1: no entity

    def of(self, chosen: np.ndarray) -> Edits:
        """Some of them."""
        parts = (self.unit, self.kind, self.start, self.end, self.type)
        return Edits(*(part[chosen] for part in parts))

    def changed(self, layout: Layout) -> Column:
        """The first word whose tag each edit changes, of a border the first on the outer side."""
        first, end = layout.unit_starts[self.unit], layout.unit_starts[self.unit + 1]
        moved_right = np.where(self.kind == EXTEND, end, self.end)
        at_left = self.start != first
        border = np.where(at_left, np.minimum(self.start, first), moved_right)
        moves = (self.kind == EXTEND) | (self.kind == TRIM)
        # A join changes the first entity only where that has another type.
        kept = (layout.tags[self.start].astype(np.int64) - 1) >> 1 == self.type
        joint = np.where(kept, end, self.start)
        return np.where(moves, border, np.where(self.kind == JOIN, joint, self.start))

    def tag_after(self, layout: Layout) -> Column:
        """The tag that the word `changed` has after the edit."""
        word = self.changed(layout)
        inside = (self.type >= 0) & (word >= self.start) & (word < self.end)
        return np.where(inside, 1 + 2 * self.type + (word > self.start), 0)


class TagModel:
    """Sums over stretches of words of log p(t), under one model of the words' tags."""

    def __init__(self, log_p: Float[np.ndarray, "w t"], tags: Int[np.ndarray, " w"]) -> None:
        self._own = _running(log_p[np.arange(len(tags)), tags])
        self._none = _running(log_p[:, 0])
        self._inner = _running(log_p[:, 2::2])
        self._first = np.asarray(log_p[:, 1::2], float)

    def own(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Of the tags that words a to b have."""
        found: np.ndarray = self._own[b] - self._own[a]
        return found

    def none(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Of no entity at words a to b."""
        found: np.ndarray = self._none[b] - self._none[a]
        return found

    def entity(self, a: np.ndarray, b: np.ndarray, type_: np.ndarray) -> np.ndarray:
        """Of one entity of a type at words a to b."""
        inner: np.ndarray = self._inner[b, type_] - self._inner[a + 1, type_]
        found: np.ndarray = self._first[a, type_] + inner
        return found

    def support(self, layout: Layout, edits: Edits) -> Float64[np.ndarray, " c"]:
        """The support of each edit."""
        own_start, own_end = layout.unit_starts[edits.unit], layout.unit_starts[edits.unit + 1]
        whole = edits.kind == ADD  # the rest of the stretch stays as it is
        low = np.where(whole, edits.start, np.minimum(own_start, edits.start))
        high = np.where(whole, edits.end, np.maximum(own_end, edits.end))
        kept = self.entity(edits.start, edits.end, np.maximum(edits.type, 0))
        after = np.where(edits.type < 0, self.none(edits.start, edits.end), kept)
        after = after + self.none(low, edits.start) + self.none(edits.end, high)
        moved_left = edits.start != own_start
        by = np.abs(edits.start - own_start) + np.abs(edits.end - own_end)
        moves = (edits.kind == EXTEND) | (edits.kind == TRIM)
        # At the left the old or the new first word changes its tag, too.
        count = np.where(moves, by + moved_left, edits.end - edits.start)
        count = np.where(edits.kind == JOIN, _joined(layout, edits), count)
        found: np.ndarray = (after - self.own(low, high)) / count
        return found


def _joined(layout: Layout, edits: Edits) -> Column:
    """How many words change their tags where two entities are joined: those without an entity
    between them, the first one of the second entity, and all of an entity whose type changes."""
    end = layout.unit_starts[edits.unit + 1]
    last = np.minimum(end, len(layout.tags) - 1)
    one, other = (
        (layout.tags[at].astype(np.int64) - 1) >> 1 for at in (edits.start, edits.end - 1)
    )
    between = (layout.tags[last] == 0).astype(np.int64)
    count = between + np.where(one == edits.type, 0, end - edits.start)
    found: np.ndarray = count + np.where(other == edits.type, 1, edits.end - end - between)
    return found


def find_edits(layout: Layout, log_p: Float[np.ndarray, "w t"]) -> Edits:
    """All edits of the sentences; additions have the likeliest type under `log_p`."""
    model, type_count = TagModel(log_p, layout.tags), log_p.shape[1] // 2
    unit, start, end, type_ = layout.entities, *layout.spans[1:]
    parts = [_edits(RETYPE, unit, start, end, (type_ + n) % type_count)
             for n in range(1, type_count)]  # fmt: skip
    parts.append(_edits(REMOVE, unit, start, end, np.full(len(unit), -1)))
    parts.append(_additions(layout, model, type_count))
    parts.extend(_moves(layout))
    parts.extend(_joins(layout))
    return _together(parts)


def _together(parts: list[Edits]) -> Edits:
    columns = zip(*((p.unit, p.kind, p.start, p.end, p.type) for p in parts), strict=True)
    return Edits(*(np.concatenate(column) for column in columns))


def _running(values: np.ndarray) -> np.ndarray:
    """Sums of the values before each place, so that a stretch's sum is a difference."""
    nothing = np.zeros_like(values[:1], float)
    found: np.ndarray = np.concatenate([nothing, np.cumsum(values, 0, float)])
    return found


def _edits(
    kind: int, unit: np.ndarray, start: np.ndarray, end: np.ndarray, type_: np.ndarray
) -> Edits:
    return Edits(unit, np.full(len(unit), kind), start, end, type_)


def _additions(layout: Layout, model: TagModel, type_count: int) -> Edits:
    parts, scores = [], []
    until = layout.unit_starts[layout.unit + 1]  # where each word's unit ends
    for length in range(1, LONGEST + 1):
        fits = np.arange(len(until)) + length <= until
        a = np.flatnonzero((layout.tags == 0) & fits)
        of = np.stack([model.entity(a, a + length, np.full(len(a), t)) for t in range(type_count)])
        parts.append(_edits(ADD, layout.unit[a], a, a + length, of.argmax(0)))
        scores.append((of.max(0) - model.own(a, a + length)) / length)
    every, score = _together(parts), np.concatenate(scores)
    best = np.full(len(layout.is_entity), -np.inf)
    np.maximum.at(best, every.unit, score)
    return every.of(np.flatnonzero((score > LEAST) | (score == best[every.unit])))


def _moves(layout: Layout) -> Iterator[Edits]:
    unit, start, end, type_ = layout.entities, *layout.spans[1:]
    before, after, width = layout.free(-1), layout.free(1), end - start
    for by in range(1, MOST_MOVED + 1):
        for kind, where, left, right in (
            (EXTEND, before >= by, -by, 0),
            (EXTEND, after >= by, 0, by),
            (TRIM, width > by, by, 0),
            (TRIM, width > by, 0, -by),
        ):
            own = np.flatnonzero(where)
            yield _edits(kind, unit[own], start[own] + left, end[own] + right, type_[own])


def _joins(layout: Layout) -> Iterator[Edits]:
    unit, (row, start, end, type_) = layout.entities, layout.spans
    near = (start[1:] - end[:-1] <= 1) & (row[1:] == row[:-1])
    one = np.flatnonzero(near)
    yield _edits(JOIN, unit[one], start[one], end[one + 1], type_[one])
    one = one[type_[one] != type_[one + 1]]
    yield _edits(JOIN, unit[one], start[one], end[one + 1], type_[one + 1])
