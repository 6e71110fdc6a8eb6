"""Which rows belong to a region, once a candidate shows where it is.

One cluster meets a region only roughly; the clusters of other views, scales and seeds that point
to the same trouble tell more. They are those of the same class c whose score is at least
POOL_SCORE of the candidate's and whose Jaccard index with it is at least POOL_ALIKE. A row's prior
probability of belonging to the region is the share of them that hold it, weighted by their squared
scores. Its own label then multiplies the odds of that by (1 - s) + s / p_i if it is of class c, by
1 - s otherwise (s and p as in `hamr.regions.scan`): a label that the evidence does not explain
speaks for the region. The region is the set of rows with the highest expected Jaccard index.

Axes: N rows; Q candidates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float64, Int

from hamr.regions.candidates import SMALLEST, Candidates
from hamr.regions.scan import Scan

POOL_SCORE, POOL_ALIKE = 0.3, 0.1
SUREST = 0.95  # prior probability
TINY = 1e-12


def members(
    candidate: int, given: Candidates, scanned: Scan, labels: Int[np.ndarray, " n"], matrix: Any
) -> Int[np.ndarray, " r"]:
    """The rows of the region that a candidate points to, ascending; `matrix` is that of `given`.

    The candidate is kept where hardly a row is left.
    """
    rows, own = given.of(candidate), scanned.label[candidate]
    inside = np.zeros(given.rows)
    inside[rows] = 1
    shared = matrix @ inside
    alike = shared / (given.sizes + len(rows) - shared) >= POOL_ALIKE
    strong = scanned.score >= POOL_SCORE * scanned.score[candidate]
    pool = np.flatnonzero(alike & strong & (scanned.label == own))
    weight = (scanned.score[pool] / scanned.score[candidate]) ** 2
    prior = np.minimum(matrix[pool].T @ weight / weight.sum(), SUREST)
    share = scanned.share[candidate]
    odds = prior / (1 - prior) * (1 - share + np.where(labels == own, share / scanned.p, 0))
    found = most_alike(odds / (1 + odds))
    return found if len(found) >= SMALLEST else rows


def most_alike(belongs: Float64[np.ndarray, " n"]) -> Int[np.ndarray, " r"]:
    """The rows with the highest expected Jaccard index, ascending, given each row's probability.

    The expectation of the quotient is approximated by the quotient of the expectations.
    """
    order = np.argsort(-belongs, kind="stable")
    shared = np.cumsum(belongs[order])
    jaccard = shared / np.maximum(np.arange(1, len(order) + 1) + shared[-1] - shared, TINY)
    return np.sort(order[: int(jaccard.argmax()) + 1])
