"""Correlation of two values of the same rows. Axis: N rows."""

from __future__ import annotations

import numpy as np


def finite_pair(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of x and y at which both are numbers, as float64."""
    known = np.isfinite(x) & np.isfinite(y)
    return np.asarray(x[known], float), np.asarray(y[known], float)


def rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's rank correlation, ties sharing their mean rank; NaN if either is constant."""
    x, y = finite_pair(x, y)
    if x.size < 2:
        return float("nan")
    return correlation(ranks(x), ranks(y))


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Pearson's correlation; NaN if either is constant or fewer than two pairs are known."""
    x, y = finite_pair(x, y)
    if x.size < 2 or x.std() == 0 or y.std() == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1 for the lowest, ties sharing their mean rank, [N]."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[place]


def percentile(values: np.ndarray) -> np.ndarray:
    """The share of rows with no higher value, ties in the middle, in percent, [N]."""
    return 100 * (ranks(values) - 0.5) / len(values)
