"""Points of the map by the hard region that they are in."""

from types import SimpleNamespace

import numpy as np

from hamr.regions import Regions
from hamr.views.base.theme import NEUTRAL
from hamr.views.neighbourhoods.region_colours import by_region, of_all_rows


def regions(*rows: list[int], held_out: tuple[list[int], ...] = (), count: int = 6) -> Regions:
    """Regions of these rows, of which the first in `rows` is the most important."""
    of_row = np.full(count, -1)
    for at in sorted(range(len(rows)), key=lambda at: -len(rows[at])):
        of_row[rows[at]] = at
    made = [
        SimpleNamespace(name=f"region {at}", rows=np.array(own), beyond_chance=True,
                        held_out=np.array(held_out[at] if held_out else [], int))
        for at, own in enumerate(rows)
    ]  # fmt: skip
    return Regions(tuple(made), of_row, "" if rows else "Fewer than 50 rows")


def test_rows_in_no_region_are_grey_and_the_legend_counts_them():
    found = regions([0, 1], [4])
    looks = by_region(found.of_row, found)
    assert [looks.palette[code] == NEUTRAL for code in looks.codes] == [
        False, False, True, True, False, True,
    ]  # fmt: skip
    assert looks.labels == ["in no hard region (3)", "region 0 (2)", "region 1 (1)"]


def test_a_held_out_row_in_two_regions_belongs_to_the_smaller_one():
    found = regions([0, 1, 2], [1], held_out=([6, 7], [7]))
    assert of_all_rows(found, 9).tolist() == [0, 1, 0, -1, -1, -1, 0, 1, -1]


def test_regions_after_the_twelfth_share_a_colour():
    found = regions(*([at] for at in range(15)), count=15)
    looks = by_region(found.of_row, found)
    assert looks.labels[-1] == "3 further regions (3)"
    assert len(set(looks.palette)) == len(looks.palette) == 14


def test_without_regions_the_legend_says_why():
    found = regions(count=3)
    assert by_region(found.of_row, found).labels == ["Fewer than 50 rows (3)"]
