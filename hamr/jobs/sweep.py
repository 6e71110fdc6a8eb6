"""A sweep: what people ask of it, and how its process trains all its runs.

The process that runs a sweep holds the sweep's lock, and waits once for all of its runs until no
other process trains on the home.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from hamr.config import DataSettings
from hamr.errors import HamrError, SettingError
from hamr.jobs.execution import LOOK_SECONDS, Stop, StopRequest, execute
from hamr.jobs.paths import absolute_sweep
from hamr.jobs.queue import bells
from hamr.jobs.row_sets import chosen_rows
from hamr.jobs.scheduler import NewWorker, Report, SweepProgress, SweepScheduler
from hamr.jobs.worker import Load
from hamr.jobs.worker_pool import PoolWorker
from hamr.records import Dataset
from hamr.store import Store, Sweep
from hamr.store.base import StoreBase
from hamr.store.status import Status
from hamr.sweeps import SweepSettings, check_methods, plan


def submit_sweep(store: Store, settings: SweepSettings, name: str | None = None) -> Sweep:
    """Queue a new sweep for the app. Raises SettingError if the name is taken, StoreError."""
    sweep = store.sweeps.create(absolute_sweep(settings), name=name)
    bells[store.home].set()
    return sweep


def resume_sweep(store: Store, sweep_id: str) -> Sweep:
    """Queue a sweep again; the runs that are missing or not finished are trained."""
    sweep = store.sweeps.get(sweep_id)
    _check_trainable(sweep)
    if not sweep.is_held:
        sweep.resume()
        bells[store.home].set()
    return sweep


def stop_sweep(store: Store, sweep_id: str) -> None:
    """Ask the sweep to stop: at once if it is queued, otherwise after the steps under way."""
    store.sweeps.get(sweep_id).request_stop()


def _check_trainable(sweep: Sweep) -> None:
    """Raises SettingError for a stored sweep that this version can only show."""
    info = sweep.info
    if info.settings.untrainable:
        raise SettingError(f'Sweep "{info.name}": {info.settings.untrainable}', field="sweep")


def rows_of(store: StoreBase, settings: SweepSettings, load: Load | None = None) -> Dataset:
    """The sweep's rows, after checking that each of its methods can train on them.

    Raises DataError where they can't be read, or a method can't train on them; SettingError
    where a method is not for their task.
    """
    dataset = (load or _load)(settings.data)
    check(store, settings, dataset)
    return dataset


def check(store: StoreBase, settings: SweepSettings, dataset: Dataset) -> None:
    """Raises, before the first run begins, what training would raise for these rows."""
    from hamr.training.row_partition import RowPartition

    check_methods(settings, dataset.task)
    for planned in plan(settings):
        if planned.seed == settings.seeds[0]:
            training = planned.settings.training
            RowPartition.of(dataset, training, chosen_rows(store, dataset, training))


def run_sweep(
    sweep: Sweep,
    *,
    jobs: int | None = None,
    stop: Stop = lambda: False,
    report: Report = lambda progress: None,
    ended: Callable[[], None] = lambda: None,
    expected: tuple[str, ...] = (),
    new_worker: NewWorker = PoolWorker,
    load: Load | None = None,
) -> None:
    """Train the runs of the sweep that are not finished, `jobs` at a time.

    Runs that were interrupted, were stopped or failed continue from their checkpoints; missing
    ones are created. If a run fails, the others continue. `ended` is called when all runs have
    ended, while the map of their rows may still be drawn. For `expected` see `execute`; () means
    any status.

    Raises BusyError while another process runs the sweep; SettingError for one that this version
    can only show; HamrError, after the sweep has its sentence, if its rows can't be trained on.
    """
    _check_trainable(sweep)

    def work() -> Status:
        _check_rows(sweep, load)
        scheduler = SweepScheduler(sweep, new_worker, report, StopRequest(sweep, stop))
        return scheduler.train(jobs)

    with sweep.hold():
        outcome = execute(
            sweep,
            work,
            expected=expected,
            stop=stop,
            waiting=lambda: report(SweepProgress(waits=True)),
        )
        if outcome is not None:
            ended()
        if outcome not in (None, "stopped"):
            _draw_maps(sweep, new_worker, stop)


def _draw_maps(sweep: Sweep, new_worker: NewWorker, stop: Stop) -> None:
    """Draw one map of the rows, give it to all runs that have none, and draw those that move."""
    runs = [sweep.store.run(run_id) for run_id in sweep.run_ids().values()]
    ended = [run for run in runs if run.info.status == "finished"]
    bare = [run for run in ended if run.map() is None or run.moving_maps.is_due]
    if not bare or stop():
        return
    worker = new_worker(sweep)
    drawing = threading.Thread(
        target=lambda: all(worker.order("map", run.id) for run in bare), daemon=True
    )
    drawing.start()
    while drawing.is_alive() and not stop():
        drawing.join(LOOK_SECONDS)
    worker.leave(seconds=0.5)


def _check_rows(sweep: Sweep, load: Load | None) -> None:
    """Make sure that the sweep's rows are in the store. Raises HamrError if they can't be."""
    info, store = sweep.info, sweep.store
    if info.fingerprint is not None:
        with suppress(HamrError):  # they were deleted with the last run that used them
            store.dataset(info.fingerprint)
            return
    dataset = rows_of(store, info.settings, load)
    if info.fingerprint not in (None, dataset.fingerprint):
        raise SettingError(
            f'the rows of sweep "{info.name}" have been deleted, and '
            f"{info.settings.data.source} has other rows now: start a new sweep",
            field="source",
        )
    store.add_dataset(dataset)
    sweep.set_fingerprint(dataset.fingerprint)


def _load(settings: DataSettings) -> Dataset:
    from hamr.data import load

    return load(settings)
