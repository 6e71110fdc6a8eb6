"""Curves in one chart: scores and losses by epoch, learned weight curves.

Axes: S seeds of a configuration, E epochs. A band reaches from the lowest to the highest seed: with
two or three seeds that shows more than an interval, which would hide the curves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from hamr.methods import listed, shown
from hamr.store import Run
from hamr.views.base.binning import spread
from hamr.views.base.theme import NEUTRAL, class_colours, finish, safe
from hamr.views.compare.configurations import Configuration

DASHES = ("solid", "dash", "dot", "dashdot")  # a second sign besides colour
MACRO, LOSS = "macro_f1", "train_loss"


def by_epoch(found: Sequence[Configuration], what: str) -> go.Figure:
    """Mean over the seeds by epoch of macro-F1, a class' F1 or the training loss.

    `what` is MACRO, LOSS or a class's name. A configuration without that class has no curve; an
    epoch counts once any seed has reached it.
    """
    fig = go.Figure()
    colours = class_colours(len(found))
    last = 1
    for i, one in enumerate(found):
        series = [points for run in one.runs if (points := _series(run, what))]
        if series:
            _curve(fig, safe(one.name, 60), series, colours[i], DASHES[i // 8 % len(DASHES)])
            last = max(last, *(max(points) for points in series))
    if last <= 12:
        fig.update_xaxes(dtick=1)
    title, y = _titles(what)
    fig.update_layout(hovermode="x unified", legend={"orientation": "h", "y": -0.2})
    return finish(fig, title=title, x="epoch", y=y, height=440)


def _titles(what: str) -> tuple[str, str]:
    if what == LOSS:
        return "Mean loss of the rows drawn in each epoch", "training loss (nats)"
    named = "macro-F1" if what == MACRO else f"F1 of {safe(what, 60)}"
    return f"{named} on validation by epoch", f"{'macro-' if what == MACRO else ''}F1 (0 to 1)"


def _series(run: Run, what: str) -> dict[int, float]:
    """The value at each epoch; {} where the run has no such class."""
    if what in (MACRO, LOSS):
        return {s["epoch"]: s[what] for s in run.scalars() if s[what] is not None}
    if what not in run.info.scored:
        return {}
    c, epochs = run.info.scored.index(what), run.epochs()
    epochs = spread(epochs, epochs[-1])
    arrays = run.arrays_over(epochs, ["f1"])
    return {e: float(own["f1"][c]) for e, own in zip(epochs, arrays, strict=True)}


def _curve(
    fig: go.Figure, name: str, series: Sequence[dict[int, float]], colour: str, dash: str
) -> None:
    epochs = sorted(set().union(*series))
    table = np.array([[own.get(e, np.nan) for e in epochs] for own in series])
    low, high = np.nanmin(table, axis=0), np.nanmax(table, axis=0)
    if len(series) > 1:
        fig.add_scatter(
            x=[*epochs, *reversed(epochs)],
            y=np.concatenate([high, low[::-1]]).round(4),
            mode="lines",
            fill="toself",
            fillcolor=_faint(colour),
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
            legendgroup=name,
        )
    fig.add_scatter(
        x=epochs,
        y=np.nanmean(table, axis=0).round(4),
        customdata=np.column_stack([low, high]).round(4),
        name=name,
        legendgroup=name,
        mode="lines+markers" if len(epochs) <= 30 else "lines",
        line={"color": colour, "width": 2.5, "dash": dash},
        hovertemplate="%{y:.3f} (%{customdata[0]:.3f} – %{customdata[1]:.3f})"
        if len(series) > 1
        else "%{y:.3f}",
    )


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"


def learners(found: Sequence[Configuration]) -> list[Configuration]:
    """The configurations that learn one weight curve."""
    return [one for one in found if one.info.settings.training.traits.has_curve]


def weight_learners() -> str:
    """The titles of all methods that learn one weight curve, for people to choose from."""
    known, _ = listed()  # a module that can't be imported is reported where runs are started
    return ", ".join(shown(name).title for name in known if shown(name).has_curve)


def weight_curves(found: Sequence[Configuration], epoch: int | None = None) -> go.Figure:
    """The learned weight by z-score at an epoch, by default the last of each run; one line per run.

    Runs that have not reached the epoch are left out. Seeds of a configuration share a colour.
    """
    fig = go.Figure()
    colours = class_colours(len(found))
    for i, one in enumerate(found):
        if not one.info.settings.training.traits.has_curve:
            continue  # colours stay those of the other charts
        name, first = safe(one.name, 60), True
        for run in one.runs:
            epochs = run.epochs()
            at = epoch or epochs[-1]
            if at not in epochs:
                continue
            curve = run.arrays(at, ("curve_z", "curve_weight"))
            fig.add_scatter(
                x=curve["curve_z"].round(3),
                y=curve["curve_weight"].round(4),
                name=name,
                legendgroup=name,
                showlegend=first,
                mode="lines",
                line={"color": colours[i], "width": 2.2, "dash": DASHES[i // 8 % len(DASHES)]},
                hovertemplate=f"{name}, seed {run.info.seed}, epoch {at}<br>z %{{x:.2f}}: weight "
                "%{y:.3f}<extra></extra>",
            )
            first = False
    line = {"color": NEUTRAL, "width": 1, "dash": "dot"}
    fig.add_shape(type="line", xref="x domain", x0=0, x1=1, y0=1, y1=1, line=line)
    fig.update_layout(legend={"orientation": "h", "y": -0.2})
    return finish(
        fig,
        title=f"Weight curves, {f'epoch {epoch}' if epoch else 'last epoch of each run'}",
        x="z-score of the loss within its batch (sd)", y="weight (1 = mean)", height=440,
    )  # fmt: skip
