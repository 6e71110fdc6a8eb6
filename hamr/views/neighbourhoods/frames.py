"""The map at every epoch, for a browser that plays them without asking again.

Axes: P rows shown, E frames, G points of the weight curve's grid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from hamr.store import Run
from hamr.views.base.binning import spread
from hamr.views.neighbourhoods.colours import Colouring
from hamr.views.neighbourhoods.shown_rows import ShownRows

MOST_BYTES = 20_000_000  # of all frames; beyond that only some epochs are sent
_GRID = 41  # points of a weight curve that is 150 pixels wide


@dataclass(frozen=True)
class Frames:
    """What changes on the map from epoch to epoch.

    Each frame is what the page shows at that epoch, with the scale of that epoch: pausing changes
    nothing on the map.
    """

    epochs: tuple[int, ...]  # [E]
    colours: np.ndarray | None  # [E, P] uint8; None where no epoch changes them
    rings: np.ndarray  # [E, ceil(P / 8)] uint8, one bit a point, the lowest first
    points: int  # P
    scales: list[tuple[float, float]] | None  # [E] values of the first and last colour
    labels: list[list[str]] | None  # [E] what the colours are called, where they have names
    note: str  # why epochs are missing; "" where none is
    # [E, 2, P] uint16, packed x and then y of all points; None where no epoch moves them.
    places: np.ndarray | None = None


def frames(
    run: Run,
    epoch: int,
    points: np.ndarray,
    looks: Callable[[int], Colouring] | None,
    ringed: Callable[[int], np.ndarray] | None = None,
    at: Callable[[int], ShownRows] | None = None,
) -> Frames:
    """The frames of the rows shown, [P] indices among the rows of all splits.

    `ringed` gives the indices of those with a ring at an epoch, by default its hard seeds. `looks`
    gives the colouring at an epoch, and `at` the places; None where no epoch changes them. `epoch`
    is always among those that are sent.
    """
    bytes_each = len(points) * ((1 if looks else 0) + (4 if at else 0)) + -(-len(points) // 8)
    every = run.epochs()
    most = max(2, MOST_BYTES // max(1, bytes_each))
    kept = tuple(spread(every, epoch, most) if len(every) > most else every)
    found = [looks(one) for one in kept] if looks else []
    seeds = ringed or partial(run.array, "seeds")
    scales = [one.scale[1:] for one in found if one.scale]
    labels = [one.labels for one in found if one.labels]
    return Frames(
        kept,
        np.stack([one.codes for one in found]) if found else None,
        np.stack([_rings(seeds(one), points) for one in kept]),
        len(points),
        scales or None,
        labels or None,
        _note(len(kept), len(every), len(points)),
        np.stack([_packed(at(one)) for one in kept]) if at else None,
    )


def _packed(shown: ShownRows) -> np.ndarray:
    """The places of the points in their frame, [2, P] uint16."""
    return shown.frame.to_packed(shown.xy).T


def _rings(ringed: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Which points have a ring, as bits."""
    return np.packbits(np.isin(points, ringed), bitorder="little")


def _note(kept: int, every: int, points: int) -> str:
    if kept == every:
        return ""
    return (
        f"{kept:,} of the {every:,} epochs are played: {points:,} points at every epoch would be "
        f"more than {MOST_BYTES // 1_000_000} MB."
    )


def scores(run: Run, epochs: Sequence[int]) -> list[float | None]:
    """Validation macro-F1 at these epochs, [E]; None where it is not recorded."""
    known = {one["epoch"]: one.get("macro_f1") for one in run.scalars()}
    found = [known.get(epoch) for epoch in epochs]
    return [None if score is None else round(float(score), 4) for score in found]


def curves(run: Run, epochs: Sequence[int]) -> dict[str, Any] | None:
    """The weight curve at these epochs: {"z": [G], "weights": [E, G]}; None without one."""
    if not run.info.settings.training.traits.has_curve:
        return None
    found = run.arrays_over(list(epochs), ["curve_z", "curve_weight"])
    if not found or not found[0]["curve_z"].size:
        return None
    z = np.linspace(found[0]["curve_z"][0], found[0]["curve_z"][-1], _GRID)
    weights = [np.interp(z, one["curve_z"], one["curve_weight"]).round(4).tolist() for one in found]
    return {"z": z.round(4).tolist(), "weights": weights}
