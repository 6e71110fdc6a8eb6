"""Scores of a split: per-class precision, recall and F1, macro-F1, confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float32, Int, UInt8

from hamr.entities import all_spans, mistakes, spans_of
from hamr.records import Metrics


def confusion_matrix(
    labels: Int[np.ndarray, " n"], predictions: Int[np.ndarray, " n"], class_count: int
) -> Int[np.ndarray, "c c"]:
    """Counts of rows, label by prediction."""
    cells = labels.astype(np.int64) * class_count + predictions
    return (
        np.bincount(cells, minlength=class_count**2)
        .reshape(class_count, class_count)
        .astype(np.int32)
    )


def score(
    labels: Int[np.ndarray, " n"],
    predictions: Int[np.ndarray, " n"],
    losses: Float[np.ndarray, " n"],
    class_count: int,
) -> Metrics:
    """All scores of a split.

    Precision, recall and F1 of a class are 0 where they are undefined. The macro mean is
    taken over classes that occur among the labels or the predictions, which is what
    scikit-learn's `f1_score(labels, predictions, average="macro")` does.
    """
    confusion = confusion_matrix(labels, predictions, class_count)
    hits = np.diagonal(confusion)
    support, predicted = confusion.sum(1), confusion.sum(0)
    f1 = _ratio(2 * hits, support + predicted)
    present = (support + predicted) > 0
    return Metrics(
        macro_f1=float(f1[present].mean()) if present.any() else 0.0,
        accuracy=float(hits.sum() / max(1, len(labels))),
        loss=float(losses.mean()) if len(losses) else 0.0,
        precision=_ratio(hits, predicted),
        recall=_ratio(hits, support),
        f1=f1,
        support=support.astype(np.int32),
        confusion=confusion,
    )


def score_entities(
    gold: Sequence[np.ndarray],
    predicted: Sequence[np.ndarray],
    losses: Float[np.ndarray, " n"],
    type_count: int,
) -> Metrics:
    """All scores of a split of tagged sentences, by entity type.

    An entity is right when its words and its type are, as in seqeval's default mode (and in
    CoNLL's script); scikit-learn does the counting, as it does for seqeval. The last entry of
    each array is for NO_ENTITY, whose scores are 0. The macro mean is taken over the types that
    occur in the gold tags or in the predictions.
    """
    from sklearn.metrics import precision_recall_fscore_support  # slow to load

    pairs = _pairs(gold, predicted, type_count)
    confusion = confusion_matrix(pairs[:, 0], pairs[:, 1], type_count + 1)
    scores = np.zeros((4, type_count + 1))  # NO_ENTITY keeps its zeros
    if len(pairs):
        scores[:, :-1] = precision_recall_fscore_support(
            pairs[:, 0], pairs[:, 1], labels=np.arange(type_count), zero_division=0
        )
    precision, recall, f1, support = scores
    present = (confusion.sum(0) + confusion.sum(1))[:-1] > 0
    right = sum(int((tags == own).sum()) for tags, own in zip(gold, predicted, strict=True))
    return Metrics(
        macro_f1=float(f1[:-1][present].mean()) if present.any() else 0.0,
        accuracy=right / max(1, sum(map(len, gold))),
        loss=float(losses.mean()) if len(losses) else 0.0,
        precision=precision.astype(np.float32),
        recall=recall.astype(np.float32),
        f1=f1.astype(np.float32),
        support=support.astype(np.int32),
        confusion=confusion,
    )


def _pairs(
    gold: Sequence[np.ndarray], predicted: Sequence[np.ndarray], nothing: int
) -> Int[np.ndarray, "m 2"]:
    """(gold type, predicted type) of all entities, matched where the words are the same.

    Other gold entities are missed and other predicted ones spurious: `nothing` is their partner.
    Per-class scores of these pairs are those of exactly matched entities.
    """
    if not len(gold):
        return np.empty((0, 2), np.int64)
    starts = np.concatenate([[0], np.cumsum([len(tags) for tags in gold])])
    wanted, seen = (all_spans(np.concatenate(tags), starts) for tags in (gold, predicted))
    # Entities of one side don't overlap, so their first and last words identify them.
    keys = [spans.start * (starts[-1] + 1) + spans.end for spans in (wanted, seen)]
    every = np.union1d(*keys)
    pairs = np.full((len(every), 2), nothing)
    for side, (key, spans) in enumerate(zip(keys, (wanted, seen), strict=True)):
        pairs[np.searchsorted(every, key), side] = spans.type
    return pairs


def error_bits(
    gold: Sequence[np.ndarray], predicted: Sequence[np.ndarray]
) -> UInt8[np.ndarray, " n"]:
    """The kinds of mistakes of each sentence, as bits of `entities.ERROR_KINDS`."""
    bits = np.zeros(len(gold), np.uint8)
    for row, (tags, found) in enumerate(zip(gold, predicted, strict=True)):
        if not np.array_equal(tags, found):
            for _, kind in mistakes(spans_of(tags), spans_of(found)):
                bits[row] |= kind
    return bits


def _ratio(above: Int[np.ndarray, " c"], below: Int[np.ndarray, " c"]) -> Float32[np.ndarray, " c"]:
    """above / below, and 0 where below is 0."""
    result = np.zeros(len(above), np.float32)
    np.divide(above, below, out=result, where=below > 0, casting="unsafe")
    return result
