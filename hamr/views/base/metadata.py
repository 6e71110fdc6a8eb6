"""The columns of metadata of all rows, and the groups that their values fall into.

A filter, a table of label errors and a map's legend need few groups with a meaning: dates fall
into months, numbers of many values into five ranges of about equally many rows, and everything
else into its values, the most frequent first.

Axes: A rows of all splits (`hamr.views.base.all_rows`), V different values, G groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hamr.columns import Column, as_months, as_numbers, joined
from hamr.store import Run
from hamr.views.base.all_rows import AllRows

NO_VALUE = "(no value)"
FEW = 12  # numbers with at most as many different values are values, not ranges
RANGES = 5


@dataclass(frozen=True)
class Groups:
    """Which group each row is in."""

    names: tuple[str, ...]  # [G]
    of: np.ndarray  # [A] int32, an index of `names`
    by: str = "value"  # what a group is: a value, a month or a range

    @cached_property
    def counts(self) -> np.ndarray:
        """How many rows each group has, [G]."""
        return np.bincount(self.of, minlength=len(self.names))

    def rows(self, names: tuple[str, ...]) -> np.ndarray:
        """Which rows are in the groups of these names, [A] bool."""
        wanted = [at for at, name in enumerate(self.names) if name in names]
        found: np.ndarray = np.isin(self.of, wanted)
        return found


def names(run: Run) -> tuple[str, ...]:
    """The columns of metadata that a run's rows have."""
    return run.rows("train").metadata_names


def column(run: Run, name: str) -> Column:
    """A column of the rows of all splits."""
    return joined(table.metadata(name) for table in AllRows.of(run).tables)


def about(run: Run, row: int) -> dict[str, str]:
    """What the columns say of one row of all splits, without those that say nothing."""
    split, position = AllRows.of(run).place(row)
    return run.rows(split).about(position)


def groups(run: Run, name: str) -> Groups:
    """The groups of a column. Raises KeyError where the rows have no such column."""
    return groups_of(column(run, name))


def groups_of(own: Column) -> Groups:
    """The groups that the values of a column fall into."""
    months, numbers = as_months(own.values), as_numbers(own.values)
    if months is not None and own.values:
        order = sorted(set(months))
        place = {month: at for at, month in enumerate(order)}
        shown = [f"{year:04d}-{month:02d}" for year, month in order]
        return _grouped(own, shown, [place[month] for month in months], "month")
    if numbers is not None and len(own.values) > FEW:
        return _ranges(own, numbers)
    counts = own.counts()
    ranked = np.argsort(numbers if numbers is not None else -counts, kind="stable")
    place_of = np.empty(len(ranked), np.int64)
    place_of[ranked] = np.arange(len(ranked))
    return _grouped(own, [own.values[at] for at in ranked.tolist()], place_of, "value")


def _ranges(own: Column, numbers: np.ndarray) -> Groups:
    """Ranges of about equally many rows, named by the least and greatest number in each."""
    edges = np.unique(np.quantile(numbers[own.codes[own.codes >= 0]],
                                  np.linspace(0, 1, RANGES + 1)[1:-1]))  # fmt: skip
    place = np.searchsorted(edges, numbers, side="left")
    used = np.unique(place)
    shown = [f"{numbers[place == at].min():g} to {numbers[place == at].max():g}" for at in used]
    return _grouped(own, shown, np.searchsorted(used, place), "range")


def _grouped(own: Column, shown: list[str], place: np.ndarray | list[int], by: str) -> Groups:
    """`place` [V] is the group of each value; rows without a value are a group at the end."""
    of = np.array([*place, len(shown)], np.int32)[own.codes]
    if (own.codes < 0).any():
        shown = [*shown, NO_VALUE if NO_VALUE not in shown else f"{NO_VALUE} "]
    return Groups(tuple(shown), of, by)
