"""Points of a map coloured by the hard region that they are in.

Axes: N training rows or mentions, A rows of all splits.
"""

from __future__ import annotations

import numpy as np

from hamr.legible import legible_name
from hamr.regions import Region, Regions
from hamr.views.base.theme import NEUTRAL, TOL_MUTED, VALUE_COLOURS
from hamr.views.neighbourhoods.colours import MOST_VALUES, Colouring

LONGEST_NAME = 60  # characters of a region's name in the legend


def of_all_rows(found: Regions, count: int) -> np.ndarray:
    """The index of the region of each row of all splits, [A], -1 in none.

    A validation or test row that falls in several belongs to the one with the fewest rows, as
    training rows do.
    """
    numbers = np.full(count, -1, np.int64)
    numbers[: len(found.of_row)] = found.of_row
    by_size = sorted(range(len(found.found)), key=lambda at: -len(found.found[at].rows))
    for at in by_size:
        numbers[found.found[at].held_out] = at
    return numbers


def _called(region: Region) -> str:
    name = legible_name(region.name)[:LONGEST_NAME]
    return name if region.beyond_chance else f"{name}, could be chance"


def by_region(numbers: np.ndarray, found: Regions) -> Colouring:
    """Points by the region whose index they have; the most important ones have own colours."""
    shown = min(len(found.found), MOST_VALUES)
    codes = np.where(numbers < 0, 0, np.minimum(numbers, shown) + 1).astype(np.uint8)
    none = "in no hard region" if found.found else found.why_none or "in no hard region"
    names = [none, *map(_called, found.found[:shown])]
    colours = [NEUTRAL, *VALUE_COLOURS[:shown]]
    if len(found.found) > shown:
        names.append(f"{len(found.found) - shown} further regions")
        colours.append(TOL_MUTED[-1])
    counts = np.bincount(codes, minlength=len(names)).tolist()
    labels = [f"{name} ({n:,})" for name, n in zip(names, counts, strict=True)]
    return Colouring(codes, colours, labels=labels)
