"""Automatic settings become actual values before a run begins."""

import pytest
import torch

from hamr.config import AUTOMATIC, RunSettings, TrainingSettings
from hamr.sweeps import SweepSettings
from hamr.training import settled as room
from hamr.training.devices import DeviceSetup
from hamr.training.settled import settled
from tests.core.small_data import full, quick


@pytest.mark.parametrize(("device", "frozen"), [("cpu", 1), ("cuda", 0)])
def test_half_of_the_layers_are_frozen_on_a_cpu_alone(tiny_encoder, monkeypatch, device, frozen):
    setup = DeviceSetup(torch.device(device), None, "")
    monkeypatch.setattr("hamr.training.devices.choose", lambda settings: setup)
    assert settled(full(tiny_encoder, frozen_layers=AUTOMATIC)).frozen_layers == frozen


def test_a_number_of_layers_stays_as_it_is(tiny_encoder):
    settings = full(tiny_encoder, frozen_layers=2)
    assert settled(settings) is settings
    assert settled(quick(frozen_layers=AUTOMATIC)).frozen_layers == 0
    assert room.LAYER_COUNTS


def test_the_full_preset_is_automatic_and_the_published_one_trains_all_layers():
    full = TrainingSettings.of_preset("full")
    assert (full.frozen_layers, full.head_start, full.patience) == (AUTOMATIC, "ridge", 3)
    assert TrainingSettings.of_preset("full", "token").head_start == "random"
    published = TrainingSettings.of_preset("paper")
    assert (published.frozen_layers, published.head_start, published.patience) == (0, "random", 0)
    assert published.frozen_states == "recomputed"


def test_a_stored_run_of_before_keeps_its_dropout_in_frozen_layers():
    stored = {"training": {"preset": "full", "frozen_layers": 3}}
    training = RunSettings.stored(stored).training
    assert training.frozen_states == "recomputed"
    assert (training.patience, training.head_start, training.soft_target_memory) == (
        0, "random", 1.0,
    )  # fmt: skip
    sweep = {**stored, "data": {}, "methods": ["erm"], "seeds": [0], "grid": {}}
    assert SweepSettings.stored(sweep).training.frozen_states == "recomputed"
