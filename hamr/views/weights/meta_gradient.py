"""The cosine of the meta-gradient in use to the exact one, over the steps.

Axes: P probes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hamr.store import Run
from hamr.views.base.probes import Probes, form_in_words
from hamr.views.base.theme import ACCENT, NEUTRAL, WARM, finish

MOST_POINTS = 2000  # more are slow to draw and hide one another
SHADE = "rgba(140,140,140,0.18)"  # the chosen epoch's steps, on both themes


def cosine_over_steps(run: Run, epoch: int) -> go.Figure:
    """Each probe's cosine, their running median and their 5th percentile.

    The vertical axis reaches from the lowest cosine to 1. The steps of the chosen epoch are
    shaded. Of more than MOST_POINTS probes the lowest and the highest of each group of
    neighbours are drawn (`thinned`); median, mean and percentile are those of all.
    """
    probes = Probes.of(run)
    drawn = thinned(probes.cosine)
    width = window(len(probes))
    median = running_median(probes.cosine, width)
    fig = go.Figure(
        [
            _points(probes, drawn),
            _line(probes.step[drawn], median[drawn], f"median of {width}", WARM, "solid"),
            _low(probes),
        ]
    )
    _shade(fig, run, epoch)
    _axes(fig, probes)
    form = form_in_words(run.info.settings.training.meta_gradient)[0]
    title = f"{form} against exact: mean {probes.mean:.3f}, 5th percentile {probes.low:.3f}"
    return finish(fig, title=title, x="step", y="cosine of the two gradients", height=440)


def window(count: int) -> int:
    """How many neighbouring probes a running median is taken of: odd, a twentieth of all."""
    return max(5, count // 20) | 1


def running_median(values: np.ndarray, width: int) -> np.ndarray:
    """Median of each value and its neighbours, `width` of them in all, [P]; fewer at the ends."""
    found: np.ndarray = (
        pd.Series(values).rolling(width, center=True, min_periods=1).median().to_numpy()
    )
    return found


def group_size(count: int, limit: int = MOST_POINTS) -> int:
    """How many neighbouring probes share two points; 1 where each has its own."""
    return 1 if count <= limit else -(-2 * count // limit)


def thinned(cosine: np.ndarray, limit: int = MOST_POINTS) -> np.ndarray:
    """Places of at most `limit` values that keep the outline: extremes of groups of neighbours."""
    size = group_size(len(cosine), limit)
    if size == 1:
        return np.arange(len(cosine))
    starts = range(0, len(cosine), size)
    groups = [(start, cosine[start : start + size]) for start in starts]
    return np.unique([start + f(part) for start, part in groups for f in (np.argmin, np.argmax)])


def table(run: Run) -> pd.DataFrame:
    """Every probe on a line: epoch, step, cosine."""
    probes = Probes.of(run)
    return pd.DataFrame({"epoch": probes.epoch, "step": probes.step, "cosine": probes.cosine})


def _points(probes: Probes, drawn: np.ndarray) -> go.Scatter:
    cosine = probes.cosine[drawn]
    angle = np.degrees(np.arccos(cosine))
    return go.Scatter(
        x=probes.step[drawn],
        y=cosine.round(5),
        customdata=np.column_stack([probes.epoch[drawn], angle.round(1)]),
        name="probe",
        mode="markers",
        marker={"color": ACCENT, "size": 5, "opacity": 0.6, "line": {"width": 0}},
        hovertemplate="step %{x:,}, epoch %{customdata[0]}<br>cosine %{y:.4f}, an angle of "
        "%{customdata[1]}°<extra></extra>",
    )


def _line(x: np.ndarray, y: np.ndarray, name: str, colour: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=np.asarray(y).round(5),
        name=name,
        mode="lines",
        line={"color": colour, "width": 2.5 if dash == "solid" else 1.5, "dash": dash},
        hovertemplate=f"step %{{x:,}}: {name} %{{y:.4f}}<extra></extra>",
    )


def _low(probes: Probes) -> go.Scatter:
    """The 5th percentile of all probes, from the first to the last."""
    ends = probes.step[[0, -1]]
    return _line(ends, np.full(2, probes.low), "5th percentile", NEUTRAL, "dash")


def _shade(fig: go.Figure, run: Run, epoch: int) -> None:
    """Shade the chosen epoch's steps, if there is more than one epoch."""
    last = {scalars["epoch"]: scalars["step"] for scalars in run.scalars()}
    if len(last) < 2:
        return
    before = max((e for e in last if e < epoch), default=None)
    begin = last[before] if before is not None else 0
    fig.add_shape(
        type="rect",
        x0=begin,
        x1=last[epoch],
        yref="y domain",
        y0=0,
        y1=1,
        fillcolor=SHADE,
        line={"width": 0},
        layer="below",
    )


def _axes(fig: go.Figure, probes: Probes) -> None:
    """From the lowest cosine to 1, and from the first step on, with room for the marks."""
    lowest = float(probes.cosine.min())
    margin = 0.05 * max(1 - lowest, 1e-4)
    fig.update_yaxes(range=[lowest - margin, 1 + margin])
    last = int(probes.step[-1])
    fig.update_xaxes(range=[-0.01 * last, 1.02 * last], tickformat=",d")
    fig.update_layout(legend={"orientation": "h", "y": -0.2})
