"""The map of a run that fine-tunes, at each of its epochs."""

import numpy as np
import pytest

from hamr.records import MOST_EMBEDDED
from hamr.store import Store
from hamr.store.moving_map import MovingMap
from hamr.views.base import places as where
from hamr.views.base.all_rows import AllRows
from hamr.views.base.packing import Frame
from hamr.views.base.places import how_it_moves, places
from hamr.views.neighbourhoods.shown_rows import ALL, TRAINING
from hamr.views.neighbourhoods.subjects import frames_of, points_at
from tests.fake_run import write_fake_run

EPOCHS = (1, 2, 3)


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path)


@pytest.fixture
def run(store):
    return write_fake_run(store, rows=30, epochs=3, preset="full", embedded=True)


@pytest.fixture
def moving(run):
    xy = np.random.default_rng(0).normal(size=(3, len(AllRows.of(run)), 2)).astype(np.float32)
    run.moving_maps.write(MovingMap(EPOCHS, xy))
    return run.moving_maps.read()


def test_each_epoch_has_its_own_places(run, moving):
    for at, epoch in enumerate(EPOCHS):
        np.testing.assert_array_equal(places(run, epoch).xy, moving.xy[at, :30])


def test_a_lasso_is_the_same_part_of_the_plane_at_every_epoch(run, moving):
    frame = Frame.around(moving.xy[:, :30].reshape(-1, 2))
    assert {places(run, epoch).frame for epoch in EPOCHS} == {frame}


def test_validation_and_test_rows_move_too(run, moving):
    shown = points_at(run, "row", ALL, 2)
    np.testing.assert_array_equal(shown.xy, moving.xy[1])


def test_an_epoch_whose_places_are_not_kept_has_those_before(run, moving):
    few = MovingMap((2, 5), moving.xy[:2])
    chosen = [few.at(epoch)[0, 0] for epoch in (1, 2, 4, 5, 9)]
    assert chosen == [few.xy[at, 0, 0] for at in (0, 0, 0, 1, 1)]


def test_frames_have_the_places_that_the_page_shows_at_each_epoch(run, moving):
    def at(epoch):
        return points_at(run, "row", TRAINING, epoch)

    found = frames_of(run, "row", "class", TRAINING, EPOCHS)
    for place, epoch in enumerate(EPOCHS):
        packed = at(epoch).frame.to_packed(at(epoch).xy)
        np.testing.assert_array_equal(found.places[place].T, packed)


def test_where_the_encoder_is_frozen_the_map_stays_and_nothing_is_said(store):
    run = write_fake_run(store, rows=30, epochs=2)
    assert not places(run, 1).moves and how_it_moves(run, 1) == ""
    np.testing.assert_array_equal(places(run, 1).xy, run.map())


def test_a_run_that_kept_no_embeddings_has_the_one_map_and_says_so(store):
    run = write_fake_run(store, rows=30, epochs=2, preset="full")
    assert not places(run, 2).moves
    assert "kept no embeddings" in how_it_moves(run, 2)


def test_too_many_rows_are_named_as_the_reason(run, monkeypatch):
    monkeypatch.setattr(where, "MOST_EMBEDDED", 29)
    assert "up to 29 training rows; this run has 30" in how_it_moves(run, 2)
    assert MOST_EMBEDDED == 20_000


def test_a_map_that_moves_is_explained(run, moving):
    assert "moves with it" in how_it_moves(run, 2)
