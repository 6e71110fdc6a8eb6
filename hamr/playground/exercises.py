"""Exercises on points: where one starts, what it measures, and whether a step solves it.

Their texts and figures are in assets/playground/exercises.toml. No torch here: an exercise is
checked by the app, from the step that the page shows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from hamr.playground.points import PointSet
from hamr.playground.stages import StepView
from hamr.resources import ASSETS

FILE = ASSETS / "playground" / "exercises.toml"
RARE, ISLAND = 2, 2  # class C, and the cloud of the preset "island" that is the island

ROUNDED = 1e-6  # of values in single precision: 1.05 is a weight of 1.04999995


@dataclass(frozen=True)
class Attempt:
    """What somebody trains on, and how: the parts of a page's setup that an exercise looks at."""

    points: str
    seed: int
    settings: Mapping[str, Any]  # that differ from the method's own, and the method


@dataclass(frozen=True)
class Exercise:
    """A question whose answer is a step of the playground."""

    name: str
    title: str
    question: str
    points: str
    method: str
    step: int  # where it starts
    stage: int  # from 1
    allowed: tuple[str, ...]  # settings that may be moved
    measure: str
    hints: tuple[str, ...]
    explanation: str
    solution: Mapping[str, Any]  # settings and step, for the tests
    at_least: float | None = None
    at_most: float | None = None
    epochs: int | None = None  # within which it has to be solved
    seed: int = 0

    @property
    def start(self) -> Attempt:
        """What it starts with."""
        return Attempt(self.points, self.seed, {"method": self.method})


@dataclass(frozen=True)
class Verdict:
    """What an exercise says of a step."""

    what: str  # is measured, with its unit
    value: float  # NaN where the points have nothing to measure
    reached: bool  # the bar, whatever was moved for it
    late: bool  # after the last epoch that counts
    touched: tuple[str, ...] = field(default=())  # what may not be changed, and was

    @property
    def solved(self) -> bool:
        """Whether the step is an answer."""
        return self.reached and not self.late and not self.touched


def verdict(exercise: Exercise, attempt: Attempt, points: PointSet, view: StepView) -> Verdict:
    """Whether that step of that setup solves the exercise, and how far it has come."""
    measure = MEASURES[exercise.measure]
    touched = changes(exercise, attempt)
    fits = attempt.points == exercise.points  # else there may be no island, no class C
    value = measure.of(points, view) if fits else float("nan")
    reached = (exercise.at_least is None or value >= exercise.at_least - ROUNDED) and (
        exercise.at_most is None or value <= exercise.at_most + ROUNDED
    )
    late = exercise.epochs is not None and view.epoch > exercise.epochs
    return Verdict(measure.what, value, reached, late, touched)


def changes(exercise: Exercise, attempt: Attempt) -> tuple[str, ...]:
    """What differs from the exercise's start and may not: points, seed, names of settings."""
    start = exercise.start
    found = [part for part in ("points", "seed") if getattr(start, part) != getattr(attempt, part)]
    names = {*start.settings, *attempt.settings} - {*exercise.allowed}
    found += sorted(
        name for name in names if start.settings.get(name) != attempt.settings.get(name)
    )
    return tuple(found)


# ---- what is measured ------------------------------------------------------------------------


@dataclass(frozen=True)
class Measure:
    """A number of a step."""

    what: str  # one phrase, with its unit
    of: Callable[[PointSet, StepView], float]


def draw_ratio(points: PointSet, view: StepView) -> float:
    """The largest probability of the next epoch's draws over the smallest."""
    chances = view.next.probability
    return float(chances.max() / chances.min())


def hardness_gap(points: PointSet, view: StepView) -> float:
    """The largest distance between hardness and the last weight, over the points of the batch."""
    last = {int(row): float(weight) for row, weight in zip(view.rows, view.post, strict=True)}
    return max(abs(float(view.hardness[row]) - weight) for row, weight in last.items())


def weight_gap(points: PointSet, view: StepView) -> float:
    """The largest distance of a weight of the batch from 1."""
    return float(np.abs(view.post - 1).max())


def rare_draws(points: PointSet, view: StepView) -> float:
    """The share of class C of the next epoch's draws."""
    return float(view.next.probability[points.train.labels == RARE].sum())


def wrong_hardness(points: PointSet, view: StepView) -> float:
    """The mean hardness of points with a wrong label over that of the others."""
    wrong = points.train.labels != points.train.right
    return float(view.hardness[wrong].mean() / view.hardness[~wrong].mean())


def island_recall(points: PointSet, view: StepView) -> float:
    """The share of the island's test points that the model names right."""
    own = points.test.cloud == ISLAND
    return float((view.test[own] == points.test.labels[own]).mean())


MEASURES = {
    "draw_ratio": Measure("Largest over smallest probability of a draw", draw_ratio),
    "hardness_gap": Measure("Largest distance of hardness from the last weight", hardness_gap),
    "weight_gap": Measure("Largest distance of a weight from 1", weight_gap),
    "rare_draws": Measure("Share of class C of the draws", rare_draws),
    "wrong_hardness": Measure("Mean hardness, wrong labels over right ones", wrong_hardness),
    "island_recall": Measure("Share of the island's test points named right", island_recall),
}


@cache
def exercises(file: Path = FILE) -> Mapping[str, Exercise]:
    """All exercises by name, in their order."""
    table = tomllib.loads(file.read_text("utf-8"))
    return {name: _exercise(name, values) for name, values in table.items()}


def _exercise(name: str, values: dict[str, Any]) -> Exercise:
    lists = {key: tuple(values[key]) for key in ("allowed", "hints")}
    return Exercise(name=name, **{**values, **lists})
