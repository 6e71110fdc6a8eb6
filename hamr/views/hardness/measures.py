"""One measure of difficulty against another, row by row, and all against all.

Axes: N training rows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hamr.difficulty import MEASURES, correlation
from hamr.store import Run
from hamr.views.base.binning import density, edges
from hamr.views.base.row_measures import correlations, percentile_of, row_measures
from hamr.views.base.theme import ACCENT, WARM, finish, safe

MOST_POINTS = 2_000  # rows that are drawn one by one; more are counted in cells
CELLS = 50
LISTED = 100  # rows that differ most


def rank_scatter(run: Run, epoch: int, first: str, second: str) -> go.Figure:
    """Percentiles of all rows by two measures, 100 the hardest; rho is Spearman's."""
    found = row_measures(run, epoch)
    x, y = percentile_of(found, first), percentile_of(found, second)
    titles = [MEASURES[name].title for name in (first, second)]
    fig = go.Figure(_density(x, y, titles) if len(x) > MOST_POINTS else _points(run, x, y, titles))
    line = {"color": WARM, "width": 2, "dash": "dash"}
    fig.add_shape(type="line", x0=0, y0=0, x1=100, y1=100, line=line)
    rho = correlation(x, y)
    known = "" if np.isnan(rho) else f", Spearman's ρ = {rho:+.2f}"
    return finish(
        fig,
        title=f"{titles[1][0].upper()}{titles[1][1:]} against {titles[0]}, epoch {epoch}{known}",
        x=f"hardest by {titles[0]}: percentile of the rows",
        y=f"hardest by {titles[1]}: percentile",
        height=500,
    )


def _density(x: np.ndarray, y: np.ndarray, titles: list[str]) -> go.Heatmap:
    cells = edges(np.array([0.0, 100.0]), CELLS)
    heat = density(x, y, cells, cells)
    heat.hovertemplate = (
        f"{titles[0]} %{{x:.0f}}, {titles[1]} %{{y:.0f}}: %{{customdata:,}} rows<extra></extra>"
    )
    return heat


def _points(run: Run, x: np.ndarray, y: np.ndarray, titles: list[str]) -> go.Scatter:
    return go.Scatter(
        x=x.round(1),
        y=y.round(1),
        mode="markers",
        name="rows",
        text=[safe(text, 80) for text in run.rows().texts(np.arange(len(x)))],
        marker={"size": 5, "color": ACCENT, "opacity": 0.5},
        hovertemplate=f"%{{text}}<br>{titles[0]} %{{x:.0f}}, {titles[1]} %{{y:.0f}}<extra></extra>",
    )


def far_apart(run: Run, epoch: int, first: str, second: str) -> pd.DataFrame:
    """The rows whose percentiles by two measures differ most, the widest gap first."""
    found = row_measures(run, epoch)
    x, y = percentile_of(found, first), percentile_of(found, second)
    gap = y - x
    rows = np.argsort(-np.abs(gap), kind="stable")[:LISTED]
    frame = run.rows().frame(rows)
    for name, places in ((first, x), (second, y)):
        title = MEASURES[name].title
        frame[f"{title} percentile"] = places[rows].round(1)
        frame[title] = found[name][rows].round(4)
    frame["difference"] = gap[rows].round(1)
    return frame


def correlation_table(run: Run, epoch: int) -> pd.DataFrame:
    """Rank correlations between all measures, each with the sign that puts hard rows highest."""
    found = row_measures(run, epoch)
    titles = [MEASURES[name].title for name in found]
    table = pd.DataFrame(correlations(found).round(3), columns=titles)
    table.insert(0, "measure", titles)
    return table
