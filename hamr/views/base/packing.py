"""Points packed in bytes, as the map's JavaScript reads them (assets/pointmap/packed.js).

One feed, little-endian:

    0   4 bytes   "HPM1"
    4   uint32    H, the length of the header in bytes
    8   H bytes   header, JSON in UTF-8, padded with spaces to a multiple of 4:
                  {map, part, version, arrays: [[name, type, length], ...], values: {...}}
    then each array in that order, type one of u1, u2, u4, i4, f4, padded to a multiple of 4.

Four parts make a map, and up to three more say what its points are; each is a feed of its own, so
that only what changed is sent:

    points   x, y       u2 [N]   places in the frame, 0..65535 from its low to its high end
             row        u4 [N]   the numbers of the rows; left out where they are 0, 1, 2, ...
    style    colour     u1 [N]   an index into the palette
             flag       u1 [N]   bits: 2 ringed (a hard seed), 4 a square, 8 a triangle; 1 is the
                                 browser's own, for points that are dimmed
             seeds      u4 [S]   ringed points, hardest first; left out where all have room
    mask     bits       u1 [N/8] a bit for each point, the lowest first: dimmed; empty for none. So
                                 to dim points sends neither their colours nor their rings again
    marks    highlight  u4 [H]   rows in a diamond (matches of a search)
             selected   u4 [0|1] the chosen row
             edges      u4 [2M]  pairs of rows, a line between them
             lasso      i4 [2V]  corners x, y in packed coordinates, which may leave the frame
    texts    text       u1       the texts of all points, one after the other, in UTF-8
             end        u4 [N]   where each ends, in bytes
    facts    0, 1, ...  f4 [N]   one array for each fact: a number, or an index of the fact's names;
                                 `values` holds their titles, names and kinds
    asked    0, 1, ...  f4 [1]   as facts, of one point, where there are too many to send; `values`
                                 also holds its text
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Num, UInt8

from hamr.errors import DataError

MAGIC = b"HPM1"
FULL = 65535  # the packed coordinate of the frame's high end
MOST_RINGS = 3000  # drawn at once
RINGED, SQUARE, TRIANGLE = 2, 4, 8

_TYPES = {"u1": "|u1", "u2": "<u2", "u4": "<u4", "i4": "<i4", "f4": "<f4"}


@dataclass(frozen=True)
class Frame:
    """The rectangle of data coordinates that packed ones are measured in."""

    x: tuple[float, float]
    y: tuple[float, float]

    @classmethod
    def around(cls, xy: Num[np.ndarray, "n 2"]) -> Frame:
        """The bounding box of the finite points; a side without extent gets one of 1."""
        if not len(xy):
            return cls((0.0, 1.0), (0.0, 1.0))
        # Column by column: along the first axis the same takes thirty times as long. What is not
        # finite comes through as NaN or infinity.
        low = np.array([xy[:, 0].min(), xy[:, 1].min()], np.float64)
        high = np.array([xy[:, 0].max(), xy[:, 1].max()], np.float64)
        if not np.isfinite([low, high]).all():
            return cls.around(xy[np.isfinite(xy).all(axis=1)])
        flat = high <= low
        low, high = np.where(flat, low - 0.5, low), np.where(flat, high + 0.5, high)
        return cls((float(low[0]), float(high[0])), (float(low[1]), float(high[1])))

    def to_packed(self, xy: Num[np.ndarray, "n 2"]) -> np.ndarray:
        """Places in 0..65535, [n, 2] uint16, at most half a step of the grid away."""
        packed = np.empty((len(xy), 2), np.uint16, order="F")
        for way, (low, high) in enumerate((self.x, self.y)):  # a column at a time is faster
            share = np.asarray(xy[:, way], np.float64) - low
            share /= high - low
            np.clip(share, 0, 1, out=share)
            share *= FULL
            packed[:, way] = np.rint(share, out=share)
        return packed

    def to_data(self, packed: Any) -> Float[np.ndarray, "n 2"]:
        """Data coordinates of packed ones, which may lie outside the frame."""
        low, high = np.array([self.x, self.y], np.float64).T
        share = np.asarray(packed, np.float64).reshape(-1, 2) / FULL
        xy: np.ndarray = low + share * (high - low)
        return xy


def pack(
    map_key: str, part: str, arrays: dict[str, tuple[str, np.ndarray]], **values: Any
) -> bytes:
    """One feed. `arrays` names each array with its type; `values` are JSON for the header.

    The version in the header is a digest of the content, by which the browser sees that a
    feed brings nothing new.
    """
    body = b"".join(
        _padded(array.astype(_TYPES[kind]).tobytes()) for kind, array in arrays.values()
    )
    header = {
        "map": map_key,
        "part": part,
        "arrays": [[name, kind, int(array.size)] for name, (kind, array) in arrays.items()],
        "values": values,
    }
    digest = hashlib.blake2b(body, digest_size=8)
    digest.update(json.dumps(header, sort_keys=True).encode())
    text = json.dumps(header | {"version": digest.hexdigest()}).encode()
    text += b" " * (-len(text) % 4)
    return MAGIC + len(text).to_bytes(4, "little") + text + body


def _padded(raw: bytes) -> bytes:
    return raw + b"\0" * (-len(raw) % 4)


def pack_points(
    map_key: str, xy: Num[np.ndarray, "n 2"], frame: Frame, rows: np.ndarray | None = None
) -> bytes:
    """The places of all rows, and the numbers of these rows where they are not 0, 1, 2, ...

    Raises DataError where a place is not a finite number.
    """
    if not np.isfinite(xy).all():
        row = int(np.flatnonzero(~np.isfinite(xy).all(axis=1))[0])
        raise DataError(f"row {row} has no place on the map ({xy[row]}): leave such rows out")
    packed = frame.to_packed(xy)
    arrays = {"x": ("u2", packed[:, 0]), "y": ("u2", packed[:, 1])}
    if rows is not None:
        arrays["row"] = ("u4", np.asarray(rows))
    return pack(map_key, "points", arrays, bounds=[*frame.x, *frame.y])


def pack_style(
    map_key: str,
    colour: UInt8[np.ndarray, " n"],
    flag: UInt8[np.ndarray, " n"],
    seeds: np.ndarray | None = None,
) -> bytes:
    """A colour byte and a flag byte for each row; `seeds` says which rings are kept first, if the
    map has no room for all.
    """
    arrays = {"colour": ("u1", colour), "flag": ("u1", flag)}
    if seeds is not None and len(seeds) > MOST_RINGS:
        arrays["seeds"] = ("u4", np.asarray(seeds))
    return pack(map_key, "style", arrays)


def pack_mask(map_key: str, count: int, dimmed: Bool[np.ndarray, " n"] | None) -> bytes:
    """Which of `count` points are dimmed; None for none of them."""
    bits = np.zeros(0, np.uint8) if dimmed is None else np.packbits(dimmed, bitorder="little")
    return pack(map_key, "mask", {"bits": ("u1", bits)}, points=count)


def pack_marks(
    map_key: str,
    *,
    highlight: np.ndarray,
    selected: int | None,
    edges: np.ndarray,
    lasso: list[tuple[int, int]],
) -> bytes:
    """What changes with a click: a few rows, edges [m, 2] and the lasso in packed corners."""
    arrays = {
        "highlight": ("u4", np.asarray(highlight)),
        "selected": ("u4", np.array([] if selected is None else [selected])),
        "edges": ("u4", np.asarray(edges).ravel()),
        "lasso": ("i4", np.asarray(lasso, np.int64).ravel()),
    }
    return pack(map_key, "marks", arrays)
