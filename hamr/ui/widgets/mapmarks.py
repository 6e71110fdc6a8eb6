"""How the points of a map are marked, and what its axes and colours mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamr.views.base.packing import RINGED, SQUARE, TRIANGLE

_MOST_MARKS = 200_000  # more edges or diamonds than this hide the points they belong to


@dataclass(frozen=True)
class AxisSpec:
    """An axis with ticks; the title carries the unit."""

    title: str


@dataclass(frozen=True)
class ScoreScale:
    """What a continuous palette means: its first colour is `low`, its last `high`.

    A `note` below it says how to read it. Where some points have no value, the palette has one
    colour more, at its end, and `missing` says what that means.
    """

    title: str
    low: float
    high: float
    note: str = ""
    missing: str = ""


@dataclass(frozen=True)
class Marks:
    """What is marked on a map, in addition to the colours of its points."""

    ringed: np.ndarray | None = None  # [N] bool
    seeds: np.ndarray | None = None  # indices of ringed points, hardest first: kept in this order
    dimmed: np.ndarray | None = None  # [N] bool
    highlight: np.ndarray | None = None  # indices of points that get a diamond
    edges: np.ndarray | None = None  # [M, 2] indices of points that a line links
    squares: np.ndarray | None = None  # [N] bool; all others are discs
    triangles: np.ndarray | None = None  # [N] bool
    # Explained in the legend: "ring", "highlight", "selected", "edge", "square", "triangle" or
    # "disc", and its meaning.
    shapes: Sequence[tuple[str, str]] = ()


def flags(count: int, marks: Marks) -> np.ndarray:
    """The flag byte of each of `count` points; what is dimmed is a feed of its own."""
    flag = np.zeros(count, np.uint8)
    for bit, mask in (
        (RINGED, marks.ringed),
        (SQUARE, marks.squares),
        (TRIANGLE, marks.triangles),
    ):
        if mask is not None:
            flag |= mask.astype(np.uint8) * np.uint8(bit)
    return flag


def few(rows: Any) -> np.ndarray:
    """Marked points as an array, not too many to draw."""
    return np.asarray([] if rows is None else rows)[:_MOST_MARKS]
