"""A sweep's specification, and the runs that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

from hamr.config import DataSettings, Method, RunSettings, Settings, TrainingSettings
from hamr.errors import SettingError
from hamr.methods import check_suitable, reads

Point = dict[str, Any]  # a value for each of some settings


class SweepSettings(Settings):
    """All that a sweep needs to be repeated.

    Method and seed of `training` are not used: each run has its own.
    """

    data: DataSettings
    training: TrainingSettings
    methods: tuple[Method, ...]
    seeds: tuple[int, ...]
    grid: dict[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Planned:
    """One run of a sweep: where it stands in the plan, and in what it differs from others."""

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
    grid setting that a method does not read (`hamr.methods.reads`) does not multiply its runs.
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
    return [dict(zip(own, values, strict=True)) for values in product(*map(sweep.grid.get, own))]  # type: ignore[arg-type]


def unread(sweep: SweepSettings) -> dict[str, list[str]]:
    """By grid setting, the methods of the sweep that never read it and so are not multiplied."""
    preset = sweep.training.preset
    found: dict[str, list[str]] = {
        name: [method for method in sweep.methods if not reads(method, name, preset)]
        for name in sweep.grid
    }
    return {name: methods for name, methods in found.items() if methods}


def check_methods(sweep: SweepSettings, task: str) -> None:
    """Raises SettingError if a method is not for that task or for the sweep's preset."""
    for method in sweep.methods:
        try:
            check_suitable(method, task, sweep.training.preset)
        except SettingError as error:
            raise SettingError(
                f"{error}. Leave {method} out of the sweep", field="methods"
            ) from None


def _settings(sweep: SweepSettings, method: str, seed: int, grid: Point) -> RunSettings:
    values = {**sweep.training.model_dump(), **grid, "method": method, "seed": seed}
    return RunSettings(data=sweep.data, training=TrainingSettings(**values))
