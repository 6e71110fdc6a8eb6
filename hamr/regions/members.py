"""Which rows belong to a region, once a candidate shows where it is.

A cluster meets a region only roughly: labels that the evidence does not explain tell more of its
rows. A row's label was forced on it with the probability

    f_i = s / ((1 - s) p_i + s)  if y_i = c, else 0

(c, s and p as in `hamr.regions.scan`). Let a_i be the share of the candidate's rows among the
nearest rows of row i, and b_i the mean of f over those of them that are in the candidate; a and b
are what they are on average for rows of the candidate (b: for rows with forced labels). Row i then
belongs to the region with the prior probability

    g_i = (min(a_i / a, 1) + min(b_i / b, 1)) / 2,

at least INSIDE for rows of the candidate, and times OUTSIDE for others. Its own label multiplies
the odds of that by (1 - s) + s / p_i if it is of class c, by 1 - s otherwise. The region is the
set of rows with the highest expected Jaccard index.

Axes: N rows; K nearest rows.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int

from hamr.regions.candidates import SMALLEST

INSIDE, OUTSIDE, SUREST = 0.5, 0.3, 0.95
TINY = 1e-12


def members(
    rows: Int[np.ndarray, " m"],
    near: Int[np.ndarray, "n k"],
    forced: Float64[np.ndarray, " n"],
    factor: Float64[np.ndarray, " n"],
) -> Int[np.ndarray, " r"]:
    """The rows of the region that a candidate's `rows` point to, ascending.

    `forced` is f, and `factor` what the row's own label multiplies the odds with. The candidate is
    kept where hardly a row is left.
    """
    inside = np.zeros(len(near), bool)
    inside[rows] = True
    shared = inside[near].mean(1)
    marked = np.where(inside, forced, 0.0)
    around = marked[near].mean(1)
    usual = float(marked @ around) / max(float(marked.sum()), TINY)
    prior = np.minimum(shared / max(float(shared[rows].mean()), TINY), 1) / 2
    prior += np.minimum(around / max(usual, TINY), 1) / 2
    prior = np.where(inside, np.maximum(prior, INSIDE), OUTSIDE * prior)
    prior = np.minimum(prior, SUREST)
    odds = prior / (1 - prior) * factor
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
