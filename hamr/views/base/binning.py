"""Aggregates of row arrays, so that a figure carries a few hundred numbers and not N.

Axes: N training rows, C classes, Q quantiles. NaN marks a row that was not drawn; every
function here leaves such rows out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from hamr.views.base.theme import SEQUENTIAL

# Without its darkest fifth, in which a cell of one row would vanish on a dark page.
COUNTS = sample_colorscale(SEQUENTIAL, np.linspace(0.2, 1, 9))
EPOCH_LIMIT = 60  # reading every signal of a thousand epochs would make a page wait


def spread(epochs: Sequence[int], keep: int, limit: int = EPOCH_LIMIT) -> list[int]:
    """At most `limit` epochs, evenly spread: always the first, the last and `keep`."""
    if len(epochs) <= limit:
        return list(epochs)
    places = np.linspace(0, len(epochs) - 1, limit - 1).round().astype(int)
    return sorted({epochs[i] for i in places} | {keep})


def class_means(values: np.ndarray, labels: np.ndarray, class_count: int) -> np.ndarray:
    """Mean of `values` [N] for each class, [C]; NaN for a class without a finite value."""
    known = np.isfinite(values)
    count = np.bincount(labels[known], minlength=class_count)
    total = np.bincount(labels[known], weights=values[known], minlength=class_count)
    means: np.ndarray = np.divide(total, count, out=np.full(class_count, np.nan), where=count > 0)
    return means


def class_sums(values: np.ndarray, labels: np.ndarray, class_count: int) -> np.ndarray:
    """Sum of the finite `values` [N] for each class, [C]."""
    known = np.isfinite(values)
    return np.bincount(labels[known], weights=values[known], minlength=class_count)


def class_quantiles(
    values: np.ndarray, labels: np.ndarray, class_count: int, shares: Sequence[float]
) -> np.ndarray:
    """Quantiles of `values` [N] within each class, [Q, C]; NaN for an empty class."""
    table = np.full((len(shares), class_count), np.nan)
    for c in range(class_count):
        chosen = values[labels == c]
        chosen = chosen[np.isfinite(chosen)]
        if chosen.size:
            table[:, c] = np.quantile(chosen, shares)
    return table


def edges(values: np.ndarray, bins: int) -> np.ndarray:
    """`bins` + 1 equally wide bin edges over the values; a constant gets a bin of its own."""
    if not values.size:
        return np.linspace(0.0, 1.0, bins + 1)
    low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


def whole_edges(values: np.ndarray, bins: int) -> np.ndarray:
    """Bin edges for counts: each bin holds the same number of whole values."""
    high = int(values.max()) if values.size else 0
    width = max(1, -(-(high + 1) // bins))
    return np.arange(0, high + width + 1, width) - 0.5


def density(
    x: np.ndarray, y: np.ndarray, x_edges: np.ndarray, y_edges: np.ndarray, unit: str = "rows"
) -> go.Heatmap:
    """A heat map of how many points fall into each bin, coloured by log10 of the count.

    Empty bins stay see-through, so that the page's own background shows.
    """
    counts = np.histogram2d(x, y, bins=(x_edges, y_edges))[0].T  # rows of z are y
    top = max(float(counts.max()), 1.0)
    steps = [s for s in (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000) if s <= top]
    if top > 2 * steps[-1]:  # nearer than that, the two numbers would touch
        steps.append(int(top))
    with np.errstate(divide="ignore"):
        shade = np.where(counts > 0, np.log10(counts), np.nan)
    return go.Heatmap(
        x=_middles(x_edges),
        y=_middles(y_edges),
        z=np.round(shade, 3),
        zmin=0,
        zmax=max(np.log10(top), 1e-9),
        customdata=counts.astype(np.int32),
        meta="log10 count",
        colorscale=COUNTS,
        colorbar={
            "title": {"text": unit},
            "tickvals": np.log10(steps),
            "ticktext": [f"{s:,}" for s in steps],
            "thickness": 12,
        },
        hoverongaps=False,
    )


def _middles(bin_edges: np.ndarray) -> np.ndarray:
    middles: np.ndarray = np.round((bin_edges[1:] + bin_edges[:-1]) / 2, 5)
    return middles
