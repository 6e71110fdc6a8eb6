"""`train` and `resume` in several processes: rank 0 does it all, the others train along.

Rank 0 alone opens the store, loads the rows, writes and prints, by the same code as a
single process. Before it trains it tells the others what on; after all is done it tells
them the exit code. A request to stop that any of them hears stops all after one step.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamr.cli.terminal import say
from hamr.config import TrainingSettings
from hamr.errors import HamrError, RankLost
from hamr.ranks import Ranks, join, launched, leave
from hamr.records import Dataset, FinalRecord, Record

FAILED, USAGE = 1, 2
STOPPING = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Task:
    """What the other ranks need to train along; the rows travel with it."""

    dataset: Dataset
    settings: TrainingSettings
    resume: tuple[int, dict[str, np.ndarray]] | None


class Leader:
    """Rank 0's stand-in for `hamr.training.train`."""

    def __init__(self, ranks: Ranks) -> None:
        self._ranks = ranks
        self.heard = True  # whether the others wait to be told something
        self.stopped = False  # whether training ended by the wish of any rank

    def train(
        self, dataset: Dataset, settings: TrainingSettings, *, resume: Any = None, **options: Any
    ) -> Iterator[Record]:
        """`hamr.training.train` with all ranks; `options` as there."""
        from hamr.training import train

        ranks = self._ranks
        if not settings.fine_tunes:
            print(
                "The quick preset trains one small head, which a single process does fastest, so "
                f"{ranks.count - 1} of {ranks.count} only wait; --preset full uses them all",
                file=sys.stderr,
            )
            yield from train(dataset, settings, resume=resume, **options)
            return
        self.heard = False
        ranks.broadcast(Task(dataset, settings, resume))
        finished = False
        for record in train(dataset, settings, resume=resume, ranks=ranks, **options):
            finished = finished or isinstance(record, FinalRecord)
            yield record
        self.heard, self.stopped = True, not finished


def together(run: Callable[[Leader], int]) -> int:
    """Runs a verb on rank 0, with the other ranks' help; the exit code, on every rank.

    A rank that fails, or loses another, ends with code 1; the launcher ends the rest.
    """
    try:
        ranks = join()
    except RankLost as error:
        say(f"hamr: {error}")
        return FAILED
    # The launcher ends the other processes when one has failed; each ends by itself, with
    # what it has to write and say, or the launcher's patience ends.
    asked: list[int] = []
    for number in STOPPING:
        signal.signal(number, lambda number, frame: asked.append(number))
    if not ranks.main:
        code = _train_along(ranks, stop=lambda: bool(asked))
    else:
        leader = Leader(ranks)
        code = _run(run, leader)
        if leader.heard:
            with suppress(RankLost):  # all is written; the launcher tells who has gone
                ranks.broadcast(code)
    leave()
    return code


def _run(run: Callable[[Leader], int], leader: Leader) -> int:
    try:
        return run(leader)
    except SystemExit as end:  # argparse has said what is wrong with the flags
        return end.code if isinstance(end.code, int) else USAGE


def _train_along(ranks: Ranks, stop: Callable[[], bool]) -> int:
    """Trains what rank 0 tells of until it tells the exit code, and returns that.

    Errors that all ranks share are rank 0's to tell: only what failed here is written.
    """
    try:
        while isinstance(task := ranks.broadcast(None), Task):
            _follow(task, ranks, stop)
        return int(task or 0)
    except RankLost:
        return FAILED
    except HamrError as error:
        # With a cause it is this machine's trouble (memory, a file), without one a
        # judgement on values that are equal on all ranks.
        if error.__cause__ is not None:
            say(f"hamr: process {ranks.rank + 1} of {ranks.count}: {error}")
        return FAILED
    except Exception:
        print(f"hamr: process {ranks.rank + 1} of {ranks.count} broke off:", file=sys.stderr)
        traceback.print_exc()
        return FAILED


def _follow(task: Task, ranks: Ranks, stop: Callable[[], bool]) -> None:
    from hamr.training import train

    records = train(
        task.dataset, task.settings, cache=_NoCache(), resume=task.resume, stop=stop, ranks=ranks
    )
    for _ in records:
        pass  # rank 0 has the same ones, and keeps them


class _NoCache:
    """Where nothing is kept: rank 0 tells the others the embeddings."""

    def get(self, kind: str, key: str) -> np.ndarray | None:
        return None

    def put(self, kind: str, key: str, array: np.ndarray) -> None:
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
