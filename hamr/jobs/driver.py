"""The app's background thread: gives queued runs and sweeps to worker processes, one at a time.

The thread and its workers share no memory. All it knows comes from the database (what is queued,
how runs ended) and from the operating system: whether a worker lives, whether a lock is held, and
that a pipe closes when its writer dies.
"""

from __future__ import annotations

import atexit
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from hamr.errors import HamrError
from hamr.jobs.child import last_lines, spawn
from hamr.jobs.execution import TRAINING_LOCK, Job
from hamr.jobs.process import BUSY
from hamr.jobs.queue import bells
from hamr.store import Run, Store
from hamr.store.locks import is_held, lock
from hamr.store.status import ACTIVE

LOOK_SECONDS = 0.2  # between two looks at the queue
RETRY_SECONDS = 1.0  # between two tries to lead, and after an error of the store
GRACE_SECONDS = 2.0  # for a worker to exit by itself when the app ends

Spawn = Callable[[Job], "subprocess.Popen[bytes]"]


def _spawn(job: Job) -> subprocess.Popen[bytes]:
    return spawn("work" if isinstance(job, Run) else "work-sweep", job)


class Driver:
    """Trains what is queued on one home. Of several apps on a home, one leads.

    `leader` tells whether this one does; `note` is a sentence on why queued runs wait, or "".
    """

    def __init__(self, store: Store, *, spawn: Spawn = _spawn) -> None:
        self.store = store
        self.note = ""
        self._spawn = spawn
        self._lock = lock(store.home / "driver.lock")
        self._bell = bells[store.home]
        self._closing = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._workers: list[_Worker] = []

    @property
    def leader(self) -> bool:
        """Whether this driver trains the queue of its home."""
        return bool(self._lock.is_locked)

    def start(self) -> None:
        """Start the thread, unless it runs. It dies with the process, and its workers with it.

        Not for a store that is open for reading only: nothing can be trained there.
        """
        if self.store.notice:
            self.note = self.store.notice
            return
        with self._guard:
            if self._thread is None and not self._closing.is_set():
                self._lead()
                self._thread = threading.Thread(target=self._drive, name="driver", daemon=True)
                self._thread.start()
                # A thread that is no daemon would keep the process alive after SIGTERM; as a
                # daemon it would not end its workers.
                atexit.register(self.close)

    def close(self) -> None:
        """End the workers and give up the lead. What they trained shows as interrupted."""
        self._closing.set()
        self._bell.set()
        with self._guard:
            if self._thread is not None and self._thread is not threading.current_thread():
                self._thread.join(timeout=10)
            for worker in self._workers:
                worker.end()
            self._workers.clear()
            self._lock.release()
            atexit.unregister(self.close)

    def _drive(self) -> None:
        while not self._closing.is_set():
            pause = LOOK_SECONDS
            try:
                if self._lead():
                    self._reap()
                    self._train_next()
                else:
                    pause = RETRY_SECONDS
            except (HamrError, OSError) as error:
                # The disk may be full, or the folder gone: say so, and try again.
                self.note, pause = str(error), RETRY_SECONDS
            self._bell.wait(pause)
            self._bell.clear()

    def _lead(self) -> bool:
        """Take the lead if it is free."""
        if not self.leader:
            with suppress(TimeoutError):
                self._lock.acquire(timeout=0)
            self.note = "" if self.leader else self._led_elsewhere()
        return self.leader

    def _led_elsewhere(self) -> str:
        return (
            f"Another app trains the runs in {self.store.home}: what you start here waits in its "
            "queue, and this app takes over when the other one ends"
        )

    def _train_next(self) -> None:
        """Give the longest waiting run to a worker, unless one trains already."""
        if any(worker.trains() for worker in self._workers):
            return
        # A run that is queued and held waits in `hamr train`, on a terminal.
        waiting = next((run for run in self.store.queue() if not run.is_held), None)
        sweep = next((one for one in self.store.sweeps.queue() if not one.is_held), None)
        job = waiting or sweep  # a sweep is long, so single runs go first
        if job is not None and is_held(self.store.home / TRAINING_LOCK):
            self.note = "A run trains outside this app; queued runs wait for it"
            return
        self.note = ""
        if job is not None:
            job.log("A worker process starts")  # it takes a second to say so itself
            self._workers.append(_Worker(job, self._spawn(job)))

    def _reap(self) -> None:
        """Remove workers that have ended."""
        for worker in [each for each in self._workers if each.process.poll() is not None]:
            self._workers.remove(worker)
            worker.process.communicate()
            _explain(worker.job, worker.process.returncode)


@dataclass
class _Worker:
    """A worker process. When its run or sweep has ended it may still draw the map of the rows."""

    job: Job
    process: subprocess.Popen[bytes]
    begun: bool = False

    def trains(self) -> bool:
        """Whether it trains, or is about to: the next run has to wait."""
        status = self.job.written_status
        starts = status == "queued" and not self.begun  # if begun, it was resumed meanwhile
        self.begun = self.begun or status != "queued"
        return starts or status in ACTIVE

    def end(self) -> None:
        """Close its input, which tells it to exit; kill it if it does not."""
        try:
            self.process.communicate(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


def _explain(job: Job, code: int) -> None:
    """Write why a worker ended, if the worker itself could not."""
    status = job.written_status
    if code in (0, BUSY) or status not in ("queued", *ACTIVE):
        return
    lines = last_lines(job)
    trace = "\n".join(lines)
    if code < 0 and status != "queued":
        # The status stays "running", so it shows as interrupted.
        sentence = (
            f"The worker was killed by signal {-code}. If memory ran out, choose a smaller batch "
            "or a shorter text length. Resume to train on"
        )
        job.log(sentence, trace=trace)
        return
    reason = f": {lines[-1]}" if lines else ""
    sentence = f"The worker ended with exit code {code} before it could say why{reason}"
    job.log(sentence, trace=trace)
    job.fail(sentence)
