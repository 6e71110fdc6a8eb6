"""The training loop: a generator that yields records and never writes a file.

An epoch: draw all its rows, step through them, take the visits into the ledger, score all
training and validation rows, refresh hard seeds and boost, and yield one EpochRecord.
What an epoch draws follows from (seed, epoch) and from the state at the epoch's start, so that
a run resumed after an epoch, or within one, goes on with the same bits as one that was never
stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

import numpy as np

from hamr.config import TrainingSettings
from hamr.ranks import ALONE, Ranks
from hamr.records import Dataset, Progress, Record
from hamr.training.features import Cache, Embedded, embed

if TYPE_CHECKING:
    from hamr.training.session import Session


def train(
    dataset: Dataset,
    settings: TrainingSettings,
    *,
    cache: Cache,
    resume: tuple[int, dict[str, np.ndarray]] | None = None,
    stop: Callable[[], bool] = lambda: False,
    ranks: Ranks = ALONE,
) -> Iterator[Record]:
    """Trains by HAMR, an ablation or ERM, and yields what happens as it happens.

    `resume` is (last complete epoch, 0 if none; EpochRecord.checkpoint, or that of a
    CheckpointRecord of the epoch after it, from whose very step training then goes on). When
    `stop` turns true, the generator ends after the step under way, with a CheckpointRecord
    of it but without a FinalRecord; where `checkpoint_minutes` is 0, what was learned since
    the last epoch is forgotten.

    With several `ranks`, all call this with the same rows and settings and yield the same
    records, but only rank 0 embeds (`cache` is its affair) and keeps checkpoints; a stop that
    any rank asks for stops all after the same step. The quick preset gains nothing by ranks.

    Raises SettingError when the device or the precision is not there, or more layers are to be
    frozen than there are; DataError when the meta set lacks a class; ModelError when the
    encoder can't be loaded; TrainingError when a loss or a gradient is no number any more,
    memory is used up, or another version of the program wrote the checkpoint; RankLost when
    another rank has gone.
    """
    began = time.perf_counter()
    yield Progress("loading", 1, 1, "getting ready")
    from hamr.training.devices import choose
    from hamr.training.places import Places

    embedded: Embedded | None = None
    with ranks.agreed():
        place = choose(settings, ranks)  # what can't be done is said before the rows are embedded
        places = Places.of(dataset, settings)
        if ranks.main:
            embedded = yield from _embeddings(dataset, settings, cache, stop)
    embedded = ranks.tell(embedded)
    if embedded is None:
        return
    embedded_at = time.perf_counter()
    yield Progress("loading", 1, 1, place.notice)

    import torch

    from hamr.training.devices import repeatable
    from hamr.training.faults import memory_errors
    from hamr.training.session import Session

    threads = torch.get_num_threads()
    if not settings.fine_tunes:
        # A head this small is fastest on one core; the other one draws the map meanwhile.
        torch.set_num_threads(1)
    try:
        with repeatable(place.device), memory_errors(settings):
            first = 1
            # A machine may lack the model, or memory for it.
            with ranks.agreed(), memory_errors(settings):
                session = Session(dataset, settings, embedded, places, place, ranks)
                if resume is not None:
                    first = resume[0] + 1
                    session.restore(resume[1])
            stops = _of_any(ranks, stop)
            if not (yield from _epochs(session, first, settings.epochs, stops)):
                return
            yield from session.finish(embed_seconds=embedded_at - began, began=began)
    finally:
        torch.set_num_threads(threads)


def _embeddings(
    dataset: Dataset, settings: TrainingSettings, cache: Cache, stop: Callable[[], bool]
) -> Generator[Record, None, Embedded | None]:
    """What the frozen encoder sees, or None when stopped before it was used."""
    embedded: Embedded | None = None
    for item in embed(dataset, settings, cache):
        if isinstance(item, Embedded):
            embedded = item
        else:
            yield item
        if stop():
            return None
    return embedded


def _of_any(ranks: Ranks, stop: Callable[[], bool]) -> Callable[[], bool]:
    """Whether any rank is to stop: asked by all at the same places, and true on all or none."""
    return lambda: ranks.any(stop())


def _epochs(
    session: Session, first: int, last: int, stop: Callable[[], bool]
) -> Generator[Record, None, bool]:
    """Epochs `first` to `last`; returns false when it was stopped."""
    for epoch in range(first, last + 1):
        if stop() or not (yield from session.epoch(epoch, stop)):
            return False
    return True
