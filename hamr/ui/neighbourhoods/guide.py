"""What leads people over the map: the names of classes and regions, and the region it flies to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hamr.regions import Region, Regions
from hamr.ui.widgets.mapconfig import NameKind
from hamr.ui.widgets.pointmap import Guide, Name
from hamr.views.neighbourhoods.names_on_map import enough, extent, peak

MOST_NAMES = 30  # regions that are named; the map leaves out those that would overlap
# Weights of names. A region's goes before that of any class, but one that could be chance fills
# the room that classes leave.
ABOVE, BELOW = 1e9, 0.5

Rows = Callable[[Region], np.ndarray]


def guide(
    xy: np.ndarray,
    classes: Sequence[Name],
    found: Regions | None,
    region: Region | None,
    points: Rows,
) -> Guide:
    """The names to draw, and the place of the region that is chosen.

    `points` gives the points of a region among those of `xy` [N, 2].
    """
    held = sorted(found.found, key=lambda one: not one.beyond_chance) if found else []
    names = [*_of_regions(xy, held[:MOST_NAMES], region, points)]
    return Guide([*names, *classes], region.id if region else "", _target(xy, region, points))


def _of_regions(
    xy: np.ndarray, regions: Sequence[Region], chosen: Region | None, points: Rows
) -> Sequence[Name]:
    names = []
    for place, region in enumerate(regions):
        own = points(region)
        if len(own):
            x, y = peak(xy[enough(own)])
            kind: NameKind = "region"
            weight = ABOVE - place
            if chosen is not None and region.id == chosen.id:
                weight = 2 * ABOVE
            elif not region.beyond_chance:
                weight, kind = BELOW / (1 + place), "doubtful"
            names.append(Name(_short(region), float(x), float(y), weight, kind, region.id))
    return names


def _short(region: Region) -> str:
    """Its terms, or the whole name where it has none."""
    return ", ".join(region.terms[:2]) or region.name


def _target(
    xy: np.ndarray, region: Region | None, points: Rows
) -> tuple[float, float, float, float] | None:
    if region is None:
        return None
    own = points(region)
    return extent(xy[own]) if len(own) else None
