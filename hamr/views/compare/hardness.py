"""The hardness of each training row in one run against another run.

Axes: N training rows, the same for both runs.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hamr.difficulty import FLAT, percentile, rank_correlation
from hamr.store import Run
from hamr.views.base.binning import density, edges
from hamr.views.base.theme import ACCENT, WARM, finish, safe

MOST_POINTS = 2_000  # rows that are drawn one by one; more are counted in cells
CELLS = 60


def hardness(run: Run, epoch: int) -> np.ndarray:
    """EMA hardness of the training rows at the epoch, [N] float64."""
    return np.asarray(run.signal("hardness", epoch), float)


def is_flat(run: Run, epoch: int) -> bool:
    """Whether all rows are equally hard, as for methods that learn no hardness."""
    return bool(np.ptp(run.signal("hardness", epoch)) < FLAT)


def scatter(a: Run, b: Run, epoch_a: int, epoch_b: int, percent: bool) -> go.Figure:
    """Hardness of every row in run A against run B; rho is Spearman's."""
    x, y = hardness(a, epoch_a), hardness(b, epoch_b)
    rho = rank_correlation(x, y)
    if percent:
        x, y = percentile(x), percentile(y)
    fig = go.Figure()
    if len(x) > MOST_POINTS:
        fig.add_trace(density(x, y, edges(x, CELLS), edges(y, CELLS)))
        fig.data[0].hovertemplate = "A %{x:.2f}, B %{y:.2f}: %{customdata:,} rows<extra></extra>"
    else:
        every = np.arange(len(x))
        fig.add_scatter(
            x=x.round(4), y=y.round(4), mode="markers", name="rows",
            text=[safe(text, 80) for text in a.rows().texts(every)],
            marker={"size": 5, "color": ACCENT, "opacity": 0.5},
            hovertemplate="%{text}<br>A %{x:.3f}, B %{y:.3f}<extra></extra>",
        )  # fmt: skip
    low, high = max(x.min(), y.min()), min(x.max(), y.max())
    line = {"color": WARM, "width": 2, "dash": "dash"}
    fig.add_shape(type="line", x0=low, y0=low, x1=high, y1=high, line=line)
    unit = "hardness, percentile of the rows" if percent else "hardness (1 = start)"
    fig = finish(
        fig, title=f"Hardness of {len(x):,} training rows, Spearman's ρ = {rho:.3f}",
        x=f"A: {unit}, epoch {epoch_a}", y=f"B: {unit}, epoch {epoch_b}", height=560,
    )  # fmt: skip
    return fig


def far_apart(a: Run, b: Run, epoch_a: int, epoch_b: int, limit: int = 100) -> pd.DataFrame:
    """The rows whose percentiles of hardness differ most, the widest gap first."""
    x, y = hardness(a, epoch_a), hardness(b, epoch_b)
    left, right = percentile(x), percentile(y)
    gap = right - left
    rows = np.argsort(-np.abs(gap), kind="stable")[:limit]
    frame = a.rows().frame(rows)
    frame["hardness A"], frame["hardness B"] = x[rows].round(4), y[rows].round(4)
    frame["percentile A"], frame["percentile B"] = left[rows].round(1), right[rows].round(1)
    frame["B - A"] = gap[rows].round(1)
    return frame
