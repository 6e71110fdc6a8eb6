"""Class centroids: what class a row's embedding predicts, with the row left out. Closed form.

Linear discriminant analysis (Fisher 1936; regularised as by Friedman 1989): each class has a
centroid mu_c, all share one covariance S, and with P the inverse of
S' = (1 - s) S + s tr(S)/D I,

    d2_ic = (x_i - mu_c)' P (x_i - mu_c),
    log p(c | x_i) = t (log(n_c / M) - d2_ic / 2) + const.

A wrong label must not support itself, so row i is first removed from its own class y. With
r = x_i - mu_y, f = n_y / (n_y - 1), q = r'Pr and h = (1 - s) f / M, removing it moves the centroid
and takes f rr'/M from S (Sherman and Morrison 1950), hence exactly

    c = y:   d2 = f^2 q / (1 - h q)
    else:    d2 = d2_ic + h ((x_i - mu_c)' P r)^2 / (1 - h q)

(s tr(S)/D I keeps its value; the effect is negligible). Leaving out each of M rows in turn costs
one decomposition and no cross-validation. Embeddings are not Gaussian: the temperature t is the
one that maximises the likelihood of the labels, each predicted without its row. A small s finds
rows of common classes, a large s rows of rare ones, so log p is averaged over five values of s.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int

SHRINKS = (0.2, 0.35, 0.5, 0.65, 0.8)  # s
CHUNK = 8192  # rows processed at a time, to limit memory
MOST_FITTED = 65_536  # rows that a temperature is fitted on
LEAST_LEFT = 0.05  # lower bound of 1 - h q, which rounding could bring to 0


def log_softmax(scores: Float[np.ndarray, "n c"]) -> Float[np.ndarray, "n c"]:
    """Logarithms of probabilities, row by row."""
    below = scores - scores.max(1, keepdims=True)
    log_p: Float[np.ndarray, "n c"] = below - np.log(np.exp(below).sum(1, keepdims=True))
    return log_p


def calibrated(
    scores: Float[np.ndarray, "n c"], labels: Int[np.ndarray, " n"]
) -> Float[np.ndarray, "n c"]:
    """log softmax(t * scores), with the t > 0 that maximises the likelihood of the labels."""
    return log_softmax(temperature(scores, labels) * scores)


def temperature(scores: Float[np.ndarray, "n c"], labels: Int[np.ndarray, " n"]) -> float:
    """The t > 0 with which softmax(t * scores) makes the labels most likely.

    Newton's method; the likelihood is concave in t (Guo et al. 2017, temperature scaling). Of many
    rows, every n-th decides: one number needs no more than some ten thousand.
    """
    seen = sampled(len(labels))
    scores, labels = scores[seen], labels[seen]
    own, t = scores[np.arange(len(labels)), labels], 0.1
    for _ in range(20):
        p = np.exp(log_softmax(t * scores))
        mean = (p * scores).sum(1)
        variance = float((p * (scores - mean[:, None]) ** 2).sum(1).mean())
        ascent = float((own - mean).mean())
        # Scores that predict nothing, or everything, would make the step unbounded.
        after = float(np.clip(t + ascent / max(variance, 1e-12), t / 4, 4 * t))
        if not 1e-3 < after < 1e2 or abs(after - t) < 1e-4 * t:
            break
        t = after
    return t


def sampled(count: int) -> slice:
    """All of so many rows; of more than MOST_FITTED every n-th, so that no more than that are."""
    return slice(None, None, -(-count // MOST_FITTED) if count else 1)


def centroid_log_p(
    vectors: Float32[np.ndarray, "m d"],
    labels: Int[np.ndarray, " m"],
    class_count: int,
    others: Float32[np.ndarray, "o d"] | None = None,
) -> Float32[np.ndarray, "a c"]:
    """log p(c | x_i) of every row, from the class centroids of all other rows.

    The class of a single row has no centroid without it; the mean of all rows is used instead.
    Classes without a row get the probability 0, up to rounding. After the M rows come the `others`,
    whose labels are not asked for: they have part in no centroid, covariance or temperature.
    """
    counts = np.bincount(labels, minlength=class_count)
    middle = vectors.mean(0)
    centred = vectors - middle
    means = _means(centred, labels, counts)
    residuals = centred - means[labels]
    values, basis = np.linalg.eigh((residuals.T @ residuals / len(labels)).astype(float))
    basis = basis.astype(np.float32)
    rotated, means = centred @ basis, means @ basis
    apart = ((others if others is not None else vectors[:0]) - middle) @ basis
    total = np.zeros((len(labels) + len(apart), class_count))
    for shrink in SHRINKS:
        spread = (1 - shrink) * np.maximum(values, 0) + shrink * max(values.mean(), 1e-12)
        scores = _scores(rotated, means, spread, shrink, labels, counts)
        t = temperature(scores, labels)
        scores = np.concatenate([scores, _scores_of_others(apart, means, spread, counts)])
        total += log_softmax(t * scores)
    return log_softmax(total / len(SHRINKS)).astype(np.float32)


def _scores_of_others(
    rotated: Float[np.ndarray, "o d"],
    means: Float[np.ndarray, "c d"],
    spread: Float[np.ndarray, " d"],
    counts: Int[np.ndarray, " c"],
) -> Float[np.ndarray, "o c"]:
    """log(n_c / M) - d2 / 2 of rows that have no part in the centroids."""
    inverse = (1 / spread).astype(np.float32)
    weighed = (means * inverse).astype(np.float32)
    prior = np.log(np.maximum(counts, 1e-9) / counts.sum())
    squared = ((rotated * rotated) @ inverse)[:, None] - 2 * rotated @ weighed.T
    found: Float[np.ndarray, "o c"] = prior - (squared + (weighed * means).sum(1)) / 2
    return found


def _means(
    vectors: Float32[np.ndarray, "m d"],
    labels: Int[np.ndarray, " m"],
    counts: Int[np.ndarray, " c"],
) -> Float32[np.ndarray, "c d"]:
    """The mean of each class; 0 where it has no row."""
    order = np.argsort(labels, kind="stable")
    present = np.flatnonzero(counts)
    starts = (np.cumsum(counts) - counts)[present]
    result = np.zeros((len(counts), vectors.shape[1]), np.float32)
    sums = np.add.reduceat(vectors[order], starts, axis=0, dtype=float)
    result[present] = sums / counts[present, None]
    return result


def _scores(
    rotated: Float[np.ndarray, "m d"],
    means: Float[np.ndarray, "c d"],
    spread: Float[np.ndarray, " d"],
    shrink: float,
    labels: Int[np.ndarray, " m"],
    counts: Int[np.ndarray, " c"],
) -> Float[np.ndarray, "m c"]:
    """log(n_c / M) - d2 / 2 without the row, in the basis where P is diagonal, 1 / spread.

    With g_ic = x_i' P mu_c, every term of the equations follows from g, x'Px and mu'P mu.
    """
    inverse = (1 / spread).astype(np.float32)
    weighed = (means * inverse).astype(np.float32)
    between = weighed @ means.T.astype(np.float32)  # mu_b' P mu_c
    total = len(labels)
    prior = np.log(np.maximum(counts, 1e-9) / total)
    result = np.empty((total, len(counts)))
    for start in range(0, total, CHUNK):
        x, y = rotated[start : start + CHUNK], labels[start : start + CHUNK]
        index, size = np.arange(len(y)), counts[y]
        g, length = x @ weighed.T, (x * x) @ inverse
        squared = length[:, None] - 2 * g + np.diagonal(between)
        q = np.maximum(squared[index, y], 0)
        f = size / np.maximum(size - 1, 1)
        h = (1 - shrink) * f / total
        left = np.maximum(1 - h * q, LEAST_LEFT)
        across = (length - g[index, y])[:, None] - (g - between[y])  # (x - mu_c)' P r
        squared = squared + (h / left)[:, None] * across**2
        squared[index, y] = np.where(size > 1, f * f * q / left, length)
        result[start : start + CHUNK] = prior - squared / 2
    return result
