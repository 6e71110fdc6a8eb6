"""Where the names of classes and regions are drawn on a map. Axis: N points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, Num
from numpy.lib.stride_tricks import sliding_window_view

CELLS = 24  # of the grid over the map, in each direction
FEWEST = 5  # points of a class that is named
ENOUGH = 5_000  # points that say where their class or region is densest


def peak(xy: Num[np.ndarray, "n 2"], cells: int = CELLS) -> Float[np.ndarray, 2]:
    """The densest place of some points: the mean of those in the fullest cell of a grid.

    A cell counts with the cells around it, so that a cluster cut by a line of the grid is not
    taken for two. The median would lie in empty space between two clusters.
    """
    low, high = xy.min(0), xy.max(0)
    at = np.minimum((xy - low) / np.maximum(high - low, 1e-12) * cells, cells - 1).astype(int)
    side = cells + 2  # with a cell of air at each end
    counts = np.bincount((at[:, 0] + 1) * side + at[:, 1] + 1, minlength=side**2)
    counts = counts.reshape(side, side)
    windows = sliding_window_view(counts, (3, 3))
    around = windows.sum((2, 3))
    score = around[at[:, 0], at[:, 1]]
    fullest = at[score.argmax()]
    middle: np.ndarray = xy[(np.abs(at - fullest) <= 1).all(1)].mean(0)
    return middle


def enough(points: np.ndarray) -> np.ndarray:
    """Evenly spaced ones of very many points."""
    found: np.ndarray = points[:: max(1, len(points) // ENOUGH)]
    return found


def class_names(
    xy: Num[np.ndarray, "n 2"], codes: Int[np.ndarray, " n"], names: Sequence[str]
) -> list[tuple[str, float, float, float]]:
    """(name, x, y, weight) of each class with at least FEWEST points; the weight is its points."""
    # NumPy sorts short numbers by their digits, which is ten times as fast.
    order = np.argsort(codes.astype(np.int16) if len(names) < 2**15 else codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(names) + 1))
    found = []
    for code, name in enumerate(names):
        own = order[ends[code] : ends[code + 1]]
        if len(own) >= FEWEST:
            x, y = peak(xy[enough(own)])
            found.append((name, float(x), float(y), float(len(own))))
    return found


def extent(xy: Num[np.ndarray, "n 2"]) -> tuple[float, float, float, float]:
    """(x low, x high, y low, y high) of some points without their outermost twentieths."""
    low, high = np.quantile(xy, (0.05, 0.95), axis=0)
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])
