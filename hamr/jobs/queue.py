"""What people ask of the queue: train a run, stop it, resume it."""

from __future__ import annotations

import threading
from collections import defaultdict
from pathlib import Path

from hamr.config import RunSettings
from hamr.errors import BusyError, SettingError
from hamr.jobs.paths import absolute
from hamr.store import Run, Store

# Set when something was queued, so that a driver in this process need not wait for its next look
# at the database. One for each home.
bells: defaultdict[Path, threading.Event] = defaultdict(threading.Event)


def submit(store: Store, settings: RunSettings, name: str | None = None) -> Run:
    """Queue a new run. Raises SettingError if the name is taken, StoreError, NoSpaceError."""
    run = store.create_run(absolute(settings), name=name)
    bells[store.home].set()
    return run


def request_stop(store: Store, run_id: str) -> None:
    """Ask the run to stop: at once if it is queued, otherwise after the step under way."""
    store.run(run_id).request_stop()


def resume(store: Store, run_id: str) -> Run:
    """Queue a stopped, interrupted or failed run again; it trains on from its last checkpoint.

    Raises BusyError while it is queued or being trained, SettingError once it is finished.
    """
    run = store.run(run_id)
    check_resumable(run)
    run.resume()
    bells[store.home].set()
    return run


def check_resumable(run: Run, *, here: bool = False) -> None:
    """Raises BusyError or SettingError, with a sentence, if the run can't be resumed.

    A run that is to train `here`, in this process, may also be queued, unless a process waits
    with it: its worker was killed before its turn came, or there is no app to start it.
    """
    info = run.info
    if here and info.status == "queued" and not run.is_held:
        return
    if info.status == "finished":
        raise SettingError(
            f'Run "{info.name}" is finished after {info.epochs_done} epochs, so there is nothing '
            "to resume: start a new run to train for longer",
            field="run",
        )
    if info.settings.untrainable:
        raise SettingError(f'Run "{info.name}": {info.settings.untrainable}', field="run")
    if not info.can_resume:
        raise BusyError(f'Run "{info.name}" is {info.status} already: wait for it, or stop it')
