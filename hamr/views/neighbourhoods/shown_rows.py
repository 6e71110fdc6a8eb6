"""Which rows, or entity mentions, the map shows: those of one split or of all, with their places
and numbers. What is said of rows holds for mentions.

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
    frame: Frame  # that of the training rows at all epochs, also where only others are shown

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


def in_split(splits: np.ndarray, choice: str) -> np.ndarray:
    """The rows that one of CHOICES shows, [P] indices, ascending; `splits` [A] is ascending too."""
    if choice == ALL:
        return np.arange(len(splits))
    own = next(n for n, split in enumerate(SPLITS) if SPLIT_NAMES[split] == choice)
    return np.arange(*np.searchsorted(splits, (own, own + 1)))


def shown_points(
    xy: np.ndarray,
    held_out: np.ndarray | None,
    splits: np.ndarray | None,
    choice: str,
    frame: Frame | None = None,
) -> ShownRows:
    """What one of CHOICES shows of a map that is drawn, in its frame, by default that around xy.

    `xy` [N, 2] are the places of training rows, `held_out` [H, 2] those of validation and test
    rows, `splits` [A] the split of each; without these only training rows can be shown.
    """
    frame = frame or Frame.around(xy)
    if choice == TRAINING or held_out is None or splits is None:
        return ShownRows(xy, np.arange(len(xy)), np.zeros(len(xy), np.int8), frame)
    places = np.concatenate([xy, held_out.astype(xy.dtype)])
    rows = in_split(splits, choice)
    return ShownRows(places[rows], rows, splits[rows], frame)


def shown_rows(run: Run, split: str, held_out: np.ndarray | None) -> ShownRows:
    """The rows that one of CHOICES shows, of a run whose map is drawn; `held_out` as there."""
    xy = run.map()
    assert xy is not None  # the page shows no map before
    known = split == TRAINING or held_out is None
    return shown_points(xy, held_out, None if known else AllRows.of(run).splits, split)
