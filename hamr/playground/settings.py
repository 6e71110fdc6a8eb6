"""How the playground trains: the quick preset, with a head, rates and batches that suit points."""

from __future__ import annotations

from typing import Any

from hamr.config import TrainingSettings
from hamr.errors import SettingError
from hamr.records import Task

TASK: Task = "sequence"  # a point has one label, as a text has
MOST_STEPS = 2_000  # of a run on points
SIZES = {"hidden": 32, "batch_size": 32, "meta_batch_size": 32}
RATES = {"learning_rate": 5e-3, "virtual_rate": 0.5, "meta_rate": 5e-3}
EPOCHS = 20


def playground_settings(**changes: Any) -> TrainingSettings:
    """The quick preset with a head, rates and batches of a size that suits points.

    Raises SettingError for a value out of its range, and for a preset that trains on texts.
    """
    if changes.get("preset", "quick") != "quick":
        raise SettingError(
            f"The playground trains a small head on points, got preset {changes['preset']!r}: "
            "leave the preset at quick",
            field="preset",
        )
    values = {**SIZES, **RATES, "epochs": EPOCHS, "batch_growth": "none", **changes}
    return TrainingSettings.of_preset("quick", TASK, **values)
