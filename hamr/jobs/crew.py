"""Worker processes that train many runs, one after the other, and the orders they take.

Importing torch takes seconds, as long as a whole run on cached embeddings, so a worker of a
sweep stays for as many runs as there are. It takes an order a line on its standard input:

    train RUN       train the run, from its last checkpoint if it has one
    map RUN         draw the run's maps, or take them from the cache

and answers each with a line on its standard output, once it is done. How a run ended stands in
the store. The end of its input is its order to leave, at once (see `process`).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from hamr.errors import BusyError, HamrError
from hamr.jobs.child import start
from hamr.jobs.maps import MapMaker, draw_map
from hamr.jobs.queue import RESUMABLE
from hamr.jobs.worker import Train, run_worker
from hamr.records import Dataset, Record
from hamr.store import Run, Store, Sweep
from hamr.store.locks import lock

ANSWER = b"done "  # what a line of an answer begins with; other lines are a library's
EMBEDDED = ("embeddings", "words")  # kinds of cache entries that take long to make


class Member:
    """A worker process of a sweep, as the sweep's own process holds it."""

    def __init__(self, sweep: Sweep) -> None:
        command = [sys.executable, "-m", "hamr", "crew", sweep.id]
        self.process = start(command, sweep, stdout=subprocess.PIPE)

    def order(self, verb: str, run_id: str) -> bool:
        """Give an order and wait until it is done; False if the worker has died over it."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(f"{verb} {run_id}\n".encode())
            stdin.flush()
        except OSError:
            return False
        return any(line.startswith(ANSWER) for line in stdout)

    def leave(self, seconds: float = 5.0) -> int:
        """Close its input, wait for it to leave, kill it if it does not; its exit code."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def serve(store: Store, orders: Iterator[str], train: Train | None = None) -> None:
    """Do what the orders say, one after the other; `train` stands in for training."""
    for line in orders:
        verb, _, run_id = line.strip().partition(" ")
        with suppress(HamrError):  # it stands in the run, and the next one goes on
            if verb == "train":
                _train(store, run_id, train)
            elif verb == "map":
                with suppress(OSError):
                    os.nice(19)  # from now on the machine is others'
                draw_map(store, run_id)
        print(ANSWER.decode() + run_id, flush=True)


def _train(store: Store, run_id: str, train: Train | None) -> None:
    def alone(dataset: Dataset, settings: Any, *, cache: Any, **how: Any) -> Iterator[Record]:
        from hamr.training import train as own

        shared = _EmbeddedOnce(cache, store.home)
        try:
            yield from (train or own)(dataset, settings, cache=shared, **how)
        finally:
            shared.release()

    try:
        run_worker(
            store,
            run_id,
            train=alone,
            maps=_Later,
            expected=(*RESUMABLE, "queued"),
            in_turn=False,
        )
    except BusyError:
        pass  # another process trains this very run
    except HamrError:
        raise
    except Exception as error:
        # What no run could be told, such as a database that has gone; the next order may do.
        print(f"{type(error).__name__}: {error}", file=sys.stderr)


class _Later(MapMaker):
    """No map while the others train: one is drawn for all runs when they have ended."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)

    def start(self, dataset: Dataset) -> None:
        """Nothing."""


class _EmbeddedOnce:
    """The store's cache, in which one process makes the embeddings and the others wait for them.

    Whoever finds none holds a lock of the home until it has put them there.
    """

    def __init__(self, cache: Any, home: Path) -> None:
        self._cache, self._turn = cache, lock(home / "embedding.lock")

    def get(self, kind: str, key: str) -> np.ndarray | None:
        """What is kept under that key."""
        found: np.ndarray | None = self._cache.get(kind, key)
        if found is None and kind in EMBEDDED and not self._turn.is_locked:
            self._turn.acquire()
            found = self._cache.get(kind, key)  # made meanwhile, perhaps
            if found is not None:
                self.release()
        return found

    def put(self, kind: str, key: str, array: np.ndarray) -> None:
        """Keep it; with the embeddings, which come last, the others' wait ends."""
        self._cache.put(kind, key, array)
        if kind == EMBEDDED[0]:
            self.release()

    def release(self) -> None:
        """Let the others go on."""
        self._turn.release(force=True)
