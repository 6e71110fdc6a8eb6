"""A worker whose training is a double: `python -m tests.jobs.double RUN` for a driver to spawn.

The run's name says what training does: "ends", "ends slowly", "lasts", "waits" (after its first
epoch, to be stopped), "refuses", "dies early".
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from time import sleep
from typing import Any

import numpy as np

from hamr.errors import TrainingError
from hamr.records import CheckpointRecord, Dataset, EpochRecord, Progress, Record
from tests.fake_run import fake_dataset, fake_epoch, fake_final

ROWS, SCORE_EPOCH = 60, 2
STATE = ("hardness", "visits")  # what an epoch depends on


class NoMap:
    """Stands in for jobs.maps.MapMaker."""

    def __init__(self, run: Any) -> None:
        pass

    draws = False

    def start(self, dataset: Dataset) -> None:
        pass

    def start_moving(self) -> None:
        pass

    def close(self) -> None:
        pass


class LongMap(NoMap):
    """A map that takes longer than any test."""

    draws = True

    def wait(self, stop: Callable[[], bool]) -> None:
        sleep(600)


def load(settings: Any) -> Dataset:
    """The rows, whatever the settings say."""
    return fake_dataset(ROWS)


def trainer(
    *,
    steps: int = 3,
    pause: float = 0.0,
    fault: Exception | None = None,
    fault_epoch: int = 2,
    checkpoints: bool = False,
    waits: bool = False,
) -> Callable[..., Iterator[Record]]:
    """A training function of that pace, which raises `fault` in that epoch.

    With `checkpoints` it keeps one after every step, but for the last of an epoch. One that
    `waits` does so after its first epoch, until it is stopped; resumed, it goes on.
    """

    def train(dataset, settings, *, cache, resume, stop) -> Iterator[Record]:
        epoch, record = (resume[0] if resume else 0), None
        done = 0
        if resume:  # the checkpoint holds what the next epoch depends on
            record, done = restored(resume), int(resume[1].get("done", [0])[0])
        while epoch < settings.epochs:
            epoch += 1
            for step in range(done, steps):
                sleep(pause)
                yield Progress("training", (epoch - 1) * steps + step, settings.epochs * steps)
                if checkpoints and step + 1 < steps:
                    yield checkpoint_within(epoch, (epoch - 1) * steps + step + 1, step + 1, record)
                if stop():
                    return
            done = 0
            if fault is not None and epoch == fault_epoch:
                raise fault
            record = epoch_with_state(dataset, epoch, record)
            yield record
            while waits and not resume and not stop():
                sleep(0.02)
        yield fake_final(dataset, best_epoch=min(SCORE_EPOCH, settings.epochs))

    return train


def epoch_with_state(dataset: Dataset, epoch: int, before: EpochRecord | None) -> EpochRecord:
    """The epoch after that one, with a checkpoint from which the next one follows exactly."""
    record = fake_epoch(dataset, epoch, before)
    state = {name: record.signals[name] for name in STATE}
    record.checkpoint.clear()
    record.checkpoint.update(state)
    return record


def checkpoint_within(
    epoch: int, step: int, done: int, before: EpochRecord | None
) -> CheckpointRecord:
    """What training needs to go on within the epoch after so many of its steps."""
    state = {name: before.signals[name] for name in STATE} if before else {}
    return CheckpointRecord(epoch, step, {**state, "done": np.array([done])})


def restored(resume: tuple[int, dict[str, np.ndarray]]) -> EpochRecord | None:
    """As much of an epoch's record as its checkpoint holds."""
    if "hardness" not in resume[1]:
        return None
    return EpochRecord(resume[0], 0, signals=resume[1], arrays={}, scalars={})


DOUBLES: dict[str, dict[str, Any]] = {
    "ends": {},
    "ends slowly": {},
    "lasts": {"pause": 0.01, "steps": 4},
    "waits": {"waits": True},
    "refuses": {"fault": TrainingError("The loss is NaN: lower the rate", field="learning_rate")},
}


def work_on(home: str, run_id: str) -> None:
    """Work on the run without minding any parent."""
    from hamr.jobs import run_worker
    from hamr.store import Store

    run_worker(Store.open(home), run_id, train=trainer(checkpoints=True), load=load, maps=NoMap)


def main() -> int:
    """Work on the run as its name says."""
    from hamr.jobs import work
    from hamr.store import Store

    name = Store.open().run(sys.argv[1]).info.name.split("-")[0]
    if name == "dies early":
        print("no module named torch", file=sys.stderr)
        return 1
    maps = LongMap if name == "ends slowly" else NoMap
    return work(None, sys.argv[1], train=trainer(**DOUBLES[name]), load=load, maps=maps)


if __name__ == "__main__":
    sys.exit(main())
