"""What class a row's embedding says, had the row not been there: a discriminant in closed form.

Linear discriminant analysis (Fisher 1936; regularised as by Friedman 1989): each class has a
centre mu_c, all share one covariance S, and with P the inverse of
S' = (1 - s) S + s tr(S)/D I,

    d2_ic = (x_i - mu_c)' P (x_i - mu_c),
    log p(c | x_i) = t (log(n_c / M) - d2_ic / 2) + const.

A wrong label must not vouch for itself, so row i is taken out of its own class y first. With
r = x_i - mu_y, f = n_y / (n_y - 1), q = r'Pr and h = (1 - s) f / M, removing it moves the centre
and takes f rr'/M from S (Sherman and Morrison 1950), hence exactly

    c = y:   d2 = f^2 q / (1 - h q)
    else:    d2 = d2_ic + h ((x_i - mu_c)' P r)^2 / (1 - h q)

(s tr(S)/D I is left as it was, which changes nothing that counts). So leaving out each of M rows
costs one decomposition, no cross-validation. Embeddings are no Gaussians: s and the temperature t
are those under which the labels, each seen from outside, are likeliest.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int

SHRINKS = (0.2, 0.35, 0.5, 0.65, 0.8)  # s; the best of a few is as good as the best of many
CHUNK = 8192  # rows at a time, so that memory stays small
LEAST_LEFT = 0.05  # of 1 - h q, which rounding could bring to 0


def log_softmax(scores: Float[np.ndarray, "n c"]) -> Float[np.ndarray, "n c"]:
    """Logarithms of probabilities, row by row."""
    below = scores - scores.max(1, keepdims=True)
    return below - np.log(np.exp(below).sum(1, keepdims=True))


def calibrated(
    scores: Float[np.ndarray, "n c"], labels: Int[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, "n c"], float]:
    """log softmax(t * scores) and the mean log-likelihood of the labels, largest in t > 0.

    Newton's method; the likelihood is concave in t (Guo et al. 2017, temperature scaling).
    """
    own, t = scores[np.arange(len(labels)), labels], 0.1
    for _ in range(20):
        p = np.exp(log_softmax(t * scores))
        mean = (p * scores).sum(1)
        variance = float((p * (scores - mean[:, None]) ** 2).sum(1).mean())
        ascent = float((own - mean).mean())
        # Where nothing can be told from the scores, or all can, a step would have no end.
        after = float(np.clip(t + ascent / max(variance, 1e-12), t / 4, 4 * t))
        if not 1e-3 < after < 1e2 or abs(after - t) < 1e-4 * t:
            break
        t = after
    found = log_softmax(t * scores)
    return found, float(found[np.arange(len(labels)), labels].mean())


def centre_votes(
    vectors: Float32[np.ndarray, "m d"], labels: Int[np.ndarray, " m"], class_count: int
) -> Float32[np.ndarray, "m c"]:
    """log p(c | x_i) of every row by the centres of all other rows.

    A class of a single row has no centre without it: the mean of all rows stands in. Classes
    without a row get the probability 0, up to rounding.
    """
    counts = np.bincount(labels, minlength=class_count)
    centred = vectors - vectors.mean(0)
    means = np.zeros((class_count, vectors.shape[1]))
    np.add.at(means, labels, centred)
    means /= np.maximum(counts, 1)[:, None]
    residuals = (centred - means[labels]).astype(np.float32)
    values, basis = np.linalg.eigh((residuals.T @ residuals / len(labels)).astype(float))
    rotated, means = centred @ basis.astype(np.float32), means @ basis
    best, likeliest = None, -np.inf
    for shrink in SHRINKS:
        spread = (1 - shrink) * np.maximum(values, 0) + shrink * max(values.mean(), 1e-12)
        scores = _scores(rotated, means, spread, shrink, labels, counts)
        found, likelihood = calibrated(scores, labels)
        if likelihood > likeliest:
            best, likeliest = found, likelihood
    assert best is not None  # the first one is likelier than -inf
    return best.astype(np.float32)


def _scores(
    rotated: Float[np.ndarray, "m d"],
    means: Float[np.ndarray, "c d"],
    spread: Float[np.ndarray, " d"],
    shrink: float,
    labels: Int[np.ndarray, " m"],
    counts: Int[np.ndarray, " c"],
) -> Float[np.ndarray, "m c"]:
    """log(n_c / M) - d2 / 2, the row left out; in the basis where P is 1 / spread."""
    scale = (1 / np.sqrt(spread)).astype(np.float32)
    centres = (means * scale).astype(np.float32)
    total = len(labels)
    prior = np.log(np.maximum(counts, 1e-9) / total)
    result = np.empty((total, len(counts)))
    for start in range(0, total, CHUNK):
        part = slice(start, start + CHUNK)
        x, y = rotated[part] * scale, labels[part]
        place, size = np.arange(len(y)), counts[y]
        r = x - centres[y]
        length = (x * x).sum(1)
        squared = length[:, None] - 2 * x @ centres.T + (centres * centres).sum(1)
        q = (r * r).sum(1)
        f = size / np.maximum(size - 1, 1)
        h = (1 - shrink) * f / total
        left = np.maximum(1 - h * q, LEAST_LEFT)
        across = (x * r).sum(1)[:, None] - r @ centres.T
        squared = squared + (h / left)[:, None] * across**2
        squared[place, y] = np.where(size > 1, f * f * q / left, length)
        result[part] = prior - squared / 2
    return result
