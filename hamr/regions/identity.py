"""Which regions of two lists are the same: over epochs, and over runs on the same rows.

Regions are matched one to one so that the sum of their Jaccard indices (rows shared over rows of
either) is highest (Kuhn 1955). A new region's id is a hash of its rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64, Int

from hamr.regions.found import Region, Regions

SAME = 0.3  # the least Jaccard index of two regions that are the same
LENGTH = 8  # of an id, hexadecimal digits


@dataclass(frozen=True)
class Match:
    """A region of one list and the same of another."""

    one: int  # index in the first list
    other: int
    jaccard: float


def region_id(rows: Int[np.ndarray, " m"]) -> str:
    """The id of a region that no other list holds."""
    return hashlib.sha256(np.asarray(rows, np.int64).tobytes()).hexdigest()[:LENGTH]


def overlaps(one: Sequence[Region], other: Sequence[Region]) -> Float64[np.ndarray, "a b"]:
    """The Jaccard index of each region of one list with each of the other."""
    found = np.zeros((len(one), len(other)))
    most = max(
        (int(region.rows[-1]) + 1 for region in (*one, *other) if len(region.rows)), default=0
    )
    inside = np.zeros(most, bool)
    for a, region in enumerate(one):
        inside[region.rows] = True
        for b, against in enumerate(other):
            shared = int(inside[against.rows].sum())
            found[a, b] = shared / max(len(region.rows) + len(against.rows) - shared, 1)
        inside[region.rows] = False
    return found


def match_regions(
    one: Sequence[Region], other: Sequence[Region], least: float = SAME
) -> list[Match]:
    """The pairs of regions that are the same, in the order of the first list.

    Both lists must be about the same training rows.
    """
    from scipy.optimize import linear_sum_assignment  # slow to load

    shared = overlaps(one, other)
    pairs = zip(*linear_sum_assignment(-shared), strict=True)
    return [Match(int(a), int(b), float(shared[a, b])) for a, b in pairs if shared[a, b] >= least]


def carry_ids(known: Sequence[Region], regions: Regions) -> Regions:
    """The regions with the ids of the known ones that are the same: of the epoch before, or of
    another run on the same rows.
    """
    ids = {match.other: known[match.one].id for match in match_regions(known, regions.found)}
    taken, new = set(ids.values()), {}
    for index, region in enumerate(regions.found):
        found = ids.get(index, region.id)
        while index not in ids and found in taken:
            found = hashlib.sha256(found.encode()).hexdigest()[:LENGTH]
        taken.add(found)
        new[region.id] = found
    carried = tuple(
        replace(region, id=new[region.id], parent=new.get(region.parent or ""))
        for region in regions.found
    )
    return replace(regions, found=carried)
