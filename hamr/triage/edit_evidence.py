"""What the support of an edit says: how much more often it is that high where there is an error.

A model finds it likely that an entity is none far more often than somebody annotates a word that
is none, so the same support means different things for different kinds of edits. How much it means
is learned from mistakes that are planted: for each kind, every entity is made wrong in turn, and
the support of the edit that would mend it is compared with the highest support that an edit of
this kind has at each unit as it is. Logistic regression of the one against the other gives

    evidence = a + b support = log [ p(support | such an error) / p(support) ],

in nats. Planting costs nothing: no model judges a word by its own tag, so what it says of a word
does not change with it. Both sides are counted in bins; few planted mistakes keep a and b near
TYPICAL.

Axes: C edits; M entities.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64, Int

from hamr.triage.span_edits import (
    ADD,
    EXTEND,
    JOIN,
    KINDS,
    REMOVE,
    RETYPE,
    TRIM,
    Edits,
    Layout,
    TagModel,
)

# a, b by kind, as they are in Reuters news and restaurant queries, rounded.
TYPICAL = ((-0.8, 0.9), (-3.8, 1.0), (1.5, 0.8), (1.9, 0.9), (-2.4, 0.8), (1.0, 0.8))
TRUST = 20  # planted mistakes that count as much as TYPICAL
LOW, HIGH, BINS = -6.0, 14.0, 200  # nats, of a support
ROUNDS = 30

Planted = tuple[np.ndarray, np.ndarray]  # supports, and how much each counts


def edit_evidence(
    layout: Layout, edits: Edits, log_p: Float[np.ndarray, "w t"], fitted: int
) -> Float64[np.ndarray, " c"]:
    """The evidence of each edit, in nats, learned from the first `fitted` words."""
    model = TagModel(log_p, layout.tags)
    support = np.clip(model.support(layout, edits), LOW, HIGH)
    planted = _planted(layout, model, log_p.shape[1] // 2, fitted)
    found = np.zeros(len(support))
    for kind in range(len(KINDS)):
        own = np.flatnonzero(edits.kind == kind)
        highest = np.full(len(layout.is_entity), -np.inf)
        np.maximum.at(highest, edits.unit[own], support[own])
        as_is = highest[np.isfinite(highest) & (layout.unit_starts[:-1] < fitted)]
        a, b = _regressed(planted[kind], (as_is, np.ones(len(as_is))), TYPICAL[kind])
        found[own] = a + b * support[own]
    return found


def _planted(layout: Layout, model: TagModel, type_count: int, fitted: int) -> dict[int, Planted]:
    """The supports of the edits that would mend each planted mistake."""
    known = layout.spans.start < fitted
    a, b, t = (part[known] for part in layout.spans[1:])
    true, width = model.entity(a, b, t), b - a
    others = [model.entity(a, b, (t + step) % type_count) for step in range(1, type_count)]
    long = width > 1
    a2, b2, t2 = a[long], b[long], t[long]
    full, last, inner = true[long], b2 - 1, a2 + 1
    cut = model.entity(a2, last, t2) + model.none(last, b2)
    late = model.entity(inner, b2, t2) + model.none(a2, inner)
    split = model.entity(a2, inner, t2) + model.entity(inner, b2, t2)
    return {
        RETYPE: _evenly([(true - other) / width for other in others]),
        REMOVE: _added_words(layout, model, np.bincount(t, minlength=type_count), fitted),
        ADD: _evenly([(true - model.none(a, b)) / width]),
        EXTEND: _evenly([full - cut, (full - late) / 2]),
        TRIM: _too_long(layout, model, known),
        JOIN: _evenly([full - split]),
    }


def _evenly(parts: list[np.ndarray]) -> Planted:
    every = np.concatenate(parts) if parts else np.zeros(0)
    return every, np.ones(len(every))


def _added_words(
    layout: Layout, model: TagModel, type_counts: Int[np.ndarray, " k"], fitted: int
) -> Planted:
    """Each word without an entity made one of each type, which counts as often as the type is."""
    word = np.flatnonzero(layout.tags[:fitted] == 0)
    end, total = word + 1, max(int(type_counts.sum()), 1)
    parts, weights = [np.zeros(0)], [np.zeros(0)]
    for type_, count in enumerate(type_counts.tolist()):
        parts.append(model.none(word, end) - model.entity(word, end, np.full(len(word), type_)))
        weights.append(np.full(len(word), count / total))
    return np.concatenate(parts), np.concatenate(weights)


def _too_long(layout: Layout, model: TagModel, known: np.ndarray) -> Planted:
    """Each entity with one word more, at either side."""
    parts = []
    for side in (-1, 1):
        own = known & (layout.free(side) > 0)
        a, b, t = (part[own] for part in layout.spans[1:])
        new_a, new_b = (a - 1, b) if side < 0 else (a, b + 1)
        right = model.none(new_a, a) + model.entity(a, b, t) + model.none(b, new_b)
        parts.append((right - model.entity(new_a, new_b, t)) / (2 if side < 0 else 1))
    return _evenly(parts)


def _regressed(wrong: Planted, right: Planted, typical: tuple[float, float]) -> np.ndarray:
    """a and b of the logistic regression of planted mistakes against what is there."""
    middle = (np.arange(BINS) + 0.5) * (HIGH - LOW) / BINS + LOW
    x = np.stack([np.ones(BINS), middle], axis=1)
    shares, count = [], float(min(wrong[1].sum(), right[1].sum()))
    for values, weights in (wrong, right):
        bins = ((np.clip(values, LOW, HIGH - 1e-9) - LOW) * BINS / (HIGH - LOW)).astype(int)
        counts = np.bincount(bins, weights, BINS)
        shares.append(counts / max(counts.sum(), 1e-12))
    prior, trust = np.array(typical), TRUST / (TRUST + count) / 4
    found = prior.copy()
    for _ in range(ROUNDS if count else 0):
        p = 1 / (1 + np.exp(-x @ found))
        slope = x.T @ (shares[0] * (1 - p) - shares[1] * p) - trust * (found - prior)
        curve = (x * ((shares[0] + shares[1]) * p * (1 - p))[:, None]).T @ x
        step = np.linalg.solve(curve + (trust + 1e-6) * np.eye(2), slope)
        found = found + np.clip(step, -1, 1)
    return found
