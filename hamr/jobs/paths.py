"""Paths in settings, made absolute, so that runs resume and export from any folder."""

from __future__ import annotations

from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.data.heads import HUB, is_file
from hamr.files.door import as_path
from hamr.files.table import blamed_on
from hamr.sweeps import SweepSettings

BUILTIN_MODEL = "builtin"


def absolute(settings: RunSettings) -> RunSettings:
    """The settings of a run with absolute paths, ~ expanded.

    Raises DataError, with the field, for a name that no file can have.
    """
    return settings.model_copy(
        update={
            "data": absolute_data(settings.data),
            "training": _absolute_training(settings.training),
        }
    )


def absolute_sweep(settings: SweepSettings) -> SweepSettings:
    """The settings of a sweep with absolute paths, as `absolute`."""
    grid = dict(settings.grid)
    if "model" in grid:
        grid["model"] = tuple(_model(str(name)) for name in grid["model"])
    return settings.model_copy(
        update={
            "data": absolute_data(settings.data),
            "training": _absolute_training(settings.training),
            "grid": grid,
        }
    )


def absolute_data(settings: DataSettings) -> DataSettings:
    """The settings of the rows with absolute paths, as `absolute`."""
    named = {"validation": settings.validation, "test": settings.test}
    if is_file(settings.source):
        named["source"] = settings.source
    found = {}
    for field, name in named.items():
        with blamed_on(field):
            found[field] = str(as_path(name)) if name else name
    return settings.model_copy(update=found)


def _absolute_training(settings: TrainingSettings) -> TrainingSettings:
    return settings.model_copy(update={"model": _model(settings.model)})


def _model(name: str) -> str:
    if name == BUILTIN_MODEL or name.startswith(HUB):
        return name
    with blamed_on("model"):
        return str(as_path(name))
