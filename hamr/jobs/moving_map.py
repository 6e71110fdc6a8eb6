"""The map of a run that fine-tunes at each of its epochs, drawn when training has ended.

It starts at the map of the embeddings before training, and follows the embeddings that training
has kept of each epoch. Validation and test rows move along with the training rows that they were
most similar to before training: of them no embeddings are kept.

It is stored with its run, not in the cache: no other run has the same embeddings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from hamr.errors import HamrError, StoreError
from hamr.jobs.vectors import embedding_key_of, held_out_vectors, row_vectors
from hamr.records import Dataset, Progress
from hamr.store import Run
from hamr.store.moving_map import MovingMap

# The places before training [N, 2], the embeddings of each epoch [N, D], those before training
# where they are at hand -> the places at each epoch [N, 2].
Follow = Callable[[np.ndarray, Iterable[np.ndarray], np.ndarray | None], Iterator[np.ndarray]]


def moving_map_is_drawn(run: Run, dataset: Dataset, follow: Follow | None = None) -> bool:
    """Draw the map of each epoch if it is due; False where that failed, and the log says why.

    Nothing is drawn while the run trains: it would be drawn again after each epoch.
    """
    try:
        start = run.map()
        if start is None or run.info.active or not run.moving_maps.is_due:
            return True
        _draw(run, dataset, start, follow or _following())
    except HamrError as error:
        run.log(f"The map of each epoch could not be drawn: {error}")
        return False
    except Exception as error:
        run.log(f"The map of each epoch could not be drawn ({type(error).__name__}: {error})")
        return False
    return True


def _draw(run: Run, dataset: Dataset, start: np.ndarray, follow: Follow) -> None:
    epochs = run.moving_maps.embedded()
    before, held_out = _before_training(run, dataset)
    _say(run, 0, len(epochs))
    found = []
    every = (run.moving_maps.embeddings(epoch) for epoch in epochs)
    for xy in follow(start, every, before):
        found.append(np.concatenate([xy, held_out(xy)]))
        _say(run, len(found), len(epochs))
    run.moving_maps.write(MovingMap(epochs, np.stack(found)))


def _before_training(
    run: Run, dataset: Dataset
) -> tuple[np.ndarray | None, Callable[[np.ndarray], np.ndarray]]:
    """The embeddings of the training rows, and what places validation and test rows among them
    wherever they are; where the cache was cleared, None and nothing that is placed.
    """
    from hamr.projection import placing

    key = embedding_key_of(run, dataset)
    try:
        rows = row_vectors(run, key)
        return rows, placing(held_out_vectors(run, key), rows)
    except StoreError:
        return None, lambda xy: xy[:0]


def _say(run: Run, done: int, total: int) -> None:
    run.append_event(Progress("mapping", done, total, "Drawing the map of each epoch"))


def _following() -> Follow:
    from hamr.projection import follow

    return follow
