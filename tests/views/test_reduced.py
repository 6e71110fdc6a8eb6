"""Views over all epochs reduce an epoch once, however often they are drawn."""

import numpy as np

from hamr.store import Store
from hamr.views.base import reduced
from hamr.views.base.reduced import ClassMeans, Pick
from hamr.views.hardness.trajectories import trajectories
from hamr.views.weights import curve as weights
from tests.fake_run import fake_dataset, fake_epoch, write_fake_run


def counted(monkeypatch, cls) -> list[int]:
    """How many signals are reduced by `cls` from now on."""
    calls, original = [], cls.__call__

    def call(self, values):
        calls.append(len(values))
        return original(self, values)

    monkeypatch.setattr(cls, "__call__", call)
    return calls


def test_a_new_epoch_is_the_only_one_whose_class_means_are_taken(tmp_path, monkeypatch):
    run = write_fake_run(Store.open(tmp_path), rows=60, epochs=3, status="stopped")
    weights.drift(run, 3)
    calls = counted(monkeypatch, ClassMeans)
    weights.drift(run, 3)
    weights.weight_by_class(run, 2, [0])
    assert calls == []
    run.write_epoch(fake_epoch(fake_dataset(60), 4))
    weights.drift(run, 4)
    assert calls == [60, 60]  # pre and post of the fourth


def test_the_paths_of_the_same_rows_are_read_once(tmp_path, monkeypatch):
    run = write_fake_run(Store.open(tmp_path), rows=60, epochs=3)
    first = trajectories(run, [3, 17], 2)
    calls = counted(monkeypatch, Pick)
    assert trajectories(run, [3, 17], 2) == first
    assert calls == []
    trajectories(run, [3, 18], 2)
    assert len(calls) == 4 * 3


def test_class_means_of_two_data_sets_are_told_apart(tmp_path):
    store = Store.open(tmp_path)
    one, two = (write_fake_run(store, rows=rows, epochs=1) for rows in (60, 61))
    assert ClassMeans.of(one) == ClassMeans.of(one)
    assert ClassMeans.of(one) != ClassMeans.of(two)


def test_picked_rows_keep_their_order():
    assert reduced.Pick((2, 0))(np.array([5, 6, 7])).tolist() == [7.0, 5.0]
