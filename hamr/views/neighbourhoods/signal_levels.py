"""The values of the histogram below the map, of the rows or mentions that it shows.

Axes: N training rows or mentions, P shown (`shown_rows`), A of all splits.
"""

from __future__ import annotations

import numpy as np

from hamr.store import Run
from hamr.views.base.all_rows import AllRows
from hamr.views.neighbourhoods.levels import Levels, levels
from hamr.views.neighbourhoods.row_values import LABEL_ERROR, row_values
from hamr.views.neighbourhoods.shown_rows import TRAINING, in_split

_WHOLE = {LABEL_ERROR: (0.0, 1.0), "boost": (0.0, 1.0)}  # signals whose ends are known


def levels_shown(
    values: np.ndarray, signal: str, splits: np.ndarray | None = None, choice: str = TRAINING
) -> Levels:
    """The values of a signal in steps: [N], or of all splits [A], of which `choice` shows some.

    The axis is that of the training rows, so that a range means the same in each split.
    """
    if splits is None:
        return levels(values, _WHOLE.get(signal))
    whole = levels(values, _WHOLE.get(signal), of=int(np.searchsorted(splits, 1)))
    return Levels(whole.codes[in_split(splits, choice)], whole.low, whole.high, whole.beyond)


def signal_levels(run: Run, epoch: int, signal: str, split: str = TRAINING) -> Levels:
    """The values of a signal (`row_values.VALUES`) of the rows that a split shows, in steps."""
    held_out = split != TRAINING
    values = row_values(run, epoch, signal, held_out=held_out)
    return levels_shown(values, signal, AllRows.of(run).splits if held_out else None, split)
