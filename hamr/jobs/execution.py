"""How a process works on a run or a sweep, from taking it to writing how it ended.

Both go the same way: wait until no other process trains on this home, write "running", do the
work, and write "finished", "stopped", or "failed" with a sentence.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from time import monotonic

from filelock import Timeout

from hamr.errors import HamrError, StoreError, TrainingError
from hamr.store import Run, Sweep
from hamr.store.files import disk_errors
from hamr.store.locks import lock
from hamr.store.status import Status

Job = Run | Sweep
Stop = Callable[[], bool]

TRAINING_LOCK = "training.lock"  # one run or sweep at a time on a home, whoever trains it
LOOK_SECONDS = 0.3  # between two looks at the database for a request to stop


def execute(
    job: Job,
    work: Callable[[], Status],
    *,
    expected: Sequence[str],
    stop: Stop,
    waiting: Callable[[], None],
    in_turn: bool = True,
) -> Status | None:
    """Do the work on a run or sweep that this process holds; the status that it ended with.

    `work` returns that status. Nothing is done, and None returned, if the written status is none
    of `expected`: somebody has stopped the job or taken it meanwhile. While another process trains
    on this home the job is queued, and `waiting` is called; not so without `in_turn`, for runs of
    a sweep, whose own process waits for all of them.

    Raises HamrError where the work fails, after the job has its sentence.
    """
    if not job.claim(expected):
        return None
    with _turn(job, stop, waiting) if in_turn else nullcontext():
        if not job.begin():
            return "stopped"  # while it waited
        outcome = _outcome(job, work)
        job.set_status(outcome)
    return outcome


class StopRequest:
    """Whether the work is to stop: as the caller says, or by a request in the database."""

    def __init__(self, job: Job, asked: Stop) -> None:
        self._job, self._asked, self._next = job, asked, 0.0
        self._requested = False

    def __call__(self) -> bool:
        if not self._requested and monotonic() >= self._next:
            self._next = monotonic() + LOOK_SECONDS
            self._requested = self._job.written_status != "running"
        return self._requested or self._asked()


@contextmanager
def _turn(job: Job, stop: Stop, waiting: Callable[[], None]) -> Iterator[None]:
    """Wait until nobody else trains on this home, or until the job is stopped."""
    home = job.store.home
    turn = lock(home / TRAINING_LOCK)
    while True:
        with disk_errors(home), suppress(Timeout):
            turn.acquire(timeout=LOOK_SECONDS)
            break
        waiting()
        if stop():
            job.request_stop()
        if job.written_status != "queued":
            break
    try:
        yield
    finally:
        turn.release()


def _outcome(job: Job, work: Callable[[], Status]) -> Status:
    """The status that the work ends with; an error is written into the job first."""
    try:
        return work()
    except HamrError as error:
        _log(job, f"Training failed: {error}")
        job.fail(str(error), error.field)
        raise
    except Exception as error:
        raise _program_error(job, error) from error


def _program_error(job: Job, error: Exception) -> TrainingError:
    """Write an error of the program itself into the job: a sentence, and the trace in its log."""
    lines = str(error).strip().splitlines()
    sentence = (
        f"Training stopped because of an error in the program ({type(error).__name__}: "
        f"{lines[0] if lines else 'no reason given'}). The log has the details. Every finished "
        "epoch is kept: resume, or report the error"
    )
    _log(job, sentence, trace="".join(traceback.format_exception(error)))
    job.fail(sentence)
    return TrainingError(sentence)


def _log(job: Job, message: str, **details: str) -> None:
    with suppress(StoreError):  # on a full disk the status may still be written
        job.log(message, **details)
