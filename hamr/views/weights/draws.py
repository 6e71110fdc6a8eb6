"""Expected against actual draws, which differ by chance.

An epoch draws D rows with replacement, row i with probability p_i. Then a row's draws, and
those of a class with p the sum of its rows, are multinomial:

    expected = D * p        standard error = sqrt(D * p * (1 - p))

Methods without resampling draw each row once, without replacement: nothing is left to
chance, and the standard error is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from hamr.difficulty import correlation
from hamr.store import Run
from hamr.views.base.binning import class_sums, density, edges, whole_edges
from hamr.views.base.labels import Labels
from hamr.views.base.theme import NEUTRAL, WARM, finish

MOST_CLASSES = 60


@dataclass(frozen=True)
class DrawStatistics:
    """How the actual draws of an epoch differ from the expected ones."""

    drawn: int  # D, draws of the epoch
    correlation: float  # Pearson, rows
    ceiling: float  # the correlation that faithful draws reach on average
    dispersion: float  # mean of (actual - expected)^2 / variance over rows; 1 is pure chance
    never: int  # rows the epoch did not draw
    never_expected: float  # as many as chance leaves out: sum of (1 - p)^D


def standard_error(expected: np.ndarray, drawn: int) -> np.ndarray:
    """Multinomial standard error of counts with that expectation, sqrt(D p (1 - p))."""
    return np.sqrt(expected * (1 - np.clip(expected / max(drawn, 1), 0, 1)))


def statistics(run: Run, epoch: int) -> DrawStatistics:
    """Correlation, its ceiling, dispersion and rows left out, over the drawable rows."""
    expected = np.asarray(run.signal("expected_draws", epoch), float)
    actual = np.asarray(run.signal("draws", epoch), float)
    drawable = expected > 0  # rows moved into the meta set are never drawn
    return measure(expected[drawable], actual[drawable])


def measure(expected: np.ndarray, actual: np.ndarray) -> DrawStatistics:
    """The statistics of counts [N] against their expectations [N]."""
    drawn = int(actual.sum())
    variance = standard_error(expected, drawn) ** 2
    spread = float(expected.var())
    noise = float(variance.mean())
    return DrawStatistics(
        drawn=drawn,
        correlation=correlation(expected, actual),
        # corr(E, A) = sqrt(var E / (var E + mean of the counts' own variance))
        ceiling=float(np.sqrt(spread / (spread + noise))) if spread + noise > 0 else float("nan"),
        dispersion=float(np.mean((actual - expected) ** 2 / np.maximum(variance, 1e-12))),
        never=int((actual == 0).sum()),
        never_expected=float(np.sum((1 - np.clip(expected / max(drawn, 1), 0, 1)) ** drawn)),
    )


def by_class(run: Run, epoch: int) -> go.Figure:
    """Draws per row of each class: bars for the expected ones with 2 SE, diamonds for the actual.

    Per row, so that a class of 48 rows can be compared with one of 3,000. The line is what
    every class would get if hardness and boost were ignored.
    """
    labels = Labels.of(run)
    expected, actual = (
        class_sums(np.asarray(run.signal(name, epoch), float), labels.rows, len(labels))
        for name in ("expected_draws", "draws")
    )
    drawn = int(actual.sum())
    chance = run.info.settings.training.resamples
    error = 2 * standard_error(expected, drawn) if chance else np.zeros(len(labels))
    order = labels.rarest_first()[:MOST_CLASSES][::-1]
    fig = go.Figure(
        [_expected_bars(labels, expected, error, order), _actual_marks(labels, actual, order)]
    )
    words = labels.words
    fig.add_vline(
        x=drawn / max(1, labels.counts.sum()),
        line={"color": NEUTRAL, "width": 1.5, "dash": "dot"},
        annotation={
            "text": f"all {words.unit} alike",
            "font": {"color": NEUTRAL},
            "yanchor": "bottom",
        },
    )
    fig.update_layout(legend={"orientation": "h", "y": -0.16})
    title = f"Draws by {words.by}, epoch {epoch}"
    height = 170 + 26 * len(order)
    x = f"draws in the epoch for each {words.each} of the {words.one}"
    return finish(fig, title=title, x=x, y=words.axis, height=height)


def _expected_bars(
    labels: Labels, expected: np.ndarray, error: np.ndarray, order: np.ndarray
) -> go.Bar:
    """Expected draws per row of the classes in `order`, with their error."""
    rows = np.maximum(labels.counts, 1)
    return go.Bar(
        x=(expected / rows)[order],
        y=[labels.tick(c) for c in order],
        customdata=np.column_stack([expected, error])[order],
        orientation="h",
        name="expected, ± 2 standard errors",
        marker={"color": "rgba(0,114,178,0.5)", "line": {"width": 0}},
        error_x={"type": "data", "array": (error / rows)[order], "color": NEUTRAL},
        hovertemplate=f"<b>%{{y}}</b><br>expected per {labels.words.each}: %{{x:.3f}}<br>"
        "in total: %{customdata[0]:,.1f} ± %{customdata[1]:.1f}<extra></extra>",
    )


def _actual_marks(labels: Labels, actual: np.ndarray, order: np.ndarray) -> go.Scatter:
    """Actual draws per row of the classes in `order`."""
    rows = np.maximum(labels.counts, 1)
    return go.Scatter(
        x=(actual / rows)[order],
        y=[labels.tick(c) for c in order],
        customdata=actual[order],
        mode="markers",
        name="actual",
        marker={"symbol": "diamond", "size": 9, "color": WARM},
        hovertemplate=f"<b>%{{y}}</b><br>actual per {labels.words.each}: %{{x:.3f}}<br>"
        "in total: %{customdata:,.0f}<extra></extra>",
    )


def by_row(run: Run, epoch: int, bins: int = 50) -> go.Figure:
    """Density of the rows over expected and actual draws, with a band of two standard errors."""
    expected = np.asarray(run.signal("expected_draws", epoch), float)
    actual = np.asarray(run.signal("draws", epoch), float)
    grid = np.linspace(expected.min(), expected.max(), 50)
    fig = go.Figure(density(expected, actual, edges(expected, bins), whole_edges(actual, 40)))
    fig.update_traces(
        hovertemplate="expected about %{x:.2f}<br>drawn %{y:.0f}<br>"
        "%{customdata:,} rows<extra></extra>"
    )
    lines = [("expected = actual", grid, "dash")]
    if run.info.settings.training.resamples:
        error = 2 * standard_error(grid, int(actual.sum()))
        lines += [
            ("± 2 standard errors", grid + error, "dot"),
            ("− 2 standard errors", np.maximum(grid - error, 0), "dot"),
        ]
    for name, y, dash in lines:
        fig.add_scatter(
            x=grid, y=y, mode="lines", name=name, line={"color": WARM, "dash": dash, "width": 2},
            hoverinfo="skip", showlegend=not name.startswith("−"),
        )  # fmt: skip
    fig.update_layout(legend={"orientation": "h", "y": -0.2})
    title = f"Draws by row, epoch {epoch}"
    return finish(fig, title=title, x="expected draws", y="actual draws", height=440)
