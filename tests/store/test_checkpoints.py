"""Checkpoints within an epoch: which one a killed run goes on from, whatever went wrong."""

import errno
import os

import numpy as np
import pytest

from hamr.errors import NoSpaceError, StoreError
from hamr.records import CheckpointRecord
from tests.fake_run import fake_dataset, fake_epoch, write_fake_run


@pytest.fixture
def run(store):
    """A run with two epochs, killed somewhere in the third."""
    return write_fake_run(store, rows=30, epochs=2, status="interrupted")


def record(step, epoch=3):
    return CheckpointRecord(epoch, step, {"weight": np.full(50, step, np.float32)})


def on_disk(run):
    return sorted(
        f"{path.parent.name}/{path.name}" for path in run.folder.glob("epochs/*/checkpoint*")
    )


def path_of(run, step, epoch=3):
    return run.folder / "epochs" / f"{epoch:06d}" / f"checkpoint-{step:010d}.safetensors"


def said(run):
    return [event["message"] for event in run.events()[0] if event["kind"] == "log"]


def test_newest_checkpoint_is_within_the_epoch_under_way(run):
    run.write_checkpoint(record(21))
    run.write_checkpoint(record(24))
    newest = run.checkpoint()
    assert (newest.epoch, newest.step) == (2, 24)
    np.testing.assert_array_equal(newest.arrays["weight"], np.full(50, 24, np.float32))


def test_newest_two_are_kept_beside_those_of_the_last_epochs(run):
    for step in (21, 24, 27):
        run.write_checkpoint(record(step))
    assert on_disk(run) == [
        "000001/checkpoint.safetensors",
        "000002/checkpoint.safetensors",
        "000003/checkpoint-0000000024.safetensors",
        "000003/checkpoint-0000000027.safetensors",
    ]


def test_they_go_when_the_epoch_is_complete(run):
    run.write_checkpoint(record(21))
    run.write_epoch(fake_epoch(fake_dataset(30), 3))
    assert on_disk(run) == ["000002/checkpoint.safetensors", "000003/checkpoint.safetensors"]
    assert run.checkpoint()[::2] == (3, None)


def test_readers_see_complete_epochs_only(run):
    before = run.epochs(), run.info, run.scalars(), run.trajectory("loss", [1]).shape
    run.write_checkpoint(record(21))
    assert (run.epochs(), run.info, run.scalars(), run.trajectory("loss", [1]).shape) == before
    with pytest.raises(StoreError, match="no epoch 3: it has 1 to 2"):
        run.signal("loss", 3)


def test_damaged_checkpoints_give_way_one_by_one_each_with_a_sentence(run):
    for step in (21, 24):
        run.write_checkpoint(record(step))
    found = []
    for damage in (24, 21):
        found.append(run.checkpoint()[::2])
        path_of(run, damage).write_bytes(b"nonsense")
    found.append(run.checkpoint()[::2])
    (run.folder / "epochs" / "000002" / "checkpoint.safetensors").unlink()
    found.append(run.checkpoint()[::2])
    assert found == [(2, 24), (2, 21), (2, None), (1, None)]
    tried = [sentence for sentence in said(run) if "Trying the checkpoint before it" in sentence]
    named = [sentence.split()[2].split("/")[-1] for sentence in tried]
    within = [path_of(run, step).name for step in (24, 21)]
    assert named == [within[0], *within, *within, "checkpoint.safetensors"]
    assert "is missing" in tried[-1]


def test_truncated_checkpoint_gives_way(run):
    for step in (21, 24):
        run.write_checkpoint(record(step))
    os.truncate(path_of(run, 24), path_of(run, 24).stat().st_size - 1)
    assert run.checkpoint().step == 21
    assert "was altered" in said(run)[-1]


def test_kill_between_the_file_and_the_manifest_leaves_the_one_before(run, monkeypatch):
    run.write_checkpoint(record(21))

    def killed(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(run._manifest), "_change", killed)
        run.write_checkpoint(record(24))
    assert path_of(run, 24).exists()
    assert run.checkpoint().step == 21
    with run.hold():  # the next worker
        assert not path_of(run, 24).exists()
        assert run.checkpoint().step == 21


def test_kill_between_the_manifest_and_the_removal_leaves_no_file_for_ever(run):
    run.write_checkpoint(record(21))
    old = path_of(run, 21).read_bytes()
    run.write_epoch(fake_epoch(fake_dataset(30), 3))
    path_of(run, 21).write_bytes(old)  # as a writer leaves it that dies after its commit
    with run.hold():
        assert path_of(run, 21).name not in str(on_disk(run))
    assert run.checkpoint()[::2] == (3, None)


def test_full_disk_keeps_the_checkpoint_before(run, monkeypatch):
    run.write_checkpoint(record(21))

    def full_disk(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(NoSpaceError):
        patch.setattr(os, "fsync", full_disk)
        run.write_checkpoint(record(24))
    assert run.checkpoint().step == 21
    assert list((run.store.home / "tmp").iterdir()) == []


def test_rewinding_within_an_epoch_keeps_what_lies_before(run):
    for step in (21, 24):
        run.write_checkpoint(record(step))
    run.rewind(2, 21)
    assert (run.epochs(), run.checkpoint().step) == ([1, 2], 21)
    assert not path_of(run, 24).exists()
    run.rewind(1)
    assert (run.epochs(), run.checkpoint()[::2]) == ([1], (1, None))
    assert on_disk(run) == ["000001/checkpoint.safetensors"]


def test_checkpoint_within_an_epoch_replaces_all_that_came_later(run):
    run.write_checkpoint(record(24))
    run.write_checkpoint(record(13, epoch=2))
    assert (run.epochs(), run.checkpoint()[::2]) == ([1], (1, 13))
    assert on_disk(run) == [
        "000001/checkpoint.safetensors",
        "000002/checkpoint-0000000013.safetensors",
    ]


def test_deleted_run_leaves_no_checkpoint(run):
    run.write_checkpoint(record(21))
    run.store.delete_run(run.id)
    assert not run.folder.exists()
