"""A run that is killed within an epoch, and what may have happened to its checkpoints."""

import os
from itertools import count

import numpy as np
import pytest

from hamr.errors import TrainingError
from hamr.jobs import resume, run_worker, submit
from hamr.records import CheckpointRecord
from tests.jobs.conftest import settings_of
from tests.jobs.double import NoMap, load, trainer

EPOCHS, STEPS = 4, 3


def work(run, train=None):
    train = train or trainer(steps=STEPS, checkpoints=True)
    run_worker(run.store, run.id, train=train, load=load, maps=NoMap)


def killed_after(checkpoints):
    """A training that dies without a word once it has yielded so many checkpoints."""

    def train(*arguments, **options):
        seen = count(1)
        for record in trainer(steps=STEPS, checkpoints=True)(*arguments, **options):
            yield record
            if isinstance(record, CheckpointRecord) and next(seen) == checkpoints:
                raise KeyboardInterrupt

    return train


@pytest.fixture
def killed(store):
    """A run killed within epoch 3, after step 8 of the run; its log is read with `said`."""
    run = submit(store, settings_of(EPOCHS))
    with pytest.raises(KeyboardInterrupt):
        work(run, killed_after(6))
    assert (run.info.status, run.epochs()) == ("interrupted", [1, 2])
    resume(store, run.id)
    return run


def said(run):
    return [event["message"] for event in run.events()[0] if event["kind"] == "log"]


def hardness(run):
    return run.trajectory("hardness", np.arange(60))


def damage(run, step):
    (path,) = run.folder.glob(f"epochs/*/checkpoint-*{step}.safetensors")
    path.write_bytes(path.read_bytes()[:-1])


def test_training_goes_on_within_the_epoch_from_the_very_step(killed):
    steps = []

    def train(dataset, settings, **options):
        for record in trainer(steps=STEPS, checkpoints=True)(dataset, settings, **options):
            steps.append(getattr(record, "step", None))
            yield record

    work(killed, train)
    assert "Training continues within epoch 3, at step 8" in said(killed)
    assert min(step for step in steps if step is not None) > 8
    assert (killed.info.status, killed.epochs()) == ("finished", [1, 2, 3, 4])


def test_resumed_run_ends_like_one_never_stopped(store, killed):
    straight = submit(store, settings_of(EPOCHS))
    work(killed)
    work(straight)
    np.testing.assert_array_equal(hardness(killed), hardness(straight))


@pytest.mark.parametrize(
    ("damaged", "goes_on"),
    [
        ([8], "within epoch 3, at step 7"),
        ([8, 7], "after epoch 2"),
    ],
)
def test_damaged_checkpoints_send_training_back_to_the_newest_whole_one(killed, damaged, goes_on):
    for step in damaged:
        damage(killed, step)
    work(killed)
    assert f"Training continues {goes_on}" in said(killed)
    assert (killed.info.status, killed.epochs()) == ("finished", [1, 2, 3, 4])


def test_checkpoint_that_training_refuses_leaves_everything_as_it_was(killed):
    before = killed.epochs(), sorted(killed.folder.glob("epochs/*/*"))

    def refuses(dataset, settings, *, cache, resume, stop):
        raise TrainingError("The checkpoint is of version 1, this program reads version 2")
        yield

    with pytest.raises(TrainingError):
        work(killed, refuses)
    assert (killed.epochs(), sorted(killed.folder.glob("epochs/*/*"))) == before
    assert killed.info.error == "The checkpoint is of version 1, this program reads version 2"
    resume(killed.store, killed.id)
    work(killed)
    assert "Training continues within epoch 3, at step 8" in said(killed)


def test_epochs_after_a_damaged_checkpoint_stand_until_training_has_begun(killed):
    for path in killed.folder.glob("epochs/*/checkpoint*"):
        if path.parent.name != "000001":
            path.unlink()

    def looks(dataset, settings, *, resume, **options):
        assert (resume[0], killed.epochs()) == (1, [1, 2])
        yield from trainer(steps=STEPS)(dataset, settings, resume=resume, **options)

    work(killed, looks)
    assert killed.epochs() == [1, 2, 3, 4]


def test_disk_too_full_for_a_checkpoint_does_not_end_training(store, monkeypatch):
    run, sync = submit(store, settings_of(2)), os.fsync

    def fsync(descriptor):
        # Only for what is written while step 2 is kept.
        if "checkpoint of step 2" in doing:
            raise OSError(28, "No space left on device")
        sync(descriptor)

    doing = []
    write = type(run).write_checkpoint

    def write_checkpoint(self, record):
        doing.append(f"checkpoint of step {record.step}")
        try:
            write(self, record)
        finally:
            doing.clear()

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(type(run), "write_checkpoint", write_checkpoint)
    work(run)
    assert (run.info.status, run.epochs()) == ("finished", [1, 2])
    (sentence,) = (line for line in said(run) if "could not be written" in line)
    assert sentence.startswith("The checkpoint at step 2 could not be written. Training continues")
    assert "is full" in sentence
