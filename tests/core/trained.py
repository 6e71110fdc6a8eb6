"""Runs that are trained in a second or two, on tiny encoders, with everything that is recorded."""

from __future__ import annotations

from pathlib import Path

from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.jobs.worker import run_worker
from hamr.records import Dataset
from hamr.store import Run, Store
from tests.core.small_data import save_tiny_encoder

SMALL = {
    "max_length": 16, "neighbours": 3, "batch_size": 8, "meta_batch_size": 8, "epochs": 2,
    "hidden": 16,
}  # fmt: skip


class NoMaps:
    """Maps take seconds, and nothing here shows them."""

    draws = False

    def __init__(self, run: Run) -> None:
        pass

    def start(self, dataset: Dataset) -> None:
        pass

    def start_moving(self) -> None:
        pass

    def close(self) -> None:
        pass


def train_small(home: Path, dataset: Dataset, preset: str = "quick", **changes) -> Run:
    """A finished run on these rows, by a tiny encoder in the home's folder."""
    encoder = home / "encoder"
    if not encoder.exists():
        encoder.mkdir(parents=True)
        save_tiny_encoder(encoder)
    given = {"model": str(encoder), **SMALL, **changes}
    training = TrainingSettings.of_preset(preset, dataset.task, **given)
    settings = RunSettings(data=DataSettings(source="demo"), training=training)
    store = Store.open(home)
    run = store.create_run(settings)
    run_worker(store, run.id, load=lambda _: dataset, maps=NoMaps)
    return run
