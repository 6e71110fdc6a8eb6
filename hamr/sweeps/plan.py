"""A sweep's specification, and the runs that follow from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
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
from hamr.methods import check_suitable, draws_every_row_once, governed, method_of

Point = dict[str, Any]  # a value for each of some settings


class SweepSettings(Settings):
    """All that a sweep needs to be repeated.

    Method and seed of `training` are not used: each run has its own. Nor are its values of the
    settings that a method has of its own in this sweep, `by_method`.
    """

    data: DataSettings
    training: TrainingSettings
    methods: tuple[MethodName, ...]
    seeds: tuple[int, ...]
    grid: dict[str, tuple[Any, ...]]
    # By method, the settings in which it differs from `training`: see `own_settings`.
    by_method: dict[str, dict[str, Any]] = Field(default_factory=dict)
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
        rest = {name: value for name, value in values.items() if name != "version"}
        with renamed.stored_names():
            training = renamed.translated(values["training"])
            grid = {renamed.name_now(name)[0]: points for name, points in values["grid"].items()}
            settings = {**renamed.BEFORE, **training.values}
            methods = list(values["methods"])
            if "version" not in values:
                each = {**{name: (value,) for name, value in settings.items()}, **grid}
                named = [*methods, settings.get("method", "hamr")]
                *methods, settings["method"] = (renamed.earlier_method(n, each) for n in named)
            known = {"training": settings, "methods": methods, "grid": grid}
            return cls.model_validate({**rest, **known, "removed": training.removed})

    def to_store(self) -> dict[str, Any]:
        """The specification as `stored` reads it, with the mark of this version's names."""
        return {**self.model_dump(mode="json"), "version": renamed.VERSION}

    def same_runs(self, other: SweepSettings) -> bool:
        """Whether both plan the very same runs, from the same rows, in the same order."""
        if (self.data, self.methods, self.seeds) != (other.data, other.methods, other.seeds):
            return False
        if (self.origin, self.grid) != (other.origin, other.grid):
            return False
        return [run.settings for run in plan(self)] == [run.settings for run in plan(other)]

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


def own_settings(
    training: TrainingSettings, methods: Iterable[str], task: str, given: Collection[str]
) -> dict[str, dict[str, Any]]:
    """By method, the settings that it sets itself and that `training` has otherwise.

    Values that were `given` by a person hold for all methods.
    """
    found: dict[str, dict[str, Any]] = {}
    for method in methods:
        own = TrainingSettings.of_preset(training.preset, task, method=method)
        values = {name: getattr(own, name) for name in sorted(governed() - set(given))}
        found[method] = {n: v for n, v in values.items() if v != getattr(training, n)}
    return {method: values for method, values in found.items() if values}


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
    own = sweep.by_method.get(method, {})
    values = {**sweep.training.model_dump(), **own, **point, "method": method, "seed": seed}
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
