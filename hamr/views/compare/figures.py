"""Scores as charts: dots with intervals, and F1 of each class as a heat table."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from hamr.views.base.labels import tick
from hamr.views.base.theme import ACCENT, OKABE_ITO, SEQUENTIAL, finish, safe
from hamr.views.compare.scores import MACRO, Scores, cell

NAME = "method or configuration"  # on axes and above columns
MOST_CELLS = 12  # configurations up to which scores are written into the cells
LIGHT = 0.6  # from this F1 on Viridis is so light that dark text reads better


def _named(scores: Scores) -> list[str]:
    """The configurations with their numbers of seeds: "HAMR (3 seeds)"."""
    return [
        f"{safe(name, 60)} ({len(seeds)} seed{'' if len(seeds) == 1 else 's'})"
        for name, seeds in zip(scores.configurations, scores.seeds, strict=True)
    ]


def dots(scores: Scores, k: int = 0) -> go.Figure:
    """One score of every configuration: a dot at the mean and its 95 % interval, within [0, 1].

    Circles have intervals over seeds, diamonds, of one seed, over resampled rows.
    """
    mean = scores.mean[:, k]
    low, high = np.clip(scores.low[:, k], 0, 1), np.clip(scores.high[:, k], 0, 1)
    names = _named(scores)
    fig = go.Figure()
    looks = ((False, "over seeds", "circle", ACCENT), (True, "over rows", "diamond", OKABE_ITO[1]))
    for resampled, what, mark, colour in looks:
        chosen = np.flatnonzero((np.array(scores.resampled) == resampled) & np.isfinite(mean))
        if not len(chosen):
            continue
        fig.add_scatter(
            x=mean[chosen].round(4),
            y=[names[a] for a in chosen],
            customdata=np.column_stack([low[chosen], high[chosen]]).round(4),
            error_x={
                "array": np.nan_to_num(high - mean)[chosen],
                "arrayminus": np.nan_to_num(mean - low)[chosen],
                "thickness": 2,
                "width": 6,
            },
            mode="markers",
            marker={"color": colour, "symbol": mark, "size": 11},
            name=f"interval {what}",
            hovertemplate="<b>%{y}</b><br>%{x:.3f}, 95 % interval %{customdata[0]:.3f} – "
            "%{customdata[1]:.3f}<extra></extra>",
        )
    fig.update_yaxes(categoryorder="array", categoryarray=names[::-1])
    what = MACRO if k == 0 else f"F1 of {tick(scores.names[k - 1], scores.counts[k - 1])}"
    fig.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    title = f"{what} on {scores.split}"
    fig = finish(
        fig, title=title, x="F1 (0 to 1)" if k else "macro-F1 (0 to 1)", y=NAME,
        height=150 + 34 * len(names),
    )  # fmt: skip
    return fig.update_layout(margin={"t": 84}, showlegend=True)


def heat(scores: Scores) -> go.Figure:
    """F1 of each class and configuration as a heat map, rarest class on top; the best in bold."""
    mean = scores.mean[:, 1:].T  # [C, A]
    across = [safe(name, 60) for name in scores.configurations]
    pairs = zip(scores.names, scores.counts, strict=True)
    down = [tick(name, count) for name, count in pairs]
    cells = np.array(
        [[cell(scores, a, k + 1) for a in range(len(across))] for k in range(len(down))]
    )
    fig = go.Figure(
        go.Heatmap(
            x=across,
            y=down,
            z=mean.round(4),
            zmin=0,
            zmax=1,
            customdata=cells,
            colorscale=SEQUENTIAL,
            xgap=2,
            ygap=2,
            hoverongaps=False,
            colorbar={"title": {"text": "F1"}, "thickness": 12},
            hovertemplate="<b>%{y}</b><br>%{x}: %{customdata}<extra></extra>",
        )
    )
    if len(across) <= MOST_CELLS:
        _write(fig, scores, across, down)
    fig.update_xaxes(showgrid=False, side="bottom")
    fig.update_yaxes(autorange="reversed", showgrid=False)
    title = f"F1 of each {scores.one} on {scores.split}, rarest first"
    y = f"{scores.one} (training {scores.unit})"
    return finish(fig, title=title, x=NAME, y=y, height=170 + 27 * len(down))


def _write(fig: go.Figure, scores: Scores, across: list[str], down: list[str]) -> None:
    """The means into the cells; Viridis turns light above the middle."""
    mean, best = scores.mean[:, 1:].T, scores.best()[:, 1:].T
    for light in (False, True):
        i, j = np.nonzero(np.isfinite(mean) & ((mean > LIGHT) == light))
        texts = [f"{mean[a, b]:.3f}" for a, b in zip(i, j, strict=True)]
        bold = best[i, j]
        fig.add_scatter(
            x=[across[b] for b in j],
            y=[down[a] for a in i],
            text=[f"<b>{t}</b>" if b else t for t, b in zip(texts, bold, strict=True)],
            mode="text",
            textfont={"size": 12, "color": "#1a1a1a" if light else "white"},
            hoverinfo="skip",
            showlegend=False,
        )
