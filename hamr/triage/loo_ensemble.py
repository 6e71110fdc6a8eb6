"""The leave-one-out ensemble: what class all other rows predict for a row.

It combines the class centroids and the ridge regression, both fitted without the row:

    log p(c | x_i) = t ((1 - a) log p_centroids + a log p_ridge) + const,

a product of experts (Hinton 2002). The share a and the temperature t are those that maximise the
likelihood of the labels.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int

from hamr.triage.class_centroids import (
    CHUNK,
    calibrated,
    centroid_log_p,
    log_softmax,
    sampled,
    temperature,
)
from hamr.triage.ridge import ridge_log_p

SHARES = np.linspace(0, 1, 11)  # a


def loo_ensemble(
    vectors: Float32[np.ndarray, "m d"], labels: Int[np.ndarray, " m"], class_count: int
) -> Float32[np.ndarray, "m c"]:
    """log p(c | x_i) of every row from all other rows; a class without rows gets almost 0."""
    centroids = centroid_log_p(vectors, labels, class_count)
    ridge = ridge_log_p(vectors, labels, class_count)
    seen = sampled(len(labels))  # decide the share, all rows where they are not many
    known, some = labels[seen], (centroids[seen], ridge[seen])
    rows = np.arange(len(known))

    def likelihood(a: float) -> float:
        return float(calibrated(_mixed(*some, a), known)[rows, known].mean())

    share = max(SHARES, key=likelihood)
    t = temperature(_mixed(*some, share), known)
    for start in range(0, len(labels), CHUNK):
        part = slice(start, start + CHUNK)
        centroids[part] = log_softmax(t * _mixed(centroids[part], ridge[part], share))
    return centroids


def _mixed(
    centroids: Float32[np.ndarray, "m c"], ridge: Float32[np.ndarray, "m c"], share: float
) -> Float[np.ndarray, "m c"]:
    mixed: np.ndarray = (1 - share) * centroids + share * ridge
    return mixed
