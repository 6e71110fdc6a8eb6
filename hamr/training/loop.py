"""The training loop: a generator that yields records and never writes a file.

An epoch: draw all its rows, step through them, take the visits into the ledger, score all
training and validation rows, refresh hard seeds and boost, and yield one EpochRecord.
Every random state of an epoch is seeded by (seed, epoch) alone, so that a run resumed after
an epoch goes on with the same bits as one that was never stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

import numpy as np

from hamr.config import TrainingSettings
from hamr.ranks import ALONE, Ranks
from hamr.records import Dataset, Progress, Record
from hamr.training.features import Cache, embed

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

    `resume` is (epoch, EpochRecord.checkpoint) of the last epoch that was kept. When `stop`
    turns true, the generator ends after the step under way and yields no FinalRecord; what
    was learned since the last epoch is forgotten.

    With several `ranks`, all call this with the same rows and settings and yield the same
    records; `cache` is rank 0's affair, and a stop that any rank asks for stops all.

    Raises ModelError when the encoder can't be loaded, TrainingError when the loss is no
    number any more.
    """
    began = time.perf_counter()
    yield Progress("loading", 1, 1, "getting ready")
    with ranks.agreed():
        embeddings = (
            (yield from _embeddings(dataset, settings, cache, stop)) if ranks.main else None
        )
    embeddings = ranks.tell(embeddings)
    if embeddings is None:
        return
    embedded = time.perf_counter()

    import torch

    from hamr.training.session import Session

    threads = torch.get_num_threads()
    if settings.preset == "quick":
        # A head this small is fastest on one core; the other one draws the map meanwhile.
        torch.set_num_threads(1)
    try:
        first = 1
        with ranks.agreed():  # a machine may lack the model, or memory
            session = Session(dataset, settings, embeddings)
            if resume is not None:
                first = resume[0] + 1
                session.restore(resume[1])
        if not (yield from _epochs(session, first, settings.epochs, _by_any(stop, ranks))):
            return
        yield from session.finish(embed_seconds=embedded - began, began=began)
    finally:
        torch.set_num_threads(threads)


def _embeddings(
    dataset: Dataset, settings: TrainingSettings, cache: Cache, stop: Callable[[], bool]
) -> Generator[Record, None, np.ndarray | None]:
    """The frozen embeddings [N, D], or None when stopped before they were there."""
    for item in embed(dataset, settings, cache):
        if stop():
            return None
        if isinstance(item, np.ndarray):
            return item
        yield item
    raise AssertionError("embed() ends with the embeddings")


def _by_any(stop: Callable[[], bool], ranks: Ranks) -> Callable[[], bool]:
    """Whether any rank is to stop: true on all of them at the same step."""
    return lambda: ranks.any(stop())


def _epochs(
    session: Session, first: int, last: int, stop: Callable[[], bool]
) -> Generator[Record, None, bool]:
    """Epochs `first` to `last`; returns false when it was stopped."""
    for epoch in range(first, last + 1):
        if stop() or not (yield from session.epoch(epoch, stop)):
            return False
    return True
