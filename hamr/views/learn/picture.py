"""One step as data of the stepper component (assets/playground): points, planes, curves, stages."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np

from hamr.config import TrainingSettings
from hamr.jobs.playing import Shown
from hamr.playground import CLASSES, PointSet, StepView
from hamr.views.base.theme import SIGNED, class_colours
from hamr.views.learn.stages import Stage, stages_of
from hamr.views.learn.weight_curves import curves_of


@dataclass(frozen=True)
class Beside:
    """Another method at the same step on the same points."""

    title: str
    view: StepView
    shared: tuple[str, ...] = ()  # symbols of settings that are as they were moved, for both

    @property
    def said(self) -> str:
        """What the second plane is of."""
        settings = "with its own defaults"
        if self.shared:
            settings = f"with {', '.join(self.shared)} as set here and otherwise its own defaults"
        return f"{self.title} on the same points, after the same number of steps, {settings}."


def picture(
    shown: Shown,
    points: PointSet,
    settings: TrainingSettings,
    *,
    title: str,
    beside: Beside | None = None,
) -> dict[str, Any]:
    """All that the component needs to show a step, and to go through its stages by itself."""
    view = shown.view
    return {
        "title": title,
        "step": view.step,
        "epoch": view.epoch,
        "within": view.within,
        "steps": view.steps,
        "last": shown.last_step,
        "classes": list(shown.classes),
        "colours": colours_of(shown.classes),
        "signed": list(SIGNED),
        "points": _points(points, shown.classes),
        "meta": _meta(view, points, shown.classes),
        "rows": sorted({int(row) for row in view.rows if row < len(points.train)}),
        "drawn": np.bincount(view.rows, minlength=len(points.train)).tolist(),
        "seeds": view.next.seeds.tolist(),
        "neighbours": view.next.neighbours.tolist(),
        "planes": _planes(view),
        "curves": curves_of(view, points, settings, shown.classes),
        "stages": [_stage(stage) for stage in stages_of(view, points, settings)],
        "macro_f1": round(view.macro_f1, 3),
        "f1": _by_class(view),
        "beside": beside and _beside(beside),
    }


def colours_of(classes: tuple[str, ...]) -> list[str]:
    """The colour of each class, the same whichever of them are there."""
    every = class_colours(len(CLASSES))
    return [every[CLASSES.index(name)] for name in classes]


def _points(points: PointSet, classes: tuple[str, ...]) -> dict[str, Any]:
    train = points.train
    return {
        "xy": np.round(train.xy, 3).tolist(),
        "label": [classes.index(CLASSES[label]) for label in train.labels.tolist()],
        "wrong": np.flatnonzero(train.labels != train.right).tolist(),
    }


def _meta(view: StepView, points: PointSet, classes: tuple[str, ...]) -> dict[str, Any]:
    """The points of the meta batch, each once."""
    if view.meta is None:
        return {"xy": [], "label": []}
    rows = np.unique(view.meta.rows)
    labels = np.concatenate([points.train.labels, points.validation.labels])[rows]
    return {
        "xy": np.round(points.all[rows], 3).tolist(),
        "label": [classes.index(CLASSES[label]) for label in labels.tolist()],
    }


def _planes(view: StepView) -> dict[str, str]:
    """Class probabilities over the plane as bytes, by name; from y = -1 upwards, class last."""
    found = {"before": view.before, "after": view.after}
    if view.meta is not None:
        found["virtual"] = view.meta.virtual
    return {name: packed(plane) for name, plane in found.items()}


def packed(plane: np.ndarray) -> str:
    """Probabilities [H, H, C] as one byte each, in base64."""
    return base64.b64encode(np.round(plane * 255).astype(np.uint8).tobytes()).decode()


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "key": stage.key,
        "title": stage.title,
        "equation": stage.equation,
        "why": stage.why,
        "general": stage.general,
        "plane": stage.surface,
        "numbers": {str(row): text for row, text in stage.numbers.items()},
        "size": _or_none(stage.size, 2),
        "marked": stage.marked,
        "signed": None if stage.signed is None else _or_none(np.sign(stage.signed), 0),
        "curve": stage.curve,
    }


def _or_none(values: np.ndarray | None, places: int) -> list[float | None] | None:
    """Numbers for JSON, which has no NaN."""
    if values is None:
        return None
    rounded = np.round(values.astype(float), places)
    return [None if isnan(value) else value for value in rounded.tolist()]


def _beside(beside: Beside) -> dict[str, Any]:
    return {
        "title": beside.title,
        "said": beside.said,
        "plane": packed(beside.view.after),
        "macro_f1": round(beside.view.macro_f1, 3),
        "f1": _by_class(beside.view),
    }


def _by_class(view: StepView) -> list[float]:
    return [round(value, 2) for value in view.f1.tolist()]
