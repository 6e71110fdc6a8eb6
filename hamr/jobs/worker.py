"""One run from its first row to its last score: drains `training` into the store.

The same code trains in the app's worker process and in `hamr train` on a terminal.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from time import monotonic
from typing import Any

from filelock import Timeout

from hamr.config import DataSettings, RunSettings
from hamr.errors import HamrError, StoreError, TrainingError
from hamr.jobs.maps import MapMaker
from hamr.jobs.paths import absolute
from hamr.jobs.queue import RESUMABLE, check_resumable
from hamr.records import CheckpointRecord, Dataset, EpochRecord, FinalRecord, Progress, Record
from hamr.store import Checkpoint, Run, Store
from hamr.store.files import disk_errors
from hamr.store.locks import lock

Train = Callable[..., Iterator[Record]]
Load = Callable[[DataSettings], Dataset]
Stop = Callable[[], bool]
Tell = Callable[[Record], None]

TRAINING_LOCK = "training.lock"  # one run at a time on a home, whoever trains it
LOADING_STEPS = 4  # starting the worker, the first of them, is a quarter of what loading takes
LOOK_SECONDS = 0.3  # between two looks at the database for a request to stop


def train_now(
    store: Store,
    settings: RunSettings,
    *,
    name: str | None = None,
    stop: Stop = lambda: False,
    tell: Tell = lambda record: None,
    ended: Callable[[Run], None] = lambda run: None,
    train: Train | None = None,
    load: Load | None = None,
) -> Run:
    """Train a new run in this process, past the queue of the app; `run_worker` for the rest."""
    # Never "queued" while nobody holds it, or an app beside this process would take it.
    run = store.create_run(absolute(settings), name=name, status="running")
    run_worker(
        store,
        run.id,
        stop=stop,
        tell=tell,
        ended=lambda: ended(run),
        train=train,
        load=load,
        expected=("running",),
    )
    return run


def resume_now(
    store: Store,
    run_id: str,
    *,
    stop: Stop = lambda: False,
    tell: Tell = lambda record: None,
    ended: Callable[[Run], None] = lambda run: None,
    train: Train | None = None,
    load: Load | None = None,
) -> Run:
    """Train a stopped, interrupted, failed or forsaken queued run on, in this process.

    Raises BusyError or SettingError as `resume` does; `run_worker` for the rest.
    """
    run = store.run(run_id)
    check_resumable(run, here=True)
    run_worker(
        store,
        run.id,
        stop=stop,
        tell=tell,
        ended=lambda: ended(run),
        train=train,
        load=load,
        expected=(*RESUMABLE, "queued"),
    )
    return run


def run_worker(
    store: Store,
    run_id: str,
    *,
    stop: Stop = lambda: False,
    tell: Tell = lambda record: None,
    ended: Callable[[], None] = lambda: None,
    train: Train | None = None,
    load: Load | None = None,
    maps: Callable[[Run], MapMaker] = MapMaker,
    expected: Sequence[str] = ("queued",),
    in_turn: bool = True,
) -> None:
    """Train the run, from its last good epoch if it has one, and write down all it yields.

    `stop` is asked after every step, and so is the database; `tell` hears every record;
    `ended` is called once training is over, while the map may still be drawn.
    `train` and `load` stand in for hamr.training.train and hamr.data.load. A run whose
    written status is none of `expected` was stopped or taken meanwhile: it is left alone.
    While another process trains on this home the run waits, queued; not so without `in_turn`,
    for runs of a sweep, whose own process has the turn for all of them.

    Raises HamrError when training fails, after the sentence was written into the run;
    BusyError if another process holds the run.
    """
    run = store.run(run_id)
    map_maker = maps(run)
    try:
        with run.hold():
            if not run.change_status(expected, "queued"):
                return
            with _turn(store, run, stop, tell) if in_turn else nullcontext(True) as mine:
                if mine and run.change_status(("queued",), "running"):
                    _run(run, _Stop(run, stop), tell, train, load, map_maker)
        ended()
        if map_maker.draws:
            tell(Progress("mapping", 0, 1, "Drawing the map"))
            map_maker.wait(stop)
    finally:
        map_maker.close()


class _Stop:
    """Whether training is to stop: by the caller, or by a request in the database."""

    def __init__(self, run: Run, asked: Stop) -> None:
        self._run, self._asked, self._next = run, asked, 0.0
        self._requested = False

    def __call__(self) -> bool:
        if not self._requested and monotonic() >= self._next:
            self._next = monotonic() + LOOK_SECONDS
            self._requested = self._run.written_status != "running"
        return self._requested or self._asked()


@contextmanager
def _turn(store: Store, run: Run, stop: Stop, tell: Tell) -> Iterator[bool]:
    """Wait until nobody else trains on this home; False if the run was stopped before that."""
    turn = lock(store.home / TRAINING_LOCK)
    while True:
        with disk_errors(store.home), suppress(Timeout):
            turn.acquire(timeout=LOOK_SECONDS)
            break
        tell(Progress("loading", 0, 1, "Waiting for another run on this home to end"))
        if stop():
            run.change_status(("queued",), "stopped")
        if run.written_status != "queued":
            yield False
            return
    try:
        yield True
    finally:
        turn.release()


def _run(
    run: Run, stop: _Stop, tell: Tell, train: Train | None, load: Load | None, maps: MapMaker
) -> None:
    """Train, and write how it ended."""
    # The first sign of life, before torch and pandas are imported, which takes seconds.
    _keep(run, Progress("loading", 1, LOADING_STEPS, "Loading the rows"), tell)
    try:
        finished = _train(run, stop, tell, train, load, maps)
    except HamrError as error:
        run.log(f"Training failed: {error}")
        run.set_status("failed", error=str(error), field=error.field)
        raise
    except Exception as error:
        raise _unexpected(run, error) from error
    if not finished and not stop():
        raise _unexpected(run, RuntimeError("training ended before its last epoch"))
    run.log("The run is finished" if finished else "The run was stopped; resume it to train on")
    run.set_status("finished" if finished else "stopped")


def _train(
    run: Run, stop: _Stop, tell: Tell, train: Train | None, load: Load | None, maps: MapMaker
) -> bool:
    """Drain training into the run; whether it came to its end."""
    settings = run.info.settings
    dataset = _rows(run, settings, load)
    rows = f"{len(dataset.train):,} training rows loaded"
    _keep(run, Progress("loading", LOADING_STEPS, LOADING_STEPS, rows), tell)
    checkpoint = run.checkpoint()
    resume = (checkpoint.epoch, checkpoint.arrays) if checkpoint else None
    options = {"cache": run.store.cache, "resume": resume, "stop": stop}
    begun = finished = False
    for record in (train or _training())(dataset, settings.training, **options):
        if not begun and not isinstance(record, Progress):
            begun = True
            _go_on(run, checkpoint)
            maps.start(dataset)  # the embeddings, which it shows, are there
        _keep(run, record, tell)
        finished = finished or isinstance(record, FinalRecord)
    return finished


def _go_on(run: Run, checkpoint: Checkpoint | None) -> None:
    """Forget what training does again, now that it has taken up the checkpoint.

    Not before: of a checkpoint that training refuses (it is of another version of the
    program, say) nothing must be lost, nor of the epochs after it.
    """
    if checkpoint is None:
        run.rewind(0)
        return
    run.rewind(checkpoint.epoch, checkpoint.step)
    after = f"after epoch {checkpoint.epoch}"
    within = f"within epoch {checkpoint.epoch + 1}, at step {checkpoint.step}"
    run.log(f"Training goes on {after if checkpoint.step is None else within}")


def _rows(run: Run, settings: RunSettings, load: Load | None) -> Dataset:
    """The run's rows: read from their source once, and from the store ever after."""
    fingerprint = run.info.fingerprint
    if fingerprint is not None:
        return run.store.dataset(fingerprint)
    dataset = (load or _loading())(settings.data)
    run.attach_dataset(dataset)
    for notice in dataset.notices:  # licences, and what was left out of the file
        run.log(notice)
    return dataset


