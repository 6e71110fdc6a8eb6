"""What people ask of the queue: to train a run, to stop it, to take it up again."""

from __future__ import annotations

import threading
from collections import defaultdict
from pathlib import Path

from hamr.config import RunSettings
from hamr.errors import BusyError, SettingError
from hamr.jobs.paths import absolute
from hamr.store import Run, Store

# Rung when something was queued, so that a driver of this process need not wait for its
# next look at the database. One for each home.
bells: defaultdict[Path, threading.Event] = defaultdict(threading.Event)

# As written in the database: "running" without a living worker is an interrupted run.
RESUMABLE = ("stopped", "failed", "running", "stopping")


def submit(store: Store, settings: RunSettings, name: str | None = None) -> Run:
    """Queue a new run. Raises SettingError if the name is taken, StoreError, NoSpaceError."""
    run = store.create_run(absolute(settings), name=name)
    bells[store.home].set()
    return run


def request_stop(store: Store, run_id: str) -> None:
    """Ask for the run to stop: a queued one stops at once, a running one after its step.

    The worker finds the request in the database, so any process may ask. A run that has
    ended stays as it is.
    """
    run = store.run(run_id)
    if run.change_status(("queued",), "stopped"):
        return
    if run.is_held:
        run.change_status(("running",), "stopping")
    else:
        run.change_status(("running", "stopping"), "stopped")


def resume(store: Store, run_id: str) -> Run:
    """Queue a stopped, interrupted or failed run again; it trains on from its last good epoch.

    Raises BusyError while it is queued or being trained, SettingError once it is finished.
    """
    run = store.run(run_id)
    check_resumable(run)
    run.change_status(RESUMABLE, "queued")
    bells[store.home].set()
    return run


def check_resumable(run: Run, *, here: bool = False) -> None:
    """Raises BusyError or SettingError, with a sentence, if the run can't be taken up again.

    What is to train on `here`, in this process, may also be queued, unless a process waits
    with it: its worker was killed before its turn came, or no app is there to take it.
    """
    info = run.info
    if here and info.status == "queued" and not run.is_held:
        return
    if info.status == "finished":
        raise SettingError(
            f'Run "{info.name}" is finished after {info.epochs_done} epochs, there is nothing to '
            "resume: start a new run to train for longer",
            field="run",
        )
    if info.settings.untrainable:
        raise SettingError(f'Run "{info.name}": {info.settings.untrainable}', field="run")
    if not info.can_resume:
        raise BusyError(f'Run "{info.name}" is {info.status} already: wait for it, or stop it')
