"""Figures of hardness against recency and visits; the rule is in `hamr.views.base.recency`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from hamr.difficulty import rank_correlation
from hamr.store import Run
from hamr.views.base.binning import density, edges, whole_edges
from hamr.views.base.hard_rows import threshold
from hamr.views.base.labels import Labels
from hamr.views.base.panes import axes_of, panes
from hamr.views.base.recency import (
    FEW_VISITS,
    JUST_DRAWN,
    SUPPORT_NAMES,
    SUPPORTED,
    steps_since,
    support,
)
from hamr.views.base.theme import ACCENT, NEUTRAL, OKABE_ITO, WARM, finish


def recency_correlations(run: Run, epoch: int) -> tuple[float, float]:
    """Rank correlation of hardness with steps since last seen, and with visits."""
    hardness = run.signal("hardness", epoch)
    since, visits = steps_since(run, epoch), run.signal("visits", epoch)
    return rank_correlation(hardness, since), rank_correlation(hardness, visits)


def recency_density(run: Run, epoch: int, bins: int = 44) -> go.Figure:
    """Two heat maps: hardness against steps since last seen, and against visits."""
    hardness = np.asarray(run.signal("hardness", epoch), float)
    since, visits = steps_since(run, epoch), np.asarray(run.signal("visits", epoch), float)
    drawn = np.isfinite(since)
    y_edges = edges(hardness, bins)
    maps = (
        density(since[drawn], hardness[drawn], whole_edges(since[drawn], bins), y_edges),
        density(visits, hardness, whole_edges(visits, bins), y_edges),
    )
    for pane, (heat, what) in enumerate(zip(maps, ("last seen", "visits"), strict=True), 1):
        heat.update(
            hovertemplate=f"{what} %{{x:,.0f}}<br>hardness %{{y:.3f}}<br>%{{customdata:,}} rows"
            "<extra></extra>",
            coloraxis="coloraxis",
            **axes_of(pane),
        )
    fig = go.Figure(list(maps), panes((1,), (1, 1), gaps=(0.04, 0), share="y"))
    level = {"type": "line", "x0": 0, "x1": 1, "y0": threshold(run, epoch)}
    level |= {"y1": level["y0"], "line": {"color": WARM, "width": 1.5, "dash": "dash"}}
    fig.update_layout(
        shapes=[{**level, "xref": f"{x} domain", "yref": y} for x, y in (("x", "y"), ("x2", "y2"))],
        coloraxis=_one_scale(maps),
    )
    title = f"Hardness against recency and visits, epoch {epoch}"
    fig = finish(fig, title=title, x="last seen (steps ago)", y="hardness", height=400)
    return fig.update_layout(xaxis2_title_text="visits (draws since the start)")


def _one_scale(maps: Sequence[go.Heatmap]) -> dict[str, Any]:
    """The colours of the heat map that counts higher, for all of them."""
    top = max(maps, key=lambda heat: heat.zmax)
    return {
        "colorscale": top.colorscale,
        "cmin": 0,
        "cmax": top.zmax,
        "colorbar": top.colorbar.to_plotly_json(),
    }


def support_by_class(run: Run, epoch: int, limit: int = 40) -> go.Figure:
    """Stacked bars: the hard rows of each class by support, most hard rows on top."""
    of_rows, labels = support(run, epoch), Labels.of(run)
    kinds = (SUPPORTED, JUST_DRAWN, FEW_VISITS)
    counts = {
        kind: np.bincount(labels.rows[of_rows == kind], minlength=len(labels)) for kind in kinds
    }
    total = sum(counts.values())
    order = np.argsort(-total, kind="stable")[:limit][::-1]
    names = [labels.tick(c) for c in order]
    looks = {
        SUPPORTED: (ACCENT, ""),
        JUST_DRAWN: (OKABE_ITO[1], "/"),
        FEW_VISITS: (NEUTRAL, "."),
    }
    fig = go.Figure()
    for kind in kinds:
        colour, pattern = looks[kind]
        fig.add_bar(
            x=counts[kind][order],
            y=names,
            orientation="h",
            name=SUPPORT_NAMES[kind],
            marker={"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay"}},
            hovertemplate=f"<b>%{{y}}</b><br>%{{x:,}} {labels.words.unit} "
            + SUPPORT_NAMES[kind]
            + "<extra></extra>",
        )
    fig.update_layout(
        barmode="stack", legend={"orientation": "h", "y": -0.2, "traceorder": "normal"}
    )
    words, title = labels.words, f"Support of the hard {labels.words.unit}, epoch {epoch}"
    height = 150 + 24 * len(order)
    return finish(fig, title=title, x=f"hard {words.unit}", y=words.axis, height=height)


def support_counts(run: Run, epoch: int) -> dict[str, int]:
    """How many rows have each kind of support, by its name."""
    counts = np.bincount(support(run, epoch), minlength=len(SUPPORT_NAMES))
    return {name: int(counts[kind]) for kind, name in enumerate(SUPPORT_NAMES)}
