"""What methods learn whose weights are not one function of the z-score (`Method.weight_of`).

Axes: K curves of G points, C classes, E epochs.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from hamr.methods import shown
from hamr.store import Run
from hamr.views.base.figures import epoch_axis
from hamr.views.base.labels import Labels
from hamr.views.base.theme import ACCENT, class_colours, finish

MOST_NAMED = 3  # classes that the name of a curve lists; the text on the curve has all of them
# What the curves are drawn against, by `Method.weight_of`.
AXES = {
    "class": ("loss of the row (nats)", "weight before the batch's mean divides it"),
    "probability": ("the model's probability of the row's label", "weight (not normalised)"),
}
SCALARS = ("alpha: easy rows", "beta: hard rows", "delta: moderate rows")


def without_one_curve(run: Run) -> str | None:
    """Why weights that are learned have no single curve, in a sentence; None where they have."""
    traits = run.info.settings.training.traits
    if traits.has_curve or not traits.learns_weights:
        return None
    return f"{shown(run.info.method).why_no_curve}, so there is no single weight curve."


def learned_curves(run: Run, epoch: int) -> go.Figure:
    """The curves after an epoch: one for each group of classes, or one for all rows."""
    found = run.arrays(epoch, ("curves_x", "curves_weight", "curve_of_class"))
    x, curves, of_class = (found[name] for name in ("curves_x", "curves_weight", "curve_of_class"))
    fig = go.Figure()
    colours = class_colours(len(curves)) if len(curves) > 1 else [ACCENT]
    for number, weight in enumerate(curves):
        name, all_classes = _group(run, np.flatnonzero(of_class == number))
        fig.add_scatter(
            x=x.round(3),
            y=weight.round(4),
            name=name,
            line={"color": colours[number], "width": 3},
            hovertemplate=f"{all_classes}<br>%{{x:.2f}}: weight %{{y:.3f}}<extra></extra>",
        )
    across, up = AXES[run.info.settings.training.traits.weight_of]
    fig.update_yaxes(rangemode="tozero")
    fig.update_layout(legend={"orientation": "h", "y": -0.2}, showlegend=len(curves) > 1)
    return finish(fig, title=f"Learned weights, epoch {epoch}", x=across, y=up, height=460)


def has_scalars(run: Run, epoch: int) -> bool:
    """Whether the weights follow from a few numbers that were learned."""
    return run.array("weight_scalars", epoch).size > 0


def scalars(run: Run, epoch: int) -> go.Figure:
    """The learned numbers over the epochs."""
    epochs = run.epochs()
    table = np.stack([one["weight_scalars"] for one in run.arrays_over(epochs, ["weight_scalars"])])
    fig = go.Figure()
    for name, colour, values in zip(SCALARS, class_colours(3), table.T, strict=True):
        fig.add_scatter(
            x=epochs,
            y=values.round(4),
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2.5},
            hovertemplate="epoch %{x}: %{y:.3f}",
        )
    epoch_axis(fig, epochs, epoch)
    fig.update_layout(legend={"orientation": "h", "y": -0.22})
    return finish(fig, title="The three learned numbers", x="epoch", y="value")


def _group(run: Run, classes: np.ndarray) -> tuple[str, str]:
    """A group of classes in a few words, and all their names; ("all rows", ...) for none."""
    if not len(classes):
        return "all rows", "all rows"
    labels = Labels.of(run)
    order = [int(c) for c in labels.rarest_first() if c in classes]
    few, all_ = order[:MOST_NAMED], ", ".join(labels.tick(c) for c in order)
    more = f" and {len(order) - len(few)} more" if len(order) > len(few) else ""
    return ", ".join(labels.tick(c) for c in few) + more, all_
