"""Worker processes that train many runs, one after the other, and the orders they take.

Importing torch takes seconds, as long as a whole run on cached embeddings, so one worker of a
sweep trains many runs. It reads orders from its standard input, one a line:

    train RUN       train the run, from its last checkpoint if it has one
    map RUN         draw the run's maps, or take them from the cache

It answers each with a line on its standard output once it is done; the store has how the run
ended. When its input ends, the worker exits at once (see `process`).
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
from hamr.jobs.worker import Train, run_worker
from hamr.records import Dataset, Record
from hamr.store import Run, Store, Sweep
from hamr.store.locks import lock
from hamr.store.status import RESUMABLE

ANSWER = b"done "  # an answer begins with it; libraries may print other lines
EMBEDDED = ("embeddings", "words")  # kinds of cache entries that take long to compute


class PoolWorker:
    """A worker process, as the process of the sweep sees it."""

    def __init__(self, sweep: Sweep) -> None:
        command = [sys.executable, "-m", "hamr", "sweep-workers", sweep.id]
        self.process = start(command, sweep, stdout=subprocess.PIPE)

    def order(self, verb: str, run_id: str) -> bool:
        """Give an order and wait until it is done; False if the worker died meanwhile."""
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
        """Close its input, wait for it to exit, kill it if it does not; its exit code."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            if self.process.stdout is not None:
                self.process.stdout.close()


def serve(store: Store, orders: Iterator[str], train: Train | None = None) -> None:
    """Carry out the orders, one after the other; `train` replaces hamr.training.train."""
    for line in orders:
        verb, _, run_id = line.strip().partition(" ")
        with suppress(HamrError):  # the run has it, and the next order may succeed
            if verb == "train":
                _train(store, run_id, train)
            elif verb == "map":
                with suppress(OSError):
                    os.nice(19)  # from now on others come first
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
            maps=_NoMap,
            expected=(*RESUMABLE, "queued"),
            in_turn=False,
        )
    except BusyError:
        pass  # another process trains this very run
    except HamrError:
        raise
    except Exception as error:
        # It could not be written into the run, as the database is gone, say.
        print(f"{type(error).__name__}: {error}", file=sys.stderr)


class _NoMap(MapMaker):
    """No map while other runs train: one is drawn for all runs when they have ended."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)

    def start(self, dataset: Dataset) -> None:
        """Nothing."""

    def start_moving(self) -> None:
        """Nothing."""


class _EmbeddedOnce:
    """The store's cache, for workers of which one computes the embeddings and the others wait.

    The first that finds no embeddings holds a lock of the home until it has put them there.
    """

    def __init__(self, cache: Any, home: Path) -> None:
        self._cache, self._turn = cache, lock(home / "embedding.lock")

    def get(self, kind: str, key: str) -> np.ndarray | None:
        """The array under that key; the first caller that finds none computes it."""
        found: np.ndarray | None = self._cache.get(kind, key)
        if found is None and kind in EMBEDDED and not self._turn.is_locked:
            self._turn.acquire()
            found = self._cache.get(kind, key)  # another process may have put it there
            if found is not None:
                self.release()
        return found

    def put(self, kind: str, key: str, array: np.ndarray) -> None:
        """Keep an array. The embeddings come last, so the others need not wait any longer."""
        self._cache.put(kind, key, array)
        if kind == EMBEDDED[0]:
            self.release()

    def drop(self, kind: str, key: str) -> None:
        """Remove an array."""
        self._cache.drop(kind, key)

    def release(self) -> None:
        """Let the other processes continue."""
        self._turn.release(force=True)
