"""Two-dimensional data sets of a few hundred points, on which one step can be followed by eye.

Coordinates are in [-1, 1]. No torch here: the app makes and paints points, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int

from hamr.errors import DataError
from hamr.playground.settings import TASK
from hamr.records import Dataset, Rows

MOST_POINTS = 600  # that people paint; a step stays quick
CLASSES = ("A", "B", "C")
HELD_OUT_EVERY = 5  # of a class's painted points, every fifth is a validation point
VALIDATION, TEST = 90, 300  # further points that a preset draws
SPREAD = 0.55  # radius on the sphere's plane that coordinate 1 gets; see `lifted`
LENGTH = 4.0  # of the rows that the model reads, so that it learns in few steps


@dataclass(frozen=True)
class Points:
    """Points of one split: where they lie, the labels given to them and the right ones."""

    xy: Float32[np.ndarray, "n 2"]
    labels: Int[np.ndarray, " n"]
    right: Int[np.ndarray, " n"]  # differs from `labels` where a preset has turned a label
    cloud: Int[np.ndarray, " n"]  # which of its recipe's clouds drew it; 0 for painted points

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class PointSet:
    """Points for training, validation and test."""

    title: str
    train: Points
    validation: Points
    test: Points

    @property
    def all(self) -> Float32[np.ndarray, "n 2"]:
        """Coordinates of all splits: training points first, then validation, then test."""
        return np.concatenate([self.train.xy, self.validation.xy, self.test.xy])


@dataclass(frozen=True)
class _Blob:
    """A round cloud of a class: its share of all points, centre and standard deviation."""

    label: int
    share: float
    centre: tuple[float, float]
    spread: float


@dataclass(frozen=True)
class Recipe:
    """How the points of a preset are drawn."""

    title: str
    meaning: str  # one sentence: what to watch
    blobs: tuple[_Blob, ...]
    turned: float = 0.0  # share of the training labels that are wrong


RECIPES: dict[str, Recipe] = {
    "imbalanced": Recipe(
        "Imbalanced classes",
        "One class has most of the points and another only a few: watch who is drawn more often.",
        (
            _Blob(0, 0.70, (-0.35, 0.10), 0.28),
            _Blob(1, 0.24, (0.45, 0.35), 0.20),
            _Blob(2, 0.06, (0.30, -0.45), 0.14),
        ),
    ),
    "noise": Recipe(
        "Wrong labels",
        "15 % of the labels are wrong: hard points are then to a good part mislabelled ones.",
        (
            _Blob(0, 0.50, (-0.45, 0.00), 0.22),
            _Blob(1, 0.35, (0.45, 0.35), 0.20),
            _Blob(2, 0.15, (0.35, -0.50), 0.16),
        ),
        turned=0.15,
    ),
    "overlap": Recipe(
        "Overlapping classes",
        "Two classes share a border region where no model can be right: its points stay hard.",
        (
            _Blob(0, 0.50, (-0.22, 0.10), 0.26),
            _Blob(1, 0.40, (0.25, 0.10), 0.26),
            _Blob(2, 0.10, (0.05, -0.70), 0.12),
        ),
    ),
    "island": Recipe(
        "A rare island",
        "A few points of class B lie apart, among those of class A: does the model find them?",
        (
            _Blob(0, 0.60, (-0.30, 0.00), 0.30),
            _Blob(1, 0.34, (0.60, 0.30), 0.18),
            _Blob(1, 0.06, (-0.45, -0.50), 0.06),
        ),
    ),
}


def preset_points(name: str, *, count: int = 300, seed: int = 0) -> PointSet:
    """The preset of that name: `count` training points, and further ones to validate and test.

    Labels are wrong in the training points alone. Raises DataError for an unknown preset.
    """
    recipe = RECIPES.get(name)
    if recipe is None:
        raise DataError(
            f"There is no preset of points {name!r}: the presets are {', '.join(RECIPES)}",
            field="points",
        )
    rng = np.random.default_rng([seed, list(RECIPES).index(name)])
    train = _drawn(recipe, count, rng)
    return PointSet(
        recipe.title,
        _turned(train, recipe.turned, rng),
        _drawn(recipe, VALIDATION, rng),
        _drawn(recipe, TEST, rng),
    )


def painted(points: Sequence[tuple[float, float, int]]) -> PointSet:
    """Points that somebody painted, as (x, y, class). Of each class every fifth point, and at
    least one, validates and tests; a class's only point also trains.

    Raises DataError for none, too many, a class that there is not, and coordinates outside [-1, 1].
    """
    if not points:
        raise DataError("There is no point yet: paint some, or choose a preset", field="points")
    if len(points) > MOST_POINTS:
        raise DataError(
            f"There are {len(points):,} points, and at most {MOST_POINTS} are trained on: "
            "remove some",
            field="points",
        )
    table = np.array([(float(x), float(y), int(label)) for x, y, label in points], np.float64)
    for x, y, label in table.tolist():
        if not (abs(x) <= 1 and abs(y) <= 1):  # also refuses NaN
            raise DataError(
                f"A point lies at ({x:g}, {y:g}): coordinates are between -1 and 1", field="points"
            )
        if label not in range(len(CLASSES)):
            raise DataError(
                f"A point has class {label:g}: classes are 0 to {len(CLASSES) - 1}", field="points"
            )
    labels = table[:, 2].astype(np.int64)
    one = np.zeros(len(labels), np.int64)
    everything = Points(table[:, :2].astype(np.float32), labels, labels, one)
    held, kept = _held_out(labels)
    return PointSet("Painted points", _of(everything, kept), *[_of(everything, held)] * 2)


def _held_out(labels: Int[np.ndarray, " n"]) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the points that are held out, and of those that train."""
    held = np.zeros(len(labels), bool)
    alone = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        held[own[::HELD_OUT_EVERY]] = True
        alone[own] = len(own) == 1
    return np.flatnonzero(held), np.flatnonzero(~held | alone)


