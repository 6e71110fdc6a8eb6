"""Batches and rates of the quick preset follow the number of training rows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.config import RunSettings, TrainingSettings, grown
from hamr.config.growth import LARGEST_BATCH, STEADY_ROWS
from hamr.jobs.worker import run_worker
from hamr.records import Rows
from hamr.store import Store
from hamr.sweeps import SweepSettings, plan
from hamr.training import train
from tests.core.small_data import quick as small
from tests.core.small_data import small_cache, small_dataset

QUICK = TrainingSettings.of_preset("quick")


def test_up_to_20_000_rows_nothing_changes():
    assert grown(QUICK, STEADY_ROWS) is QUICK


@pytest.mark.parametrize(
    ("rows", "batch", "meta", "rate"),
    [
        (20_001, 64, 64, 1e-3 * 2**0.5),
        (80_000, 128, 64, 2e-3),
        (1_000_000, 1024, 256, 1e-3 * 32**0.5),
    ],
)
def test_batches_double_with_the_rows_and_rates_follow_their_root(rows, batch, meta, rate):
    found = grown(QUICK, rows)
    assert (found.batch_size, found.meta_batch_size) == (batch, meta)
    assert found.learning_rate == pytest.approx(rate)
    assert found.meta_rate == pytest.approx(rate)


@given(st.integers(STEADY_ROWS, 640_000))
def test_the_steps_of_an_epoch_stay_within_a_factor_of_two(rows):
    steps, steady = rows / grown(QUICK, rows).batch_size, STEADY_ROWS / QUICK.batch_size
    assert steady / 2 <= steps <= steady


def test_batches_stay_at_the_largest():
    assert grown(QUICK, 10**9).batch_size == LARGEST_BATCH


def test_what_has_grown_does_not_grow_again():
    once = grown(QUICK, 100_000)
    assert grown(once, 10**6) is once


def test_a_batch_size_that_was_asked_for_stays_with_its_rates():
    for asked in (32, 48):
        own = TrainingSettings.of_preset("quick", batch_size=asked)
        assert grown(own, 10**6) is own
    typed = TrainingSettings(batch_size=48)  # in the form
    assert grown(typed, 10**6) is typed


def test_a_rate_that_was_asked_for_stays():
    found = grown(TrainingSettings.of_preset("quick", learning_rate=0.01), 10**6)
    assert (found.learning_rate, found.batch_size) == (0.01, LARGEST_BATCH)


def test_fine_tuning_and_a_run_of_an_earlier_version_do_not_grow():
    full = TrainingSettings.of_preset("full")
    earlier = RunSettings.stored({"data": {}, "training": {}}).training
    assert grown(full, 10**6) is full
    assert grown(earlier, 10**6) is earlier


def test_batch_sizes_that_a_sweep_compares_do_not_grow():
    sweep = SweepSettings(
        data={}, training=QUICK, methods=("erm",), seeds=(0,), grid={"batch_size": (32, 64)}
    )
    found = [grown(run.settings.training, 10**6).batch_size for run in plan(sweep)]
    assert found == [32, 64]


def test_a_run_keeps_the_numbers_that_were_used(tmp_path, monkeypatch):
    monkeypatch.setattr("hamr.config.growth.STEADY_ROWS", 50)
    store, dataset = Store.open(tmp_path), small_dataset()
    training = QUICK.model_copy(update={"epochs": 1})
    for (kind, key), array in small_cache(dataset, training).items():
        store.cache.put(kind, key, array)
    run = store.create_run(RunSettings(training=training), status="running")
    run_worker(store, run.id, load=lambda data: dataset, maps=NoMaps, expected=("running",))
    used = run.info.settings.training
    assert (used.batch_size, used.meta_batch_size, used.batch_growth) == (64, 64, "none")
    said = [event["message"] for event in run.events()[0] if event["kind"] == "log"]
    assert any("For 86 training rows: batches of 64" in message for message in said)


class NoMaps:
    """Draws nothing."""

    draws = False

    def __init__(self, run):
        pass

    def start(self, dataset):
        pass

    start_moving = close = lambda self: None


@pytest.mark.parametrize("method", ["erm", "hamr", "hamr-plus"])
def test_a_batch_larger_than_the_data_is_one_step_of_all_draws(method):
    dataset, settings = small_dataset(), small(batch_size=4096, meta_batch_size=4096, method=method)
    *_, final = train(dataset, settings, cache=small_cache(dataset, settings))
    assert np.isfinite(final.test.macro_f1)


@pytest.mark.parametrize("method", ["erm", "hamr", "hamr-plus"])
def test_a_class_with_one_training_row_trains(method):
    dataset = small_dataset()
    own = dataset.train
    kept = np.flatnonzero((own.labels < 2) | (np.arange(len(own)) == len(own) - 1))
    rows = Rows(
        tuple(own.ids[i] for i in kept), tuple(own.texts[i] for i in kept), own.labels[kept]
    )
    fewer, settings = replace(dataset, train=rows), small(method=method)
    *_, final = train(fewer, settings, cache=small_cache(fewer, settings))
    assert np.bincount(rows.labels)[2] == 1
    assert np.isfinite(final.test.loss)
