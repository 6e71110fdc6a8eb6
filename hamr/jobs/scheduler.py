"""The scheduler of a sweep: hands its runs to worker processes and follows them.

Threads share the list of runs to train. Each thread has a worker process, gives it one run after
the other and waits for its answers. The main thread reports progress and asks runs to stop. The
store has what was asked for and how each run ended.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import sleep

from hamr.jobs.execution import LOOK_SECONDS, Stop
from hamr.jobs.worker_pool import PoolWorker
from hamr.store import Run, Sweep
from hamr.store.status import ACTIVE, Status
from hamr.sweeps import Planned, SweepSettings

# A worker of the quick preset takes some 0.6 GB (torch, rows and embeddings), so a machine with
# many cores is only filled if somebody asks for it.
MOST_BY_DEFAULT = 8


@dataclass(frozen=True)
class SweepProgress:
    """How far a sweep is, for those who watch."""

    waits: bool = False  # for another run on this home to end
    running: tuple[str, ...] = ()  # ids of runs
    done: int = 0  # runs that have ended in this process
    left: int = 0  # runs still to begin


Report = Callable[[SweepProgress], None]
NewWorker = Callable[[Sweep], PoolWorker]


def default_jobs(settings: SweepSettings, runs: int) -> int:
    """How many runs train at a time: a head uses one core, a whole encoder uses all."""
    if settings.training.fine_tunes:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, runs, MOST_BY_DEFAULT))


class SweepScheduler:
    """Hands out runs. Threads take from `todo`; everything else is done by the main thread."""

    def __init__(self, sweep: Sweep, new_worker: NewWorker, report: Report, stop: Stop) -> None:
        self._sweep, self._new_worker, self._report = sweep, new_worker, report
        self._stop = stop
        ended = {place for place, info in sweep.runs().items() if info.status == "finished"}
        self.todo = deque(planned for planned in sweep.plan if planned.place not in ended)
        self._running: dict[str, None] = {}  # ids of runs, in the order in which they began
        self._done = 0
        self._stopping = threading.Event()
        self._faults: list[BaseException] = []

    def train(self, jobs: int | None) -> Status:
        """Train the runs to do, until all have ended or were stopped; the sweep's status then.

        Raises the first error that concerns no run but the store: a full disk, a lost database.
        """
        count = min(jobs or default_jobs(self._sweep.info.settings, len(self.todo)), len(self.todo))
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self._report(SweepProgress(False, tuple(self._running), self._done, len(self.todo)))
            if self._stop():
                self._stopping.set()
                self._stop_runs()
            sleep(LOOK_SECONDS)
        self._report(SweepProgress(False, (), self._done, len(self.todo)))
        if self._faults:
            raise self._faults[0]
        return self._outcome()

    def _outcome(self) -> Status:
        statuses = [info.status for info in self._sweep.runs().values()]
        if len(statuses) == len(self._sweep.plan) and set(statuses) == {"finished"}:
            return "finished"
        stopped = self._stopping.is_set() or "failed" not in statuses
        return "stopped" if stopped else "failed"

    def _stop_runs(self) -> None:
        for run_id in tuple(self._running):
            self._sweep.store.run(run_id).request_stop()

    def _work(self) -> None:
        """Give one run after the other to a worker of its own; runs in a thread."""
        worker: PoolWorker | None = None
        try:
            while not self._stopping.is_set():
                try:
                    planned = self.todo.popleft()
                except IndexError:
                    break
                worker = worker or self._new_worker(self._sweep)
                if not self._train(worker, planned):
                    worker = None
        except BaseException as error:
            self._faults.append(error)
            self._stopping.set()
        finally:
            if worker is not None:
                worker.leave()

    def _train(self, worker: PoolWorker, planned: Planned) -> bool:
        """Have a worker train a run; whether the worker is alive for another one."""
        store = self._sweep.store
        known = self._sweep.run_ids().get(planned.place)
        run = store.run(known) if known else self._new(planned)
        self._running[run.id] = None
        try:
            if worker.order("train", run.id):
                return True
            code = worker.leave()
            if run.written_status in ("queued", *ACTIVE, "failed"):
                sentence = _death(code)
                run.log(sentence)
                run.fail(sentence)
            return False
        finally:
            self._running.pop(run.id, None)
            self._done += 1

    def _new(self, planned: Planned) -> Run:
        run = self._sweep.create_run(planned)
        for notice in run.dataset().notices:
            run.log(notice)
        return run


def _death(code: int) -> str:
    """A sentence on why a worker ended before its run."""
    if code < 0:
        return (
            f"The worker was killed by signal {-code}. If memory ran out, choose fewer --jobs. "
            "Resume the sweep to continue the run"
        )
    return f"The worker ended with exit code {code} before it could say why. Resume the sweep"
