"""Scores of a split: per-class precision, recall and F1, macro-F1, confusion matrix."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int

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


def _ratio(above: Int[np.ndarray, " c"], below: Int[np.ndarray, " c"]) -> Float32[np.ndarray, " c"]:
    """above / below, and 0 where below is 0."""
    result = np.zeros(len(above), np.float32)
    return np.divide(above, below, out=result, where=below > 0, casting="unsafe")