def _of(points: Points, index: np.ndarray) -> Points:
    return Points(points.xy[index], points.labels[index], points.right[index], points.cloud[index])


def _drawn(recipe: Recipe, count: int, rng: np.random.Generator) -> Points:
    """About `count` points of the recipe's clouds, mixed; at least one of each cloud."""
    xy, labels, clouds = [], [], []
    for at, blob in enumerate(recipe.blobs):
        own = max(1, round(count * blob.share))
        xy.append(rng.normal(blob.centre, blob.spread, (own, 2)))
        labels.append(np.full(own, blob.label))
        clouds.append(np.full(own, at))
    order = rng.permutation(sum(map(len, labels)))
    found = np.clip(np.concatenate(xy), -1, 1).astype(np.float32)[order]
    right = np.concatenate(labels)[order]
    return Points(found, right, right, np.concatenate(clouds)[order])


def _turned(points: Points, share: float, rng: np.random.Generator) -> Points:
    """The points with a share of their labels turned into another class that is there."""
    wrong = rng.permutation(len(points))[: round(share * len(points))]
    labels, there = points.right.copy(), np.unique(points.right)
    for row in wrong:
        labels[row] = rng.choice(there[there != labels[row]])
    return Points(points.xy, labels, points.right, points.cloud)


def lifted(xy: Float32[np.ndarray, "n 2"]) -> Float32[np.ndarray, "n 3"]:
    """The points on a sphere, as the model reads them: LENGTH times a unit vector in space.

    Neighbours of rows are found by cosine similarity, which in the plane would compare directions
    alone. By the inverse stereographic projection of u = SPREAD (x, y),

        (2 u, 2 v, 1 - u^2 - v^2) / (1 + u^2 + v^2),

    the cosine of two points falls with their distance instead.
    """
    u = SPREAD * xy.astype(np.float64)
    square = (u * u).sum(1, keepdims=True)
    sphere = np.concatenate([2 * u, 1 - square], 1) / (1 + square)
    rows: np.ndarray = (LENGTH * sphere).astype(np.float32)
    return rows


def dataset_of(points: PointSet) -> Dataset:
    """The points as a data set that `hamr.training` trains on: a row's text is its coordinates."""
    there = sorted({*points.train.labels.tolist(), *points.validation.labels.tolist()})
    return Dataset(
        name=points.title,
        task=TASK,
        classes=tuple(CLASSES[label] for label in there),
        train=_rows("train", points.train, there),
        validation=_rows("validation", points.validation, there),
        test=_rows("test", points.test, there),
        fingerprint="",
    )


def _rows(split: str, points: Points, there: list[int]) -> Rows:
    """The points of a split; `there` are the classes of all of them, ascending."""
    return Rows(
        ids=tuple(f"{split} {number}" for number in range(len(points))),
        texts=tuple(f"({x:.2f}, {y:.2f})" for x, y in points.xy.tolist()),
        labels=np.searchsorted(there, points.labels).astype(np.int32),
    )
