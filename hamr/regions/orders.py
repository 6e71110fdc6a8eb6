"""The orders in which a list of regions can be read.

The *gain* of a region is how many rows a fix would set right at most: its expected label errors,
plus the rows that the model gets wrong beyond these in the measure in which the region is harder
than the rest of its classes. It favours large regions; *hardness* favours dense trouble.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hamr.regions.found import Region


def importance(region: Region) -> float:
    """How far the evidence is above what its classes would lead one to expect."""
    return region.score


def hardness(region: Region) -> float:
    """Mean hardness; loss where there is none."""
    return region.hardness


def label_errors(region: Region) -> float:
    """Expected number of wrong labels."""
    return region.expected_label_errors


def gain(region: Region) -> float:
    """Rows that a fix would set right."""
    return region.gain


ORDERS: dict[str, Callable[[Region], float]] = {
    "importance": importance,
    "hardness": hardness,
    "label errors": label_errors,
    "gain": gain,
}


def ordered(
    regions: Sequence[Region], order: str = "importance", class_rows: dict[str, int] | None = None
) -> list[Region]:
    """The regions in an order of ORDERS, or by "rare classes": those first whose rows belong to
    the smallest classes on average, given how many training rows each class has.
    """
    if order == "rare classes":
        return sorted(
            regions, key=lambda region: (_class_size(region, class_rows or {}), -region.score)
        )
    key = ORDERS[order]
    return sorted(regions, key=lambda region: (-key(region), -region.score))


def _class_size(region: Region, class_rows: dict[str, int]) -> float:
    """The harmonic mean of the sizes of its rows' classes."""
    rows = sum(region.classes.values())
    parts = sum(n / max(class_rows.get(name, n), 1) for name, n in region.classes.items())
    return rows / parts if parts else 0.0
