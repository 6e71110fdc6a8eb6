"""The map at every epoch in one piece, and the data map."""

import numpy as np
import pytest

from hamr.store import Store
from hamr.views.neighbourhoods import data_map, frames
from hamr.views.neighbourhoods.row_map import colouring
from tests.fake_run import write_fake_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_fake_run(Store.open(tmp_path_factory.mktemp("home")), rows=30, epochs=3)


def test_a_frame_is_what_the_page_shows_at_that_epoch(run):
    found = frames.frames(run, 3, np.arange(30), lambda e: colouring(run, e, "loss"))
    assert found.epochs == (1, 2, 3) and found.note == ""
    for at, epoch in enumerate(found.epochs):
        looks = colouring(run, epoch, "loss")
        np.testing.assert_array_equal(found.colours[at], looks.codes)
        assert found.scales[at] == looks.scale[1:]
        ringed = np.unpackbits(found.rings[at], count=30, bitorder="little").nonzero()[0]
        np.testing.assert_array_equal(ringed, np.sort(run.array("seeds", epoch)))


def test_where_no_epoch_changes_the_colours_only_rings_are_sent(run):
    found = frames.frames(run, 3, np.arange(30), None)
    assert found.colours is None and found.scales is None and found.labels is None
    assert found.rings.shape == (3, 4)


def test_too_many_bytes_leave_epochs_out_and_say_so(run, monkeypatch):
    monkeypatch.setattr(frames, "MOST_BYTES", 80)
    found = frames.frames(run, 2, np.arange(30), lambda e: colouring(run, e, "loss"))
    assert found.epochs in ((1, 2), (1, 2, 3), (1, 3), (2, 3)) and len(found.epochs) < 3
    assert "of the 3 epochs are played" in found.note


def test_scores_and_curves_are_those_of_the_epochs(run):
    assert frames.scores(run, [2]) == [round(run.scalars()[1]["macro_f1"], 4)]
    curves = frames.curves(run, [1, 3])
    assert len(curves["weights"]) == 2
    kept = run.array("curve_weight", 3)
    assert curves["weights"][1][0] == pytest.approx(float(kept[0]), abs=1e-3)


def test_the_data_map_is_mean_and_deviation_of_the_labels_probability(run):
    p = np.stack(run.signal_over("label_probability", [1, 2])).astype(float)
    places = data_map.data_map(run, 2)
    np.testing.assert_allclose(places[:, 1], p.mean(0), atol=1e-6)
    np.testing.assert_allclose(places[:, 0], p.std(0), atol=1e-6)


def test_one_epoch_has_no_variability(run):
    assert data_map.data_map(run, 1) is None


def test_the_data_map_shows_every_training_row_in_a_frame_that_stays(run):
    shown = data_map.on_data_map(data_map.data_map(run, 3))
    assert shown.only_training and len(shown.rows) == 30
    assert shown.frame == data_map.FRAME
