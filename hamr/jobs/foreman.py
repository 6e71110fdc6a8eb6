"""Who hands the runs of a sweep to workers, and watches them.

Threads share the list of what is to do; each has a worker process, gives it one run after the
other and waits for its answers. The main thread tells how things go and asks runs to stop. What
was asked, and how each run ended, stands in the store.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import sleep

from hamr.errors import HamrError
from hamr.jobs.crew import Member
from hamr.jobs.worker import Stop
from hamr.store import Run, Sweep
from hamr.store.status import ACTIVE, Status
from hamr.sweeps import Planned, SweepSettings

LOOK_SECONDS = 0.3
# A worker of the quick preset holds some 0.6 GB (torch, rows and embeddings), so that a machine
# of many cores is not filled unless it is asked for.
MOST_BY_DEFAULT = 8


@dataclass
class Pace:
    """What is under way, for those who watch."""

    waits: bool = False  # for another run on this home to end
    running: tuple[str, ...] = ()  # ids of runs
    done: int = 0  # runs that have ended in this process
    left: int = 0  # runs still to begin


Tell = Callable[[Pace], None]


def default_jobs(settings: SweepSettings, runs: int) -> int:
    """How many runs train at a time: a head takes one core, a whole encoder takes all."""
    if settings.training.fine_tunes:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, runs, MOST_BY_DEFAULT))


class Foreman:
    """Who hands the runs out. Threads take from `todo`; all else is the main thread's."""

    def __init__(
        self, sweep: Sweep, crew: Callable[[Sweep], Member], tell: Tell, stop: Stop
    ) -> None:
        self._sweep, self._crew, self._tell = sweep, crew, tell
        self._asked = stop
        ended = {place for place, info in sweep.runs().items() if info.status == "finished"}
        self.todo = deque(planned for planned in sweep.plan if planned.place not in ended)
        self._running: dict[str, None] = {}  # ids of runs, in the order in which they began
        self._done = 0
        self._stopping = threading.Event()
        self._faults: list[BaseException] = []

    def train(self, jobs: int | None) -> None:
        """Train what is to do, and return when it is done or was stopped."""
        count = min(jobs or default_jobs(self._sweep.info.settings, len(self.todo)), len(self.todo))
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self._tell(Pace(False, tuple(self._running), self._done, len(self.todo)))
            if self._is_stopped():
                self._stop_runs()
            sleep(LOOK_SECONDS)
        self._tell(Pace(False, (), self._done, len(self.todo)))
        if self._faults:
            # Of the store itself: a full disk, a database that has gone.
            error = self._faults[0]
            said = (
                str(error) if isinstance(error, HamrError) else f"{type(error).__name__}: {error}"
            )
            self._sweep.set_status("failed", error=said)
            raise error

    def outcome(self) -> Status:
        """The status of the sweep now that nothing of it trains any more."""
        statuses = [info.status for info in self._sweep.runs().values()]
        if len(statuses) == len(self._sweep.plan) and set(statuses) == {"finished"}:
            return "finished"
        stopped = self._stopping.is_set() or "failed" not in statuses
        return "stopped" if stopped else "failed"

    def draw_maps(self) -> None:
        """Draw one map of the rows, and give it to all runs that have none."""
        runs = [self._sweep.store.run(run_id) for run_id in self._sweep.run_ids().values()]
        bare = [run for run in runs if run.info.status == "finished" and run.map() is None]
        if not bare or self._is_stopped():
            return
        member = self._crew(self._sweep)
        drawing = threading.Thread(
            target=lambda: all(member.order("map", run.id) for run in bare), daemon=True
        )
        drawing.start()
        while drawing.is_alive() and not self._asked():
            drawing.join(LOOK_SECONDS)
        member.leave(seconds=0.5)

    def _is_stopped(self) -> bool:
        if self._asked() or self._sweep.written_status == "stopping":
            self._stopping.set()
        return self._stopping.is_set()

    def _stop_runs(self) -> None:
        for run_id in tuple(self._running):
            self._sweep.store.run(run_id).request_stop()

    def _work(self) -> None:
        """A thread: give one run after the other to a worker of its own."""
        member: Member | None = None
        try:
            while not self._stopping.is_set():
                try:
                    planned = self.todo.popleft()
                except IndexError:
                    break
                member = member or self._crew(self._sweep)
                if not self._train(member, planned):
                    member = None
        except BaseException as error:
            self._faults.append(error)
            self._stopping.set()
        finally:
            if member is not None:
                member.leave()

    def _train(self, member: Member, planned: Planned) -> bool:
        """Have a run trained; whether the worker is there for another one."""
        store = self._sweep.store
        known = self._sweep.run_ids().get(planned.place)
        run = store.run(known) if known else self._new(planned)
        self._running[run.id] = None
        try:
            if member.order("train", run.id):
                return True
            code = member.leave()
            if run.written_status in ("queued", *ACTIVE, "failed"):
                sentence = _death(code)
                run.log(sentence)
                run.set_status("failed", error=sentence)
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
    """Why a worker left its run alone."""
    if code < 0:
        return (
            f"The worker was killed by signal {-code}; if memory ran short, fewer --jobs help. "
            "Resume the sweep to train the run on"
        )
    return f"The worker ended with exit code {code} before it could say why; resume the sweep"
