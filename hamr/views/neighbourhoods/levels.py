"""Values in steps, small enough to be sent for a million points, and a range of them.

A range means the same rows here and in the browser (assets/pointmap/histogram.js): both compare
levels, which are whole numbers, and both round in the same way.

Axes: P points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

TOP = 65534  # the level of the high end
MISSING = 65535  # the level of a point without a value
_ENDS = (0.002, 0.998)  # the shares of rows at which the axis of an open scale ends

Range = tuple[float, float]


@dataclass(frozen=True)
class Levels:
    """The value of each point in steps from `low` to `high`; values beyond are at the ends."""

    codes: np.ndarray  # [P] uint16
    low: float
    high: float
    beyond: tuple[bool, bool]  # whether there are values below `low`, above `high`

    def within(self, span: Range) -> np.ndarray:
        """Which points have a value in the range, both ends included, [P] bool.

        An end that is the axis's own includes what is beyond it. The ends may lie beyond the axis.
        """
        low, high = (self._level(value) for value in span)
        held: np.ndarray = (self.codes >= low) & (self.codes <= high) & (self.codes != MISSING)
        return held

    def _level(self, value: float) -> float:
        return math.floor((value - self.low) / (self.high - self.low) * TOP + 0.5)


def levels(values: np.ndarray, bounds: Range | None = None, of: int | None = None) -> Levels:
    """Values [P] in steps, NaN where a point has none.

    The axis is `bounds`, by default nearly all of the values of the first `of` points: it leaves
    out a few in a thousand at each end, which would otherwise press all others together.
    """
    finite = np.isfinite(values)
    known = values[:of] if finite[:of].all() else values[:of][finite[:of]]
    low, high = bounds or _ends_of(known)
    share = values.astype(np.float64)
    share -= low
    share /= high - low
    np.clip(share, 0, 1, out=share)
    share *= TOP
    share += 0.5
    steps = np.where(finite, share, 0).astype(np.uint16)  # cut, which is to round down
    steps[~finite] = MISSING
    return Levels(steps, low, high, (bool((known < low).any()), bool((known > high).any())))


def _ends_of(known: np.ndarray) -> Range:
    """Both ends in three digits, so that they survive being written and read."""
    if not len(known):
        return 0.0, 1.0
    low, high = (float(value) for value in np.quantile(known, _ENDS))
    step = 10.0 ** (math.floor(math.log10(high - low)) - 2) if high > low else 0.5
    low, high = math.floor(low / step), math.ceil(high / step)
    high = max(high, low + 1)
    return float(f"{low * step:.12g}"), float(f"{high * step:.12g}")
