"""Train one run and store what training yields.

The same code trains in the app's worker process and in `hamr train` on a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from hamr.config import AUTOMATIC, DataSettings, RunSettings, TrainingSettings, grown
from hamr.errors import StoreError
from hamr.jobs.execution import Stop, StopRequest, execute
from hamr.jobs.maps import MapMaker
from hamr.jobs.paths import absolute
from hamr.jobs.queue import check_resumable
from hamr.jobs.row_sets import chosen_rows
from hamr.jobs.verified import keep_verified, verified_ids
from hamr.jobs.warm import warm_start
from hamr.records import CheckpointRecord, Dataset, EpochRecord, FinalRecord, Progress, Record
from hamr.store import Checkpoint, Run, Store
from hamr.store.status import RESUMABLE, Status

if TYPE_CHECKING:
    from hamr.training.chosen import ChosenRows

Train = Callable[..., Iterator[Record]]
Load = Callable[[DataSettings], Dataset]
Report = Callable[[Record], None]

WAITING = Progress("loading", 0, 1, "Waiting for another run on this home to end")
LOADING_STEPS = 4  # the first is the start of the worker, a quarter of the loading time


def train_now(
    store: Store,
    settings: RunSettings,
    *,
    name: str | None = None,
    stop: Stop = lambda: False,
    report: Report = lambda record: None,
    ended: Callable[[Run], None] = lambda run: None,
    train: Train | None = None,
    load: Load | None = None,
) -> Run:
    """Train a new run in this process, without the app's queue; arguments as of `run_worker`."""
    # Never "queued" while nobody holds it, or an app on the same home would take it.
    run = store.create_run(absolute(settings), name=name, status="running")
    run_worker(
        store,
        run.id,
        stop=stop,
        report=report,
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
    report: Report = lambda record: None,
    ended: Callable[[Run], None] = lambda run: None,
    train: Train | None = None,
    load: Load | None = None,
) -> Run:
    """Resume a run in this process: one that has stopped, failed or was interrupted, or one that
    is queued and that no process waits with. Arguments as of `run_worker`.

    Raises BusyError or SettingError as `resume` does.
    """
    run = store.run(run_id)
    check_resumable(run, here=True)
    run_worker(
        store,
        run.id,
        stop=stop,
        report=report,
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
    report: Report = lambda record: None,
    ended: Callable[[], None] = lambda: None,
    train: Train | None = None,
    load: Load | None = None,
    maps: Callable[[Run], MapMaker] = MapMaker,
    expected: Sequence[str] = ("queued",),
    in_turn: bool = True,
) -> None:
    """Train the run, from its last checkpoint if it has one, and store every record.

    Training ends after the step in which `stop` turns true, or a request in the database is
    found. `report` is called with every record, `ended` once training has ended, while the map
    may still be drawn. `train` and `load` replace hamr.training.train and hamr.data.load. For
    `expected` and `in_turn` see `execute`.

    Raises HamrError when training fails, after the run has its sentence; BusyError if another
    process holds the run.
    """
    run = store.run(run_id)
    map_maker = maps(run)
    try:
        with run.hold():
            outcome = execute(
                run,
                lambda: _run(run, StopRequest(run, stop), report, train, load, map_maker),
                expected=expected,
                stop=stop,
                waiting=lambda: report(WAITING),
                in_turn=in_turn,
            )
        if outcome is not None:
            ended()
            _wait_for_maps(map_maker, report, stop)
    finally:
        map_maker.close()


def _wait_for_maps(maps: MapMaker, report: Report, stop: Stop) -> None:
    """Wait for the maps that were begun with training, then for the one that follows the epochs."""
    _wait(maps, report, stop)
    if not stop():
        maps.start_moving()
        _wait(maps, report, stop)


def _wait(maps: MapMaker, report: Report, stop: Stop) -> None:
    if maps.draws:
        report(Progress("mapping", 0, 1, "Drawing the map"))
        maps.wait(stop)


def _run(
    run: Run, stop: Stop, report: Report, train: Train | None, load: Load | None, maps: MapMaker
) -> Status:
    """Train to the end or until a stop; the status that the run ends with."""
    # The first sign of life, before torch and pandas are imported, which takes seconds.
    _keep(run, Progress("loading", 1, LOADING_STEPS, "Loading the rows"), report)
    finished = _train(run, stop, report, train, load, maps)
    if not finished and not stop():
        raise RuntimeError("training ended before its last epoch")
    run.log("The run is finished" if finished else "The run was stopped; resume it to train on")
    return "finished" if finished else "stopped"


