"""Ridge regression: what class a row's embedding predicts, with the row left out. Closed form.

One-hot labels Y are regressed on the embeddings with a constant, Z [M, D + 1], rows of class c
weighted by omega_c ~ n_c^-0.3 (mean 1), with penalty lambda:

    B = (Z' Omega Z + lambda I)^-1 Z' Omega Y,    h_i = omega_i z_i' (Z' Omega Z + lambda I)^-1 z_i.

A fit without row i predicts for it (Allen 1974, the PRESS statistic; exact)

    s_i = y_i - (y_i - z_i'B) / (1 - h_i),

and log p(c | x_i) = t s_ic + const, with the temperature t of `class_centroids.py`. Class
centroids measure distances, this fits decision boundaries: it is the better of the two where the
classes are not round clusters. The power -0.3 maximised the likelihood of left-out labels on text
sets: without it a small class is never predicted (Rifkin et al. 2003 on regression as classifier).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int

from hamr.triage.class_centroids import log_softmax, temperature

POWER = 0.3
PENALTY = 1.0
CHUNK = 8192  # rows processed at a time, to limit memory
ABSENT = -30.0  # log p of a class without a row
LEAST_LEFT = 0.05  # lower bound of 1 - h, which is near 0 for a row alone in its direction


def ridge_log_p(
    vectors: Float32[np.ndarray, "m d"],
    labels: Int[np.ndarray, " m"],
    class_count: int,
    others: Float32[np.ndarray, "o d"] | None = None,
) -> Float32[np.ndarray, "a c"]:
    """log p(c | x_i) of every row, from a regression on all other rows.

    After the M rows come the `others`, whose labels are not asked for: the regression is on all M.
    """
    solution, scores = _fitted(vectors, labels, class_count)
    present = np.flatnonzero(np.bincount(labels, minlength=class_count))
    scores, known = scores[:, present], np.searchsorted(present, labels)
    t = temperature(scores, known)
    if others is not None and len(others):
        scores = np.concatenate([scores, _with_one(others) @ solution[:, present]])
    result = np.full((len(scores), class_count), ABSENT, np.float32)
    result[:, present] = log_softmax(t * scores)
    return result


def ridge_classifier(
    vectors: Float32[np.ndarray, "m d"], labels: Int[np.ndarray, " m"], class_count: int
) -> tuple[Float32[np.ndarray, "c d"], Float32[np.ndarray, " c"]]:
    """W and b of a linear classifier, softmax(W x + b), from a regression on all rows.

    Its temperature is that of the left-out scores, so that it is as sure as it is right.
    """
    solution, scores = _fitted(vectors, labels, class_count)
    logits = (temperature(scores, labels) * solution).astype(np.float32)
    return np.ascontiguousarray(logits[:-1].T), logits[-1]


def _fitted(
    vectors: Float32[np.ndarray, "m d"], labels: Int[np.ndarray, " m"], class_count: int
) -> tuple[Float32[np.ndarray, "e c"], Float[np.ndarray, "m c"]]:
    """B [D + 1, C] of all rows, and s_i [M, C] of each row from a fit without it."""
    counts = np.maximum(np.bincount(labels, minlength=class_count), 1)
    weight = counts[labels] ** -POWER
    weight = (weight / weight.mean()).astype(np.float32)
    width = vectors.shape[1] + 1
    gram, moment = PENALTY * np.eye(width), np.zeros((width, class_count))
    parts = [slice(start, start + CHUNK) for start in range(0, len(labels), CHUNK)]
    for part in parts:
        z, y = _with_one(vectors[part]), _one_hot(labels[part], class_count)
        weighted = z * weight[part, None]
        gram += weighted.T @ z
        moment += weighted.T @ y
    inverse = np.linalg.inv(gram)
    solution = (inverse @ moment).astype(np.float32)
    inverse = inverse.astype(np.float32)
    scores = np.empty((len(labels), class_count))
    for part in parts:
        z, y = _with_one(vectors[part]), _one_hot(labels[part], class_count)
        leverage = weight[part] * ((z @ inverse) * z).sum(1)
        scores[part] = y - (y - z @ solution) / np.maximum(1 - leverage, LEAST_LEFT)[:, None]
    return solution, scores


def _with_one(vectors: Float32[np.ndarray, "m d"]) -> Float32[np.ndarray, "m e"]:
    return np.concatenate([vectors, np.ones((len(vectors), 1), np.float32)], 1)


def _one_hot(labels: Int[np.ndarray, " m"], class_count: int) -> Float32[np.ndarray, "m c"]:
    rows: Float32[np.ndarray, "m c"] = np.eye(class_count, dtype=np.float32)[labels]
    return rows