def _training() -> Train:
    from hamr.training import train

    return train


def _loading() -> Load:
    from hamr.data import load

    return load


def _keep(run: Run, record: Record, tell: Tell) -> None:
    """Write a record where it belongs."""
    if isinstance(record, EpochRecord):
        run.write_epoch(record)
    elif isinstance(record, FinalRecord):
        run.write_final(record)
    elif isinstance(record, CheckpointRecord):
        _keep_checkpoint(run, record)
    else:
        run.append_event(record)
    tell(record)


def _keep_checkpoint(run: Run, record: CheckpointRecord) -> None:
    """Write a checkpoint within an epoch; where that fails, on a full disk say, train on.

    It is there to save the work since the last one, which giving up would lose. A disk that
    stays full ends the run at the epoch's end, with the older checkpoints to go on from.
    """
    try:
        run.write_checkpoint(record)
    except StoreError as error:
        run.log(
            f"The checkpoint at step {record.step} could not be written; training goes on, and "
            f"the one before it stands. {error}"
        )


def _unexpected(run: Run, error: BaseException) -> TrainingError:
    """Write a fault of the program's own into the run: a sentence, the trace in its log."""
    reason: Any = str(error).strip().splitlines()[:1]
    kind = type(error).__name__
    sentence = (
        f"Training broke off with an error of the program itself ({kind}: "
        f"{reason[0] if reason else 'no reason given'}); the log has the details. Every finished "
        "epoch is kept: resume the run, or report the error"
    )
    run.log(sentence, trace="".join(traceback.format_exception(error)))
    run.set_status("failed", error=sentence)
    return TrainingError(sentence)
