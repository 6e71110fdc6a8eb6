"""The leave-one-out ensemble: what class all other rows predict for a row.

It combines the class centroids and the ridge regression, both fitted without the row:

    log p(c | x_i) = t ((1 - a) log p_centroids + a log p_ridge) + const,

a product of experts (Hinton 2002). The share a and the temperature t are those that maximise the
likelihood of the labels.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int

from hamr.triage.class_centroids import calibrated, centroid_log_p
from hamr.triage.ridge import ridge_log_p

SHARES = np.linspace(0, 1, 11)  # a


def loo_ensemble(
    vectors: Float32[np.ndarray, "m d"], labels: Int[np.ndarray, " m"], class_count: int
) -> Float32[np.ndarray, "m c"]:
    """log p(c | x_i) of every row from all other rows; a class without rows gets almost 0."""
    centroids = centroid_log_p(vectors, labels, class_count)
    ridge = ridge_log_p(vectors, labels, class_count)
    rows = np.arange(len(labels))
    mixed = (calibrated((1 - a) * centroids + a * ridge, labels) for a in SHARES)
    best = max(mixed, key=lambda log_p: float(log_p[rows, labels].mean()))
    return best.astype(np.float32)
