"""Runs that are trained in a second or two, on tiny encoders, with everything that is recorded."""

from __future__ import annotations

from pathlib import Path

from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.jobs import train_now
from hamr.jobs.maps import MapMaker
from hamr.records import Dataset
from hamr.store import Run, Store
from tests.core.small_data import save_tiny_encoder

EMBEDDED = {"max_length": 16, "neighbours": 3, "batch_size": 8, "meta_batch_size": 8}


def train_small(
    home: Path, dataset: Dataset, preset: str = "quick", encoder: Path | None = None, **changes
) -> Run:
    """A finished run of the small data set, by a tiny encoder in the home's folder."""
    if encoder is None:
        encoder = home / "encoder"
        if not encoder.exists():
            encoder.mkdir(parents=True)
            save_tiny_encoder(encoder)
    given = {"model": str(encoder), "epochs": 2, "hidden": 16, **EMBEDDED, **changes}
    training = TrainingSettings.of_preset(preset, dataset.task, **given)
    settings = RunSettings(data=DataSettings(source="demo"), training=training)
    before, MapMaker.start = MapMaker.start, lambda *_: None  # type: ignore[method-assign]
    try:  # maps take seconds, and nothing here shows them
        return train_now(Store.open(home), settings, load=lambda _: dataset)
    finally:
        MapMaker.start = before  # type: ignore[method-assign]
