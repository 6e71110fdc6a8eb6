"""Embeddings of each epoch, and the moving map that is drawn from them, in the store."""

from dataclasses import replace

import numpy as np
import pytest

from hamr.store.epoch_files import EMBEDDINGS
from hamr.store.moving_map import MovingMap
from tests.fake_run import fake_epoch, write_fake_run


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=30, epochs=3, preset="full", embedded=True)


def drawn(run, *epochs):
    run.moving_maps.write(MovingMap(epochs, np.zeros((len(epochs), 30, 2), np.float32)))


def test_embeddings_are_read_as_they_were_kept(run):
    found = run.moving_maps.embeddings(2)
    assert found.dtype == np.float16 and found.shape == (30, 8)
    np.testing.assert_array_equal(
        found, np.random.default_rng([0, 2]).normal(size=(30, 8)).astype(np.float16)
    )


def test_one_embedding_for_each_row_is_asked_for(run):
    record = fake_epoch(run.dataset(), 4)
    with pytest.raises(ValueError, match=r"\[30, D\]"):
        run.write_epoch(replace(record, embeddings=np.zeros((29, 8), np.float16)))


def test_the_map_is_due_until_it_shows_all_epochs(run):
    assert run.moving_maps.is_due
    drawn(run, 1, 2)
    assert run.moving_maps.is_due
    drawn(run, 1, 2, 3)
    assert not run.moving_maps.is_due


def test_a_run_without_embeddings_has_none_to_draw(store):
    run = write_fake_run(store, rows=30, epochs=1)
    assert not run.moving_maps.is_due and run.moving_maps.read() is None


def test_an_epoch_that_was_trained_again_is_not_shown_as_it_was(run):
    drawn(run, 1, 2, 3)
    again = replace(fake_epoch(run.dataset(), 2), embeddings=np.ones((30, 8), np.float16))
    run.write_epoch(again)  # resumed after the first epoch
    assert run.moving_maps.read().epochs == (1,)
    assert run.moving_maps.is_due


def test_they_go_with_the_run(run, store):
    path = run.folder / "epochs" / "000002" / EMBEDDINGS
    assert path.exists()
    store.delete_run(run.id)
    assert not path.exists()
