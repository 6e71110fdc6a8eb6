"""Which rows are selected on Neighbourhoods: those that pass all that the URL filters by.

Map, histogram, list of regions and table are one selection: each of lasso, classes, range of a
signal, region and search leaves some of the rows that the map shows, and a row is selected where
all of them do.

    filters = Filters(lasso=..., classes=(0, 3), span=(0.6, 1.0), region=region_rows, found=hits)
    rows = selected_rows(points, filters, classes=codes, levels=levels)

Axes: P rows shown (`shown_rows`), A rows of all splits (`hamr.views.base.all_rows`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hamr.views.base.geometry import inside
from hamr.views.neighbourhoods.levels import Levels, Range
from hamr.views.neighbourhoods.shown_rows import ShownRows


@dataclass(frozen=True)
class Filters:
    """What the URL filters by; what is None or empty filters nothing."""

    lasso: Sequence[tuple[int, int]] | None = None  # packed corners, in the frame of the points
    classes: tuple[int, ...] = ()  # any of these
    kinds: tuple[int, ...] = ()  # any of these codes of another colouring, as mistakes
    span: Range | None = None  # of the histogram's signal
    region: np.ndarray | None = None  # indices among the rows of all splits
    found: np.ndarray | None = None  # of a search; likewise

    @property
    def any(self) -> bool:
        """Whether some rows may be left out."""
        given = (self.lasso, self.classes or None, self.kinds or None)
        return any(one is not None for one in (*given, self.span, self.region, self.found))


def selected_rows(
    points: ShownRows,
    filters: Filters,
    *,
    classes: np.ndarray | None = None,
    kinds: np.ndarray | None = None,
    levels: Levels | None = None,
) -> np.ndarray:
    """The rows that pass all filters, ascending, as indices among those of all splits.

    `classes` and `kinds` [P] are the codes that the filters of that name mean, `levels` the values
    of the histogram's signal, [P]. A filter whose data are not there (a signal that the run does
    not have) leaves all rows.
    """
    rows: np.ndarray = points.rows[passing(points, filters, classes, kinds, levels)]
    return rows


def passing(
    points: ShownRows,
    filters: Filters,
    classes: np.ndarray | None = None,
    kinds: np.ndarray | None = None,
    levels: Levels | None = None,
) -> np.ndarray:
    """Which points pass all filters, [P] bool; see `selected_rows`."""
    keep = np.ones(len(points.rows), bool)
    if filters.lasso:
        corners = [(float(x), float(y)) for x, y in points.frame.to_data(filters.lasso)]
        keep &= inside(corners, points.xy)
    for wanted, codes in ((filters.classes, classes), (filters.kinds, kinds)):
        if wanted and codes is not None:
            keep &= np.isin(codes, wanted)
    if filters.span is not None and levels is not None:
        keep &= levels.within(filters.span)
    for rows in (filters.region, filters.found):
        if rows is not None:
            keep &= points.among(rows)
    return keep


def beyond_browser(points: ShownRows, filters: Filters, *, found: bool = True) -> np.ndarray:
    """Which points the map must dim by itself, [P] bool: those out of the region, or of the
    search if `found`. The browser filters by its legend and its histogram.
    """
    held = Filters(region=filters.region, found=filters.found if found else None)
    dim: np.ndarray = ~passing(points, held)
    return dim


# As links hold them: ?classes=0,3&signal=hardness&range=0.5,0.9


def codes_text(codes: Sequence[int]) -> str | None:
    """Codes as a link holds them, "0,3"; None for none."""
    return ",".join(map(str, codes)) or None


def codes_from_text(text: str | None, count: int) -> tuple[int, ...]:
    """The codes below `count` that a link names, ascending; what names none is left out."""
    parts = (part.strip() for part in (text or "")[:4000].split(","))
    # isdecimal alone would let a number through that is too long to be a code
    known = {int(part) for part in parts if part.isdecimal() and len(part) < 6}
    return tuple(sorted(code for code in known if code < count))


def span_text(span: Range | None) -> str | None:
    """A range as a link holds it, "0.5,0.9"; None for none."""
    return None if span is None else ",".join(f"{value:.12g}" for value in span)


def span_from_text(text: str | None) -> Range | None:
    """The range that a link names, the lower end first; None where it names none."""
    try:
        low, high = (float(part) for part in (text or "")[:100].split(","))
    except ValueError:
        return None
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    return min(low, high), max(low, high)
