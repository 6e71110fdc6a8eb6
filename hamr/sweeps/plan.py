"""A sweep's specification, and the runs that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

from pydantic import Field

from hamr.config import (
    DataSettings,
    MethodName,
    RunSettings,
    Settings,
    TrainingSettings,
    ValidationLabels,
    reads,
    renamed,
    unregistered,
)
from hamr.errors import SettingError
from hamr.methods import check_suitable, draws_every_row_once, method_of

Point = dict[str, Any]  # a value for each of some settings


class SweepSettings(Settings):
    """All that a sweep needs to be repeated.

    Method and seed of `training` are not used: each run has its own.
    """

    data: DataSettings
    training: TrainingSettings
    methods: tuple[MethodName, ...]
    seeds: tuple[int, ...]
    grid: dict[str, tuple[Any, ...]]
    # Of a sweep on corrected rows: the run that it was started from, the data set as it was loaded,
    # and the last decision; and which labels its validation rows have.
    origin: tuple[str, str, int] | None = None
    validation_labels: ValidationLabels = "given"
    # Of a stored sweep: settings that this version no longer has, which changed its training.
    removed: tuple[tuple[str, Any], ...] = Field(default=(), exclude=True)

    @classmethod
    def stored(cls, values: dict[str, Any]) -> SweepSettings:
        """The specification of a sweep as an earlier version may have stored it.

        A grid keeps settings that are gone: they decide which run has which number.
        """
        training = renamed.translated(values["training"])
        grid = {renamed.name_now(name)[0]: points for name, points in values["grid"].items()}
        known = {
            "training": {"batch_growth": "none", **training.values},
            "methods": [renamed.value_now("method", name)[0] for name in values["methods"]],
            "grid": grid,
            "removed": training.removed,
        }
        with renamed.stored_names():
            return cls.model_validate({**values, **known})

    @property
    def untrainable(self) -> str:
        """Why a stored sweep can be looked at but not trained; "" for one that can."""
        lost = [
            *self.removed,
            *((name, value) for name in self.grid if name in renamed.REMOVED
              for value in self.grid[name] if not renamed.is_off(name, value)),
        ]  # fmt: skip
        unknown = (unregistered(method) for method in self.methods)
        return renamed.lost(tuple(lost)) or next(filter(None, unknown), "")


@dataclass(frozen=True)
class Planned:
    """One run of a sweep: its number in the plan, and how it differs from the others."""

    place: int  # 0-based
    method: str
    seed: int
    grid: Point  # of the settings that the method reads
    settings: RunSettings

    @property
    def point(self) -> str:
        """The grid point as people read it: "tau 0.5, gamma 0.9", "" without one."""
        return point_in_words(self.grid)


def point_in_words(grid: Point) -> str:
    """The values of a grid point with their settings: "tau 0.5, gamma 0.9"."""
    shown = {k: f"{v:.7g}" if isinstance(v, float) else v for k, v in grid.items()}
    return ", ".join(f"{name} {value}" for name, value in shown.items())


def plan(sweep: SweepSettings) -> tuple[Planned, ...]:
    """The runs of a sweep: for each seed all methods, for each method its grid points.

    Seeds change slowest, so that a sweep that is stopped early has compared all methods. A
    grid setting that a method does not read (`hamr.config.reads`) does not multiply its runs.
    """
    chosen = [
        (seed, method, grid)
        for seed in sweep.seeds
        for method in sweep.methods
        for grid in points(sweep, method)
    ]
    return tuple(
        Planned(place, method, seed, grid, _settings(sweep, method, seed, grid))
        for place, (seed, method, grid) in enumerate(chosen)
    )


def points(sweep: SweepSettings, method: str) -> list[Point]:
    """The grid points of a method; one, without settings, where it reads none of the grid."""
    preset = sweep.training.preset
    own = [name for name in sweep.grid if reads(method, name, preset)]
    values = product(*(sweep.grid[name] for name in own))
    return [dict(zip(own, point, strict=True)) for point in values]


def unread(sweep: SweepSettings) -> dict[str, list[str]]:
    """By grid setting, the methods of the sweep that never read it and so are not multiplied."""
    preset = sweep.training.preset
    found: dict[str, list[str]] = {
        name: [method for method in sweep.methods if not reads(method, name, preset)]
        for name in sweep.grid
    }
    return {name: methods for name, methods in found.items() if methods}


def check_methods(sweep: SweepSettings, task: str) -> None:
    """Raises SettingError if a method is not for that task or for the sweep's preset, or shall draw
    some rows more often and draws all alike.
    """
    for method in sweep.methods:
        try:
            check_suitable(method, task, sweep.training.preset)
            if sweep.training.draw_more and not method_of(method).resamples:
                raise draws_every_row_once(method)
        except SettingError as error:
            raise SettingError(
                f"{error}. Leave {method} out of the sweep", field="methods"
            ) from None


def _settings(sweep: SweepSettings, method: str, seed: int, grid: Point) -> RunSettings:
    point = {name: value for name, value in grid.items() if name not in renamed.REMOVED}
    gone = {name: value for name, value in grid.items() if name in renamed.REMOVED}
    values = {**sweep.training.model_dump(), **point, "method": method, "seed": seed}
    if "batch_size" in point:  # what is compared stays as it is
        values["batch_growth"] = "none"
    with renamed.stored_names():  # the plan of a stored sweep can be shown, whatever it names
        training = TrainingSettings(**values)
    removed = (*sweep.removed, *renamed.translated(gone).removed)
    return RunSettings(
        data=sweep.data,
        training=training,
        validation_labels=sweep.validation_labels,
        removed=removed,
    )
