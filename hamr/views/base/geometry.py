"""Points and polygons on a plane: which rows a lasso holds, and its short form for a link.

A polygon is a sequence of corners (x, y); the last one joins the first. Its inside follows
the even-odd rule, so a lasso that crosses itself leaves out the part that it encloses twice.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from hamr.errors import DataError

Polygon = Sequence[tuple[float, float]]

_BIAS = 1 << 22  # packed corners may lie outside 0..65535; three bytes hold -2^22 .. 2^23
_MOST_CORNERS = 512
_MANY = 200_000  # points from which on the cells are worth their while
_CELLS = 96  # a side of the grid of cells


def inside(polygon: Polygon, xy: Float[np.ndarray, "n 2"]) -> Bool[np.ndarray, " n"]:
    """Whether each point lies inside the polygon.

    Counts the sides that a ray from the point to the right crosses. A side owns its lower
    end and not its upper one, so that a corner is counted once; a point exactly on a left
    side is inside, on a right one outside. Exact where coordinates are whole numbers below
    2^25.

    Fewer than three corners hold nothing. NaN points are outside.
    """
    held = np.zeros(len(xy), bool)
    if len(polygon) < 3 or not len(xy):
        return held
    corners = np.asarray(polygon, np.float64)
    candidates = _in_box(corners, xy)
    test = _by_cells if len(candidates) > _MANY else _by_crossings
    held[candidates] = test(corners, np.asarray(xy[candidates], np.float64))
    return held


def _by_crossings(corners: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """The even-odd rule. Points are sorted by y, and each side looks only at those in its
    own range of y: about n log n + n * (sides over one point), not n * sides."""
    order = np.argsort(xy[:, 1], kind="stable")
    x, y = xy[order].T
    odd = np.zeros(len(x), bool)
    for (x0, y0), (x1, y1) in _upward_sides(corners):
        part = slice(*np.searchsorted(y, (y0, y1)))
        # A positive cross product puts the point to the left of the side.
        odd[part] ^= (x1 - x0) * (y[part] - y0) - (y1 - y0) * (x[part] - x0) > 0
    held = np.empty(len(xy), bool)
    held[order] = odd
    return held


def _by_cells(corners: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """The same answer for many points: a cell that no side touches lies in or out as a
    whole, by its centre; only points in the other cells are tested one by one."""
    low, extent = corners.min(0), np.maximum(np.ptp(corners, axis=0), 1e-300)
    step = extent / _CELLS
    column, row = np.clip((xy - low) / step, 0, _CELLS - 1).astype(np.int32).T
    cell = row * _CELLS + column
    middles = np.arange(_CELLS) + 0.5
    centres = low + step * np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
    touched = _touched(corners, centres, step)
    held: np.ndarray = _by_crossings(corners, centres)[cell]
    close = np.flatnonzero(touched[cell])
    held[close] = _by_crossings(corners, xy[close])
    return held


def _touched(corners: np.ndarray, centres: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Whether a side comes so near to a cell's centre that it may touch the cell."""
    scaled = (centres - corners[0]) / step
    touched = np.zeros(len(centres), bool)
    for a, b in (_upward_sides(corners) - corners[0]) / step:
        along = b - a
        share = np.clip((scaled - a) @ along / max(along @ along, 1e-300), 0, 1)
        offset = scaled - a - share[:, None] * along
        touched |= (offset**2).sum(axis=1) < 0.55  # half a diagonal, squared, is 0.5
    return touched


def _upward_sides(corners: np.ndarray) -> np.ndarray:
    """[sides, 2, 2]: each side from its lower to its upper end."""
    sides = np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
    down = sides[:, 0, 1] > sides[:, 1, 1]
    sides[down] = sides[down, ::-1]
    return sides


def _in_box(corners: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Indices of the points within the polygon's bounding box."""
    low, high = corners.min(0), corners.max(0)
    x, y = xy[:, 0], xy[:, 1]
    return np.flatnonzero((x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))


def lasso_text(packed: Sequence[Sequence[int]]) -> str:
    """The corners of a lasso, in packed coordinates, as text for a link: 8 letters each."""
    values = np.asarray(packed, np.int64).ravel() + _BIAS
    triples = values.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :3]
    return base64.urlsafe_b64encode(triples.tobytes()).decode()


def lasso_from_text(text: str) -> list[tuple[int, int]]:
    """The corners that `lasso_text` wrote.

    Raises DataError where the text is cut or was not written by it.
    """
    try:
        raw = np.frombuffer(base64.b64decode(text, altchars=b"-_", validate=True), np.uint8)
    except (binascii.Error, ValueError):
        raw = np.empty(0, np.uint8)
    count, rest = divmod(len(raw), 6)
    if rest or not 3 <= count <= _MOST_CORNERS:
        raise DataError(
            f"the lasso in the link is damaged ({len(text)} letters): draw it again on the map",
            field="lasso",
        )
    padded = np.pad(raw.reshape(-1, 3), ((0, 0), (0, 1)))
    values = np.ascontiguousarray(padded).view("<u4").ravel().astype(np.int64) - _BIAS
    return [(int(x), int(y)) for x, y in values.reshape(-1, 2)]
