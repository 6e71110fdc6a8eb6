"""Where validation and test rows, and their entity mentions, are on the maps, also of runs that
stored only those of training rows.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import numpy as np
from threadpoolctl import threadpool_limits

from hamr.errors import StoreError
from hamr.jobs.neighbour_evidence import cached_embedding_key
from hamr.jobs.vectors import (
    held_out_mention_vectors,
    held_out_vectors,
    mention_vectors,
    row_vectors,
)
from hamr.store import Run

MOST_PAIRS = 1_000_000_000  # held-out by training rows that a page waits for: some seconds

Vectors = Callable[[Run, str], np.ndarray]


def held_out_places(run: Run) -> np.ndarray | None:
    """The places of the validation rows and then the test rows, [H, 2] float32.

    As they are stored; of a run of an older version computed now and stored. None where that
    needs `hamr map`: there is no map yet, the rows are too many to wait for, or the embeddings
    are not at hand.
    """
    return _places(
        run, run.held_out_map(), run.map(), row_vectors, held_out_vectors, run.write_held_out_map
    )


def held_out_mention_places(run: Run) -> np.ndarray | None:
    """The same of the entity mentions in validation and test rows."""
    return _places(
        run,
        run.held_out_mention_map(),
        run.mention_map(),
        mention_vectors,
        held_out_mention_vectors,
        run.write_held_out_mention_map,
    )


def _places(
    run: Run,
    stored: np.ndarray | None,
    xy: np.ndarray | None,
    known: Vectors,
    held_out: Vectors,
    write: Callable[[np.ndarray], None],
) -> np.ndarray | None:
    if stored is not None or xy is None:
        return stored
    key, info = cached_embedding_key(run), run.info
    if key is None or info.train_rows * (info.validation_rows + info.test_rows) > MOST_PAIRS:
        return None
    from hamr.projection import place_among

    try:
        with threadpool_limits(1):
            placed = place_among(held_out(run, key), known(run, key), xy)
    except StoreError:  # the cache was cleared
        return None
    with suppress(StoreError):  # of a home that can't be written: placed again next time
        write(placed)
    return placed
