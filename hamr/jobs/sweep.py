"""A sweep from its first run to its last, and what people ask of it: to begin, stop, go on.

The process that runs it holds the sweep, and the home's turn to train for all of its runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from filelock import Timeout

from hamr.config import DataSettings
from hamr.errors import HamrError, SettingError
from hamr.jobs.crew import Member
from hamr.jobs.foreman import LOOK_SECONDS, Foreman, Pace, Tell
from hamr.jobs.paths import absolute_sweep
from hamr.jobs.queue import bells
from hamr.jobs.worker import TRAINING_LOCK, Load, Stop
from hamr.records import Dataset
from hamr.store import Store, Sweep
from hamr.store.locks import lock
from hamr.sweeps import SweepSettings, check_methods, plan

RESUMABLE = ("stopped", "failed", "running", "stopping", "finished")


def submit_sweep(store: Store, settings: SweepSettings, name: str | None = None) -> Sweep:
    """Queue a new sweep for the app. Raises SettingError if the name is taken, StoreError."""
    sweep = store.sweeps.create(absolute_sweep(settings), name=name)
    bells[store.home].set()
    return sweep


def resume_sweep(store: Store, sweep_id: str) -> Sweep:
    """Queue a sweep that has ended before its end; what is missing is trained."""
    sweep = store.sweeps.get(sweep_id)
    _check_trainable(sweep)
    if not sweep.is_held:
        sweep.change_status(RESUMABLE, "queued")
        bells[store.home].set()
    return sweep


def stop_sweep(store: Store, sweep_id: str) -> None:
    """Ask for the sweep to stop: a queued one at once, otherwise after the steps under way."""
    sweep = store.sweeps.get(sweep_id)
    if sweep.is_held:
        sweep.change_status(("queued", "running"), "stopping")
    else:
        sweep.change_status(("queued", "running", "stopping"), "stopped")


def _check_trainable(sweep: Sweep) -> None:
    """Raises SettingError for a stored sweep that this version can only show."""
    info = sweep.info
    if info.settings.untrainable:
        raise SettingError(f'Sweep "{info.name}": {info.settings.untrainable}', field="sweep")


def rows_of(settings: SweepSettings, load: Load | None = None) -> Dataset:
    """The sweep's rows, on which each of its methods was found fit to train.

    Raises DataError where they can't be read, or a method can't train on them; SettingError
    where a method is not for their task.
    """
    dataset = (load or _load)(settings.data)
    check(settings, dataset)
    return dataset


def check(settings: SweepSettings, dataset: Dataset) -> None:
    """Raises what training would raise of the rows, before the first run begins."""
    from hamr.training.places import Places

    check_methods(settings, dataset.task)
    for planned in plan(settings):
        if planned.seed == settings.seeds[0]:
            Places.of(dataset, planned.settings.training)


def run_sweep(
    sweep: Sweep,
    *,
    jobs: int | None = None,
    stop: Stop = lambda: False,
    tell: Tell = lambda pace: None,
    ended: Callable[[], None] = lambda: None,
    expected: tuple[str, ...] = (),
    crew: Callable[[Sweep], Member] = Member,
    load: Load | None = None,
) -> None:
    """Train the runs of the sweep that are not finished, `jobs` at a time.

    Interrupted, stopped and failed runs go on from their checkpoints, missing ones are made. A
    run that fails leaves the others alone. A sweep whose written status is none of `expected`
    (() for any) is left alone. `ended` is called when all runs have ended, while the map of
    their rows may still be drawn.

    Raises BusyError while another process runs the sweep; SettingError for one that this version
    can only show; HamrError, which the sweep keeps,
    where its rows can't be trained on.
    """
    _check_trainable(sweep)
    with sweep.hold():
        if not sweep.change_status(expected, "queued"):
            return
        with _turn(sweep, stop, tell) as mine:
            if not mine:
                return
            _check_rows(sweep, load)
            foreman = Foreman(sweep, crew, tell, stop)
            foreman.train(jobs)
            sweep.set_status(foreman.outcome())
        ended()
        foreman.draw_maps()


@contextmanager
def _turn(sweep: Sweep, stop: Stop, tell: Tell) -> Iterator[bool]:
    """Wait until nobody else trains on this home; False if the sweep was stopped before that."""
    turn = lock(sweep.store.home / TRAINING_LOCK)
    while True:
        with suppress(Timeout):
            turn.acquire(timeout=LOOK_SECONDS)
            break
        tell(Pace(waits=True))
        if stop() or sweep.written_status != "queued":
            sweep.set_status("stopped")
            yield False
            return
    try:
        yield sweep.change_status(("queued",), "running")
    finally:
        turn.release()


def _check_rows(sweep: Sweep, load: Load | None) -> None:
    """See to it that the sweep has rows in the store; what is wrong with them ends it."""
    info, store = sweep.info, sweep.store
    try:
        if info.fingerprint is not None:
            with suppress(HamrError):  # deleted with the last run on them
                store.dataset(info.fingerprint)
                return
        dataset = rows_of(info.settings, load)
        if info.fingerprint not in (None, dataset.fingerprint):
            raise SettingError(
                f'the rows of sweep "{info.name}" have been deleted, and others stand in '
                f"{info.settings.data.source} now: start a new sweep",
                field="source",
            )
        store.add_dataset(dataset)
        sweep.set_fingerprint(dataset.fingerprint)
    except HamrError as error:
        sweep.set_status("failed", error=str(error), field=error.field)
        raise


def _load(settings: DataSettings) -> Dataset:
    from hamr.data import load

    return load(settings)
