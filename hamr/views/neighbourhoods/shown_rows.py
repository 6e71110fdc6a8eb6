"""Which rows the map shows: those of one split or of all, with their places and numbers.

Axes: P rows shown, N training rows, H validation and test rows, A = N + H rows of all splits
(`hamr.views.base.all_rows`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hamr.records import SPLITS, Split
from hamr.store import Run
from hamr.views.base.all_rows import SPLIT_NAMES, AllRows
from hamr.views.base.packing import Frame

TRAINING, ALL = "training", "all"
CHOICES = (TRAINING, ALL, "validation", "test")  # as links hold them: ?split=all


@dataclass(frozen=True)
class ShownRows:
    """The rows on the map, in the order in which they are drawn."""

    xy: np.ndarray  # [P, 2]
    rows: np.ndarray  # [P] their index among the rows of all splits, ascending
    of_split: np.ndarray  # [P] int8, an index of SPLITS
    frame: Frame  # that of the training rows, also where only others are shown

    @property
    def only_training(self) -> bool:
        """Whether the points are the training rows, each under its own number."""
        return not self.of_split.any()

    def mask(self, split: Split) -> np.ndarray:
        """Which points are rows of that split, [P] bool."""
        found: np.ndarray = self.of_split == SPLITS.index(split)
        return found

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each split are shown, by its name in sentences."""
        found = np.bincount(self.of_split, minlength=len(SPLITS)).tolist()
        return {SPLIT_NAMES[split]: n for split, n in zip(SPLITS, found, strict=True) if n}

    @cached_property
    def _points(self) -> np.ndarray:
        """The point of each row, -1 where it is not shown, [largest index + 2]."""
        found = np.full(int(self.rows[-1]) + 2 if len(self.rows) else 1, -1, np.int64)
        found[self.rows] = np.arange(len(self.rows))
        return found

    def points(self, rows: np.ndarray) -> np.ndarray:
        """The points of rows, in their order; rows that are not shown are left out."""
        if self.only_training:
            own: np.ndarray = rows[rows < len(self.rows)]
            return own
        found = self._points[np.minimum(rows, len(self._points) - 1)]
        shown: np.ndarray = found[found >= 0]
        return shown

    def point(self, row: int | None) -> int | None:
        """The point of a row; None for no row or one that is not shown."""
        found = self.points(np.array([] if row is None else [row], np.int64))
        return int(found[0]) if len(found) else None

    def among(self, rows: np.ndarray) -> np.ndarray:
        """Which points are some of these rows, [P] bool."""
        found = np.zeros(len(self.rows), bool)
        found[self.points(rows)] = True
        return found

    def edges(self, pairs: np.ndarray) -> np.ndarray:
        """Pairs of rows [M, 2] as pairs of points; without those that touch a row not shown."""
        if self.only_training:
            own: np.ndarray = pairs[(pairs < len(self.rows)).all(axis=1)]
            return own
        found = self._points[np.minimum(pairs, len(self._points) - 1)]
        shown: np.ndarray = found[(found >= 0).all(axis=1)]
        return shown


def shown_rows(run: Run, split: str, held_out: np.ndarray | None) -> ShownRows:
    """The rows that one of CHOICES shows, of a run whose map is drawn.

    `held_out` [H, 2] are the places of validation and test rows; without them only training rows
    can be shown.
    """
    xy = run.map()
    assert xy is not None  # the page shows no map before
    frame = Frame.around(xy)
    if split == TRAINING or held_out is None:
        return ShownRows(xy, np.arange(len(xy)), np.zeros(len(xy), np.int8), frame)
    known = AllRows.of(run)
    places = np.concatenate([xy, held_out.astype(xy.dtype)])
    if split == ALL:
        return ShownRows(places, np.arange(len(known)), known.splits, frame)
    own = next(name for name in SPLITS if SPLIT_NAMES[name] == split)
    where = known.of_split(own)
    rows = np.arange(where.start, where.stop)
    return ShownRows(places[where], rows, known.splits[where], frame)
