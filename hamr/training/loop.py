"""The training loop: a generator that yields records and never writes a file.

An epoch: draw all its rows, step through them, take the visits into the ledger, score all
training and validation rows, refresh hard seeds and boost, and yield one EpochRecord.
What an epoch draws follows from (seed, epoch) and from the state at the epoch's start, so that
a run resumed after an epoch, or within one, ends with the same bits as one that never stopped.

With several ranks, all call `train` with the same rows and settings and yield the same records,
and each embeds its share of the rows, but only rank 0 uses the cache and makes checkpoints; a stop
that any rank asks for stops all after the same step. A head trains no faster with more ranks: for
the quick preset they only embed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hamr.config import TrainingSettings
from hamr.ranks import ALONE, Ranks
from hamr.records import Dataset, Progress, Record
from hamr.training.chosen import ChosenRows
from hamr.training.embedded import Cache, Embedded
from hamr.training.features import embed
from hamr.training.settled import settled
from hamr.training.warm_start import WarmStart

if TYPE_CHECKING:
    from hamr.training.devices import DeviceSetup
    from hamr.training.row_partition import RowPartition
    from hamr.training.session import Session

Resume = tuple[int, dict[str, np.ndarray]]


def train(
    dataset: Dataset,
    settings: TrainingSettings,
    *,
    cache: Cache,
    resume: Resume | None = None,
    stop: Callable[[], bool] = lambda: False,
    ranks: Ranks = ALONE,
    start: WarmStart | None = None,
    chosen: ChosenRows | None = None,
) -> Iterator[Record]:
    """Trains by the method of the settings, and yields what happens as it happens.

    `resume` is (last complete epoch, 0 if none; a checkpoint: an EpochRecord's, or that of a
    CheckpointRecord of the next epoch, from whose step training then continues). When `stop`
    turns true, the generator ends after the step under way, with a CheckpointRecord but without
    a FinalRecord; where `checkpoint_minutes` is 0, what was learned since the last epoch is lost.
    With `start` the model starts with those weights instead of new ones; `chosen` are the rows
    that are excluded or drawn more often, as the settings name them.

    Raises SettingError for a device, precision or number of frozen layers that is not available;
    DataError when the meta set lacks a class; ModelError when the encoder can't be loaded;
    TrainingError when a loss or a gradient is NaN or infinite, memory runs out, or another
    version wrote the checkpoint; RankLost when another rank has gone.
    """
    began = time.perf_counter()
    yield Progress("loading", 1, 1, "getting ready")
    settings = settled(settings)
    prepared = yield from _prepare(dataset, settings, cache, stop, ranks, chosen)
    if prepared is None:
        return
    embed_seconds = time.perf_counter() - began
    yield Progress("loading", 1, 1, prepared.setup.notice)
    asked: Callable[[], bool] = lambda: ranks.any(stop())  # noqa: E731
    with _computing(settings, prepared.setup):
        session = _session(dataset, settings, prepared, resume or start, ranks, chosen)
        left = range(1 if resume is None else resume[0] + 1, settings.epochs + 1)
        whole = yield from _frozen_layers(session, stop, ranks)
        if whole and (yield from _epochs(session, left, asked)):
            yield from session.finish(embed_seconds=embed_seconds, began=began)


def _epochs(
    session: Session, numbers: range, stop: Callable[[], bool]
) -> Generator[Record, None, bool]:
    """Those epochs, as far as patience goes; false when training was stopped before their end."""
    for epoch in numbers:
        if session.best.ends(epoch - 1):
            yield session.best.said(epoch - 1)
            break
        if stop() or not (yield from session.epoch(epoch, stop)):
            return False
    return True


@dataclass(frozen=True)
class _Prepared:
    """What is known before the model is built."""

    setup: DeviceSetup
    partition: RowPartition
    embedded: Embedded


def _prepare(
    dataset: Dataset,
    settings: TrainingSettings,
    cache: Cache,
    stop: Callable[[], bool],
    ranks: Ranks,
    chosen: ChosenRows | None,
) -> Generator[Record, None, _Prepared | None]:
    """Device, rows and frozen embeddings, or None when stopped before these were complete."""
    from hamr.training.devices import choose
    from hamr.training.row_partition import RowPartition

    with ranks.agreed():
        # Settings that can't be met are refused before the rows are embedded.
        setup = choose(settings, ranks)
        partition = RowPartition.of(dataset, settings, chosen)
    embedded = yield from _embeddings(dataset, settings, cache, stop, ranks)
    return None if embedded is None else _Prepared(setup, partition, embedded)


def _embeddings(
    dataset: Dataset,
    settings: TrainingSettings,
    cache: Cache,
    stop: Callable[[], bool],
    ranks: Ranks,
) -> Generator[Record, None, Embedded | None]:
    """The frozen embeddings, or None when stopped before they were complete."""
    embedded: Embedded | None = None
    for item in embed(dataset, settings, cache, ranks, stop):
        if isinstance(item, Embedded):
            embedded = item
        else:
            yield item
        if ranks.count == 1 and stop():  # several stop together, after a part
            return None
    return embedded


def _frozen_layers(
    session: Session, stop: Callable[[], bool], ranks: Ranks
) -> Generator[Record, None, bool]:
    """Computes the frozen layers, where they are stored; false when it was stopped before its end.

    Several ranks can't be stopped here, since each does all rows at a speed of its own.
    """
    shown = time.monotonic()
    for done, total in session.prepare():
        if time.monotonic() - shown > 1:
            shown = time.monotonic()
            yield Progress("embedding", done, total, "computing the frozen layers")
            if ranks.count == 1 and stop():
                return False
    return True


@contextmanager
def _computing(settings: TrainingSettings, setup: DeviceSetup) -> Iterator[None]:
    """Within, results are repeatable, a full memory is a TrainingError, and threads are few."""
    import torch

    from hamr.training.devices import repeatable
    from hamr.training.faults import memory_errors

    threads = torch.get_num_threads()
    if not settings.fine_tunes:
        # A head this small is fastest on one core; the others can draw the map meanwhile.
        torch.set_num_threads(1)
    try:
        with repeatable(setup.device), memory_errors(settings):
            yield
    finally:
        torch.set_num_threads(threads)


def _session(
    dataset: Dataset,
    settings: TrainingSettings,
    prepared: _Prepared,
    begin: Resume | WarmStart | None,
    ranks: Ranks,
    chosen: ChosenRows | None,
) -> Session:
    """The run at its beginning, with new weights or those of another run, or where the checkpoint
    left it.
    """
    from hamr.training.faults import memory_errors
    from hamr.training.session import Session

    # A single rank may lack the model, or memory for it: then all must stop.
    with ranks.agreed(), memory_errors(settings):
        session = Session(
            dataset, settings, prepared.embedded, prepared.partition, prepared.setup, ranks, chosen
        )
        if isinstance(begin, WarmStart):
            session.start_from(begin)
        elif begin is not None:
            session.restore(begin[1])
        return session
