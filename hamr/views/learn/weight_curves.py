"""The weight curves of a step on points as data of the stepper: s over z, or, where weights
are a function of something else (`Method.weight_of`), what the method has instead.

Axes: K curves of G points, B points of the batch, C classes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hamr.config import TrainingSettings
from hamr.playground import CLASSES, PointSet, StepView
from hamr.playground.stages import Z_GRID, OtherCurves

# By `Method.weight_of`: what is across, from where to where, and what is upwards.
_AXES: dict[str, dict[str, Any]] = {
    "z": {
        "x": "z-score of the loss (sd)",
        "from": -3,
        "to": 3,
        "step": 1,
        "y": "s = sigmoid(V(z))",
    },
    "class": {"x": "loss (nats)", "from": 0, "to": 6, "step": 1, "y": "s = sigmoid(V(l))"},
    "probability": {"x": "probability of the label", "from": 0, "to": 1, "step": 0.25, "y": "w"},
}


def curves_of(
    view: StepView, points: PointSet, settings: TrainingSettings, classes: tuple[str, ...]
) -> dict[str, Any] | None:
    """The curves before and after the meta step, and the batch on them; None without any."""
    if view.meta is None:
        return None
    kind = settings.traits.weight_of
    if view.others is None:
        if not np.isfinite(view.curve_before).all():
            return None
        lines = (Z_GRID, view.curve_before[None], view.curve_after[None])
        dots, names = (view.z, view.s_before, view.s_after), [""]
    else:
        lines = (view.others.x, view.others.before, view.others.after)
        names = _names(view.others, classes)
        if kind == "probability":
            dots = (np.exp(-view.loss), view.pre, view.post)
        else:
            dots = _by_class(view, view.others, points, classes)
    (x, before, after), (at, on_before, on_after) = lines, dots
    top = float(np.ceil(max(1.0, before.max(), after.max(), on_before.max(), on_after.max())))
    return {
        "axes": {**_AXES[kind], "top": top},
        "x": np.round(x, 3).tolist(),
        "before": np.round(before, 4).tolist(),
        "after": np.round(after, 4).tolist(),
        "names": names,
        "row": view.rows.tolist(),
        "at": np.round(at, 3).tolist(),
        "on_before": np.round(on_before, 4).tolist(),
        "on_after": np.round(on_after, 4).tolist(),
    }


def _names(others: OtherCurves, classes: tuple[str, ...]) -> list[str]:
    """The classes of each curve; "" where one curve is that of all."""
    if not len(others.of_class):
        return [""] * len(others.after)
    return [
        ", ".join(name for name, own in zip(classes, others.of_class, strict=True) if own == curve)
        for curve in range(len(others.after))
    ]


def _by_class(
    view: StepView, others: OtherCurves, points: PointSet, classes: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The batch's losses, and s there on the curve of each point's class, before and after, [B]."""
    of = [classes.index(CLASSES[label]) for label in points.train.labels[view.rows].tolist()]
    own = others.of_class[of] if len(others.of_class) else np.zeros(len(of), int)
    found = [
        np.array(
            [np.interp(loss, others.x, table[k]) for loss, k in zip(view.loss, own, strict=True)]
        )
        for table in (others.before, others.after)
    ]
    return view.loss, found[0], found[1]
