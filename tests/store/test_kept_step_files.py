"""Files of kept steps: read as they were written, damaged, missing, and taken along by a backup."""

from __future__ import annotations

import numpy as np
import pytest

from hamr.errors import DamagedError, StoreError
from hamr.store import Store
from hamr.store.backup import backup
from hamr.store.checking import check_home
from hamr.store.epoch_files import STEPS
from hamr.store.unpacking import restore
from tests.fake_run import fake_dataset, fake_epoch, write_fake_run


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=30, epochs=3)


def written(epoch):
    return fake_epoch(fake_dataset(30), epoch).steps


def test_a_step_is_read_as_it_was_written(run):
    record = written(1)
    for index, part in enumerate((slice(0, 8), slice(8, 16))):
        step = run.step(1, index)
        np.testing.assert_array_equal(step.rows, record["rows"][part])
        np.testing.assert_array_equal(step.gradient, record["gradient"][part])
        np.testing.assert_array_equal(step.meta_rows, record["meta_rows"][index])
        np.testing.assert_array_equal(step.curve_after, record["curve_after"][index])
    assert run.step(1, -1).number == 4


def test_the_steps_of_a_run_are_listed_by_epoch(run):
    assert run.steps() == {epoch: (1, 4) for epoch in (1, 2, 3)}


def test_products_are_the_gradients_without_their_scale(run):
    step = run.step(2, 0)
    scale = -run.info.settings.training.virtual_rate / len(step.rows)
    np.testing.assert_allclose(step.gradient_products * scale, step.gradient, rtol=1e-6)


@pytest.mark.parametrize("index", [2, -3])
def test_a_step_that_is_not_kept_is_an_error(run, index):
    with pytest.raises(StoreError, match="has 2 kept steps"):
        run.step(1, index)


def test_an_epoch_before_steps_were_kept_says_so_and_is_read_all_the_same(store):
    run = write_fake_run(store, rows=30, steps=False)
    assert run.steps() == {}
    with pytest.raises(StoreError, match=r"kept no step of epoch 2\. Training keeps"):
        run.step(2, 0)
    assert len(run.signal("hardness", 2)) == 30


def test_an_epoch_that_there_is_not_is_an_error(run):
    with pytest.raises(StoreError, match="has no epoch 9"):
        run.step(9, 0)


@pytest.mark.parametrize("harm", ["missing", "altered"])
def test_a_damaged_file_is_named_and_nothing_else_is_lost(run, harm):
    path = run.folder / "epochs" / "000002" / STEPS
    path.unlink() if harm == "missing" else path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(DamagedError, match=r"The steps of epoch 2 can't be shown") as raised:
        run.step(2, 0)
    assert str(path) in str(raised.value) and "Restore a backup" in str(raised.value)
    assert run.step(1, 0).number == run.step(3, 0).number == 1
    assert len(run.signal("hardness", 2)) == 30
    assert any(STEPS in fault for fault in check_home(run.store.home).faults)


def test_a_backup_takes_them_along(run, tmp_path):
    backup(run.store.home, tmp_path / "backup.tar")
    restore(tmp_path / "backup.tar", tmp_path / "other")
    again = Store.open(tmp_path / "other").run(run.id)
    assert again.steps() == run.steps()
    np.testing.assert_array_equal(again.step(3, 1).post, run.step(3, 1).post)


def test_an_epoch_that_is_trained_again_has_its_new_steps(run):
    run.rewind(1)
    assert run.epochs_with_steps == [1]
    run.write_epoch(fake_epoch(fake_dataset(30), 2, seed=5))
    assert run.epochs_with_steps == [1, 2]


def test_a_replay_has_the_steps_of_its_epochs_alone(run):
    assert run.as_of(2).epochs_with_steps == [1, 2]
