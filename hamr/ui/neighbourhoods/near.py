"""The training rows nearest to one, which the panel lists and the map marks."""

from __future__ import annotations

import numpy as np

from hamr.jobs.neighbour_evidence import cached_neighbours
from hamr.store import Run
from hamr.ui.shell.cached import view
from hamr.views.neighbourhoods.row_facts import nearest_on_map

MOST_NEIGHBOURS = 10


def nearest(run: Run, row: int) -> np.ndarray:
    """The nearest training rows by embedding, nearest first; on the map where the cache lacks
    them. None of a validation or test row.
    """
    if row >= run.info.train_rows:
        return np.empty(0, np.int64)
    near = view(cached_neighbours, run)
    if near is None:
        found: np.ndarray = view(nearest_on_map, run, row, MOST_NEIGHBOURS)
        return found
    own = near[row]
    trained: np.ndarray = own[(own >= 0) & (own < len(run.rows()))]
    return trained[:MOST_NEIGHBOURS]
