"""The values of the histogram below the map, of the rows that it shows.

Axes: N training rows, P rows shown (`shown_rows`), A rows of all splits.
"""

from __future__ import annotations

import numpy as np

from hamr.records import SPLITS
from hamr.store import Run
from hamr.views.base.all_rows import SPLIT_NAMES, AllRows
from hamr.views.neighbourhoods.levels import Levels, levels
from hamr.views.neighbourhoods.row_values import LABEL_ERROR, row_values
from hamr.views.neighbourhoods.shown_rows import ALL, TRAINING

_WHOLE = {LABEL_ERROR: (0.0, 1.0), "boost": (0.0, 1.0)}  # signals whose ends are known


def rows_of(run: Run, split: str) -> np.ndarray:
    """The rows that a split shows, [P] indices among those of all splits, ascending."""
    if split == TRAINING:
        return np.arange(len(run.rows()))
    known = AllRows.of(run)
    if split == ALL:
        return np.arange(len(known))
    where = known.of_split(next(name for name in SPLITS if SPLIT_NAMES[name] == split))
    return np.arange(where.start, where.stop)


def signal_levels(run: Run, epoch: int, signal: str, split: str = TRAINING) -> Levels:
    """The values of a signal (`row_values.VALUES`) of the rows that a split shows, in steps.

    The axis is that of the training rows, so that a range means the same in each split.
    """
    if split == TRAINING:
        return levels(row_values(run, epoch, signal), _WHOLE.get(signal))
    values = row_values(run, epoch, signal, held_out=True)
    whole = levels(values, _WHOLE.get(signal), of=len(run.rows()))
    return Levels(whole.codes[rows_of(run, split)], whole.low, whole.high, whole.beyond)
