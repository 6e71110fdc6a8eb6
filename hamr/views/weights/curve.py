"""What the weight network learns: its curve, and how the meta step moves the weights.

Axes: N training rows, C classes, E epochs. NaN marks a row that was not drawn in an epoch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from hamr.difficulty import finite_pair
from hamr.methods import shown
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.views.base.binning import density, edges, spread
from hamr.views.base.class_means import by_class_and_epoch, class_lines
from hamr.views.base.figures import epoch_axis
from hamr.views.base.labels import Labels
from hamr.views.base.panes import axes_of, panes
from hamr.views.base.theme import (
    ACCENT,
    DIVERGING,
    NEUTRAL,
    WARM,
    finish,
)

MOST_CURVES = 12  # curves that are still distinguishable by shade
MOST_HEAT_ROWS = 60


def without_meta_step(run: Run) -> str | None:
    """Why a run has no learned weights to show, in a sentence; None for one that has."""
    if run.info.settings.training.learns_weights:
        return None
    return (
        f"{shown(run.info.method).why_no_curve}: no weight curve was learned. "
        "Train the same rows with HAMR+, or with HAMR+ without resampling, to see one."
    )


def weight_curves(run: Run, epoch: int, bins: int = 40) -> go.Figure:
    """The learned curve at every epoch, the chosen one strong, with the rows on it.

    Dots are the mean post-meta weight of the rows in each bin of z, sized by how many rows
    are there; the lower panel counts them. They scatter about the curve, since a row's z
    and weight are means over its visits and the network moves during the epoch.
    """
    fig = go.Figure(layout=panes((0.74, 0.26), gaps=(0, 0.04), share="x"))
    z, weight = finite_pair(run.signal("z", epoch), run.signal("post", epoch))
    _curves(fig, run, epoch)
    if z.size:
        _rows_on_curve(fig, z, weight, edges(z, bins))
    title = f"Weight curve, epoch {epoch}"
    fig = finish(fig, title=title, x="", y="weight (1 = mean)", height=520)
    return fig.update_layout(
        xaxis2_title_text="z-score of the loss within its batch (sd)",
        yaxis2_title_text="rows",
        legend={"orientation": "h", "y": -0.14},
    )


def _curves(fig: go.Figure, run: Run, epoch: int) -> None:
    others = [e for e in spread(run.epochs(), epoch, MOST_CURVES) if e != epoch]
    shades = sample_colorscale("Cividis", np.linspace(0.25, 0.95, max(len(others), 2)))
    curves = run.arrays_over([*others, epoch], ("curve_z", "curve_weight"))
    looks = [{"color": shade, "width": 1.3} for shade in shades[: len(others)]]
    looks.append({"color": WARM, "width": 4})
    for e, curve, line in zip([*others, epoch], curves, looks, strict=True):
        fig.add_scatter(
            x=curve["curve_z"],
            y=curve["curve_weight"].round(4),
            name=f"epoch {e}",
            line=line,
            opacity=1 if e == epoch else 0.75,
            showlegend=e in (*others[:1], *others[-1:], epoch),
            hovertemplate="z %{x:.2f}: weight %{y:.3f}",
        )
    line = {"color": NEUTRAL, "width": 1, "dash": "dot"}
    # add_hline with a row and a column looks at the whole figure first.
    fig.add_shape(type="line", xref="x domain", x0=0, x1=1, y0=1, y1=1, line=line)


def _rows_on_curve(
    fig: go.Figure, z: np.ndarray, weight: np.ndarray, bin_edges: np.ndarray
) -> None:
    count = np.histogram(z, bin_edges)[0]
    total = np.histogram(z, bin_edges, weights=weight)[0]
    middles = (bin_edges[1:] + bin_edges[:-1]) / 2
    full = count > 0
    fig.add_scatter(
        x=middles[full],
        y=(total[full] / count[full]).round(4),
        customdata=count[full],
        mode="markers",
        name="rows, mean post-meta weight",
        marker={
            "color": ACCENT,
            "size": 4 + 9 * np.sqrt(count[full] / count.max()),
            "opacity": 0.8,
            "line": {"width": 0},
        },
        hovertemplate="z about %{x:.2f}: mean weight %{y:.3f}, %{customdata:,} rows",
    )
    fig.add_bar(
        x=middles,
        y=count,
        width=np.diff(bin_edges),
        marker={"color": ACCENT, "line": {"width": 0}},
        showlegend=False,
        hovertemplate="z about %{x:.2f}: %{y:,} rows<extra></extra>",
        **axes_of(2),
    )


def clipping(run: Run, epoch: int) -> go.Figure:
    """Percent of post-meta weights at the lower and the upper clip, over the epochs."""
    settings = run.info.settings.training
    scalars = run.scalars()
    epochs = [s["epoch"] for s in scalars]
    fig = go.Figure()
    for name, limit, colour, dash in (
        ("clipped_high", settings.weight_high, WARM, "solid"),
        ("clipped_low", settings.weight_low, ACCENT, "dash"),
    ):
        fig.add_scatter(
            x=epochs,
            y=[None if s[name] is None else 100 * s[name] for s in scalars],
            name=f"at {limit:g}",
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2.5},
            hovertemplate="epoch %{x}: %{y:.2f} % of the weights",
        )
    epoch_axis(fig, epochs, epoch)
    fig.update_yaxes(rangemode="tozero", ticksuffix=" %")
    fig.update_layout(legend={"orientation": "h", "y": -0.22})
    return finish(fig, title="Weights cut off by the clip", x="epoch", y="post-meta weights (%)")


def before_and_after(run: Run, epoch: int, *, change: bool = False, bins: int = 60) -> go.Figure:
    """Density of the drawn rows over pre- and post-meta weight, with the identity line.

    With `change`, the vertical axis is post minus pre, which shows small moves.
    """
    pre, post = finite_pair(run.signal("pre", epoch), run.signal("post", epoch))
    fig = go.Figure()
    if pre.size:
        y = post - pre if change else post
        fig.add_trace(density(pre, y, edges(pre, bins), edges(y, bins)))
        low, high = float(pre.min()), float(pre.max())
        fig.add_scatter(
            x=[low, high],
            y=[0, 0] if change else [low, high],
            mode="lines",
            line={"color": WARM, "width": 2, "dash": "dash"},
            hoverinfo="skip",
            showlegend=False,
        )
    across = "change: post − pre" if change else "post-meta weight"
    fig.update_traces(
        selector={"type": "heatmap"},
        hovertemplate=f"pre-meta %{{x:.3f}}<br>{across} %{{y:.3f}}<br>"
        "%{customdata:,} rows<extra></extra>",
    )
    what = "Change" if change else "Post-"
    title = f"{what} against pre-meta weight, epoch {epoch}"
    unit = run.info.settings.training.traits.weight_unit
    return finish(
        fig,
        title=title,
        x=f"pre-meta weight{unit} of {pre.size:,} rows",
        y=across + unit * (not change),
        height=460,
    )


def drift(run: Run, epoch: int) -> go.Figure:
    """Mean of post minus pre by class and epoch, a heat map; rarest class on top.

    A row has both weights or, where it was not drawn, neither: so the difference of the means
    is the mean of the differences.
    """
    epochs, labels = spread(run.epochs(), epoch), Labels.of(run)
    post, pre = (by_class_and_epoch(run, epochs, name) for name in ("post", "pre"))
    table = post - pre
    order = labels.rarest_first()[:MOST_HEAT_ROWS][::-1]
    names = [labels.tick(c) for c in order]
    known = np.abs(table[np.isfinite(table)])
    reach = float(known.max()) if known.size and known.max() > 0 else 1e-6
    fig = go.Figure(
        go.Heatmap(
            x=epochs,
            y=names,
            z=table[:, order].T,
            zmid=0,
            zmin=-reach,
            zmax=reach,
            colorscale=DIVERGING,
            colorbar={"title": {"text": "post − pre"}, "thickness": 12},
            hovertemplate="<b>%{y}</b><br>epoch %{x}: %{z:+.4f}<extra></extra>",
        )
    )
    epoch_axis(fig, epochs, epoch)
    title = f"Drift of the weights by {labels.words.by}: mean of post − pre"
    height = 130 + 24 * len(order)
    return finish(fig, title=title, x="epoch", y=labels.words.axis, height=height)


def weight_by_class(run: Run, epoch: int, classes: Sequence[int]) -> go.Figure:
    """Mean post-meta weight of each class over the epochs; the chosen classes in colour."""
    fig = class_lines(run, epoch, classes, "post", unit="mean weight", level=1)
    title = f"Post-meta weight by {TaskWords.of(run.info.task).by}"
    up = f"mean weight{run.info.settings.training.traits.weight_unit}"
    return finish(fig, title=title, x="epoch", y=up, height=420)


def points(run: Run, epoch: int, *, change: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The drawn rows [M] and their places [M, 2] float32: pre, and post or post minus pre."""
    pre, post = run.signal("pre", epoch), run.signal("post", epoch)
    rows = np.flatnonzero(np.isfinite(pre) & np.isfinite(post))
    up = post[rows] - pre[rows] if change else post[rows]
    return rows, np.column_stack([pre[rows], up]).astype(np.float32)