def _train(
    run: Run, stop: Stop, report: Report, train: Train | None, load: Load | None, maps: MapMaker
) -> bool:
    """Store what training yields; whether it came to its end."""
    dataset = _rows(run, run.info.settings, load)
    _settle(run)
    settings = _grown(run, len(dataset.train))
    rows = f"{len(dataset.train):,} training rows loaded"
    _keep(run, Progress("loading", LOADING_STEPS, LOADING_STEPS, rows), report)
    checkpoint = run.checkpoint()
    resume = (checkpoint.epoch, checkpoint.arrays) if checkpoint else None
    options: dict[str, Any] = {"cache": run.store.cache, "resume": resume, "stop": stop}
    training = settings.training
    if resume is None:
        training = keep_verified(run, dataset, training)
    verified = verified_ids(run, dataset, training)
    chosen = chosen_rows(run.store, dataset, training, verified)
    if chosen is not None:
        options["chosen"] = chosen
    if resume is None and (said := _meta_set_said(dataset, training, chosen)):
        run.log(said)
    if resume is None and settings.start_from:
        options["start"] = warm_start(run)
    begun = finished = False
    for record in (train or _training())(dataset, training, **options):
        if not begun and not isinstance(record, Progress):
            begun = True
            _continue(run, checkpoint)
            maps.start(dataset)  # they show the embeddings, which are in the cache by now
        _keep(run, record, report)
        finished = finished or isinstance(record, FinalRecord)
    return finished


def _continue(run: Run, checkpoint: Checkpoint | None) -> None:
    """Remove the epochs that training repeats, now that it has accepted the checkpoint.

    Not earlier: if training refuses a checkpoint (that another version of the program made, say),
    it must be kept, and so must the epochs after it.
    """
    if checkpoint is None:
        run.rewind(0)
        return
    run.rewind(checkpoint.epoch, checkpoint.step)
    after = f"after epoch {checkpoint.epoch}"
    within = f"within epoch {checkpoint.epoch + 1}, at step {checkpoint.step}"
    run.log(f"Training continues {after if checkpoint.step is None else within}")


def _rows(run: Run, settings: RunSettings, load: Load | None) -> Dataset:
    """The run's rows: read from their source once, and from the store from then on."""
    fingerprint = run.info.fingerprint
    if fingerprint is not None:
        return run.store.dataset(fingerprint)
    dataset = (load or _loading())(settings.data)
    run.attach_dataset(dataset)
    for notice in dataset.notices:  # licences, and what was left out of the file
        run.log(notice)
    return dataset


def _settle(run: Run) -> None:
    """Store actual values of settings that are automatic, so that they are what was used.

    A run that has begun has what was stored then, on whichever machine that was.
    """
    training = run.info.settings.training
    if training.frozen_layers != AUTOMATIC:
        return
    from hamr.training.settled import settled

    training = settled(training)
    run.set_training(training)
    if training.frozen_layers:
        run.log(
            f"On a CPU the {training.frozen_layers} lowest layers of the encoder are frozen, which "
            "takes half the time. Set frozen_layers to 0 to train all of them"
        )


def _grown(run: Run, rows: int) -> RunSettings:
    """The run's settings; what its rows decide of them is stored, so that they are what was used.

    A run that has begun has what was stored then.
    """
    settings = run.info.settings
    training = grown(settings.training, rows)
    if training == settings.training:
        return settings
    run.set_training(training)
    run.log(
        f"For {rows:,} training rows: batches of {training.batch_size:,}, meta batches of "
        f"{training.meta_batch_size:,}, learning rate {training.learning_rate:.2g}, that of the "
        f"weight network {training.meta_rate:.2g}. Set batch_growth to none for the usual ones"
    )
    return settings.model_copy(update={"training": training})


def _meta_set_said(dataset: Dataset, training: TrainingSettings, chosen: ChosenRows | None) -> str:
    """What the meta set consists of, where that is not as by default."""
    if training.meta_set == "validation":
        return ""
    from hamr.training.meta_set import meta_set

    return meta_set(dataset, training, chosen).said


def _training() -> Train:
    from hamr.training import train

    return train


def _loading() -> Load:
    from hamr.data import load

    return load


def _keep(run: Run, record: Record, report: Report) -> None:
    """Store a record, and report it."""
    if isinstance(record, EpochRecord):
        run.write_epoch(record)
    elif isinstance(record, FinalRecord):
        run.write_final(record)
    elif isinstance(record, CheckpointRecord):
        _keep_checkpoint(run, record)
    else:
        run.append_event(record)
    report(record)


def _keep_checkpoint(run: Run, record: CheckpointRecord) -> None:
    """Write a checkpoint within an epoch; if that fails, on a full disk say, training continues.

    A checkpoint saves the work since the one before it; ending the run would lose that work. If
    the disk stays full, the run fails at the end of the epoch, with the older checkpoints to
    resume from.
    """
    try:
        run.write_checkpoint(record)
    except StoreError as error:
        run.log(
            f"The checkpoint at step {record.step} could not be written. Training continues, and "
            f"the checkpoint before it is kept. {error}"
        )
