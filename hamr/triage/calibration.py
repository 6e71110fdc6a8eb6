"""Probabilities of label errors that agree with the order of the rows and with their number.

For texts and tagged sentences alike. Axes: A rows.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

LEAST_SHARE = 0.01  # of all labels, wrong in any data set


def monotone(
    p_wrong: Float64[np.ndarray, " a"],
    score: Float64[np.ndarray, " a"],
    fitted: int | None = None,
) -> Float64[np.ndarray, " a"]:
    """The non-decreasing function of the score that is nearest to `p_wrong`; its sum is the same.

    Isotonic regression (pool adjacent violators, Barlow et al. 1972), so that no row comes before
    another whose label is more probably wrong. Rows of equal score get equal probabilities. The
    first `fitted` rows, by default all, decide the function; it is interpolated for the others.
    """
    from scipy.optimize import isotonic_regression  # slow to load

    known = slice(None, len(score) if fitted is None else fitted)
    if not len(score[known]):
        return p_wrong
    values, places, counts = np.unique(score[known], return_inverse=True, return_counts=True)
    means = np.bincount(places, p_wrong[known], len(values)) / counts
    heights = np.clip(isotonic_regression(means, weights=counts).x, 0, 1)
    found: Float64[np.ndarray, " a"] = np.interp(score, values, heights)
    return found


def at_least(
    p_wrong: Float64[np.ndarray, " a"], share: float = LEAST_SHARE, fitted: int | None = None
) -> Float64[np.ndarray, " a"]:
    """Log-odds raised by the same number for all rows, so that p is `share` or more on average.

    In ten well-known data sets 0.15 to 10 % of the test labels are wrong, 3.3 % on average
    (Northcutt et al. 2021, "Pervasive label errors in test sets"). That nothing contradicts the
    labels does not show that all are right: people also err in ways that texts explain. The mean
    is that of the first `fitted` rows, by default all.
    """
    known = slice(None, len(p_wrong) if fitted is None else fitted)
    if not len(p_wrong[known]) or p_wrong[known].mean() >= share:
        return p_wrong
    inside = np.clip(p_wrong, 1e-9, 1 - 1e-9)
    odds = np.log(inside / (1 - inside))
    low, high = 0.0, 40.0
    for _ in range(60):  # bisection
        middle = (low + high) / 2
        mean = (1 / (1 + np.exp(-(odds[known] + middle)))).mean()
        low, high = (middle, high) if mean < share else (low, middle)
    found: Float64[np.ndarray, " a"] = 1 / (1 + np.exp(-(odds + high)))
    return found
