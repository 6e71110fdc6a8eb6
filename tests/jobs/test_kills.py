"""Whole programs under SIGKILL; `python -m tests.benchmarks.kills` is the long version."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.benchmarks.kept import differences, kept
from tests.benchmarks.kills import measure
from tests.benchmarks.victim import Bench
from tests.fake_run import fake_dataset, fake_epoch, write_fake_run

KILLS, SEED = 3, 2


def test_runs_killed_at_random_moments_end_like_one_never_stopped(tmp_path, monkeypatch):
    monkeypatch.delenv("HAMR_DATABASE_URL", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    found = measure(Bench.made(tmp_path, "quick", "tiny"), KILLS, SEED, each=(KILLS, KILLS))
    assert (found["kills"], found["identical"]) == (KILLS, KILLS)


def test_one_bit_is_a_difference_and_a_time_is_none(store):
    one, other = (write_fake_run(store, rows=30, epochs=2) for _ in range(2))
    last = fake_epoch(fake_dataset(30), 2, fake_epoch(fake_dataset(30), 1))
    other.write_epoch(replace(last, scalars={**last.scalars, "seconds": 99.0}))
    assert differences(kept(one), kept(other)) == []
    loss = last.signals["loss"].copy()
    loss[7] = np.nextafter(loss[7], np.float32(0))
    other.write_epoch(replace(last, signals={**last.signals, "loss": loss}))
    assert differences(kept(one), kept(other)) == ["epoch 2: loss"]
