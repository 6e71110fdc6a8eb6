"""`train` and `resume` in several processes: rank 0 leads, the others train along.

Only rank 0 opens the store, loads the rows, writes and prints, with the same code as a single
process. Before training it sends the others the rows and settings, and at the end the exit code.
A signal to stop that any of them gets stops all after the step under way.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hamr.cli.interrupts import stop_on_interrupt
from hamr.cli.terminal import say
from hamr.config import TrainingSettings
from hamr.errors import HamrError, RankLost
from hamr.ranks import Ranks, join, launched, leave
from hamr.records import Dataset, FinalRecord, Progress, Record
from hamr.training.chosen import ChosenRows
from hamr.training.warm_start import WarmStart

if TYPE_CHECKING:
    from hamr.training import Cache

FAILED, USAGE = 1, 2
Stop = Callable[[], bool]


@dataclass(frozen=True)
class Job:
    """What the other ranks need to train along, the rows included."""

    dataset: Dataset
    settings: TrainingSettings
    resume: tuple[int, dict[str, np.ndarray]] | None
    start: WarmStart | None = None
    chosen: ChosenRows | None = None
    embeds_only: bool = False  # and does not train


class Leader:
    """Replaces `hamr.training.train` on rank 0."""

    def __init__(self, ranks: Ranks) -> None:
        self._ranks = ranks
        self.awaited = True  # whether the others wait for a job or the exit code
        self.stopped = False  # whether any rank asked training to stop

    def train(
        self,
        dataset: Dataset,
        settings: TrainingSettings,
        *,
        resume: Any = None,
        start: WarmStart | None = None,
        chosen: ChosenRows | None = None,
        **options: Any,
    ) -> Iterator[Record]:
        """`hamr.training.train` with all ranks; `options` as there."""
        from hamr.training import train

        ranks = self._ranks
        if not settings.fine_tunes:
            print(
                "The quick preset trains one small head, which a single process does fastest: "
                f"all {ranks.count} embed the rows, then one trains; --preset full uses them all",
                file=sys.stderr,
            )
            yield from self._embed(dataset, settings, **options)
            if not self.stopped:
                how = {"resume": resume, "start": start, "chosen": chosen, **options}
                yield from train(dataset, settings, **how)
            return
        self.awaited = False
        ranks.broadcast(Job(dataset, settings, resume, start, chosen))
        finished = False
        how = {"resume": resume, "start": start, "chosen": chosen, "ranks": ranks, **options}
        for record in train(dataset, settings, **how):
            finished = finished or isinstance(record, FinalRecord)
            yield record
        self.awaited, self.stopped = True, not finished

    def _embed(
        self, dataset: Dataset, settings: TrainingSettings, *, cache: Cache, stop: Stop
    ) -> Iterator[Record]:
        """Embeds the rows with all ranks, so that rank 0 finds them in the cache."""
        from hamr.training.features import embed

        self.awaited = False
        self._ranks.broadcast(Job(dataset, settings, None, embeds_only=True))
        embedded = False
        for item in embed(dataset, settings, cache, self._ranks, stop, everywhere=False):
            if isinstance(item, Progress):
                yield item
            else:
                embedded = True
        self.awaited, self.stopped = True, not embedded


def on_all_ranks(run: Callable[[Leader], int]) -> int:
    """Runs a verb on rank 0, with the other ranks' help; the exit code, on every rank.

    A rank that fails, or loses another, ends with code 1; the launcher ends the rest.
    """
    try:
        ranks = join()
    except RankLost as error:
        say(f"hamr: {error}")
        return FAILED
    # The launcher signals the other processes when one has failed, perhaps several times; each
    # writes what it has to write and ends by itself, or the launcher kills it after a while.
    with stop_on_interrupt(exit_on_second=False) as interrupted:
        if not ranks.main:
            code = _train_along(ranks, interrupted)
        else:
            leader = Leader(ranks)
            code = _run(run, leader)
            if leader.awaited:
                with suppress(RankLost):  # all is written; the launcher says which rank has gone
                    ranks.broadcast(code)
        leave()
    return code


def _run(run: Callable[[Leader], int], leader: Leader) -> int:
    try:
        return run(leader)
    except SystemExit as end:  # argparse has printed what is wrong with the flags
        return end.code if isinstance(end.code, int) else USAGE


def _train_along(ranks: Ranks, stop: Callable[[], bool]) -> int:
    """Trains what rank 0 sends until it sends the exit code, and returns that.

    Rank 0 reports errors that all ranks share; only what failed here is printed.
    """
    try:
        while isinstance(job := ranks.broadcast(None), Job):
            _train(job, ranks, stop)
        return int(job or 0)
    except RankLost:
        return FAILED
    except HamrError as error:
        # With a cause the error is of this machine (memory, a file); without one it follows from
        # values that are equal on all ranks.
        if error.__cause__ is not None:
            say(f"hamr: process {ranks.rank + 1} of {ranks.count}: {error}")
        return FAILED
    except Exception:
        print(f"hamr: process {ranks.rank + 1} of {ranks.count} failed:", file=sys.stderr)
        traceback.print_exc()
        return FAILED


def _train(job: Job, ranks: Ranks, stop: Stop) -> None:
    from hamr.training import train
    from hamr.training.features import embed

    if job.embeds_only:
        for _ in embed(job.dataset, job.settings, _NoCache(), ranks, stop, everywhere=False):
            pass  # rank 0 stores the embeddings
        return
    how: dict[str, Any] = {"resume": job.resume, "start": job.start, "stop": stop, "ranks": ranks}
    how["chosen"] = job.chosen
    records = train(job.dataset, job.settings, cache=_NoCache(), **how)
    for _ in records:
        pass  # rank 0 stores the same ones


class _NoCache:
    """A cache that stores nothing: only rank 0 has one."""

    def get(self, kind: str, key: str) -> np.ndarray | None:
        return None

    def put(self, kind: str, key: str, array: np.ndarray) -> None:
        pass

    def drop(self, kind: str, key: str) -> None:
        pass


def single_process_warning() -> str | None:
    """A sentence where the launcher was asked for several processes and started only one."""
    asked = "MASTER_ADDR" in os.environ and os.environ.get("ACCELERATE_USE_CPU") == "True"
    if launched() > 1 or not asked:
        return None
    return (
        "accelerate launch --cpu starts one process whatever --num_processes says, so this run "
        "trains alone: leave --cpu out and write --multi_gpu, which also serves where there is "
        "no GPU"
    )
