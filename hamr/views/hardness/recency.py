"""Hard, or merely drawn a moment ago? Two figures and a stated rule.

Hardness is an EMA over a row's own visits, starting at 1. So a high value can stand on
many visits, on the last visit alone, or on little more than the start. With gamma the
share kept at each visit, v the visits and w the post-meta weight at the last visit:

    h_before    = (h - (1 - gamma) * w) / gamma     hardness without the last visit
    start_share = gamma^v                           how much of h is still the start

Without learned weights hardness averages what the fixed curve sigmoid(z) gives; there w is
2 * sigmoid(z) of the last visit, as a batch's mean of sigmoid(z) is close to one half.

A row is *hard* when it is among the hardest `hard_share`; none is where all are alike. Of
the hard rows,
- *few visits*: start_share is above one half;
- *only just drawn*: drawn in this epoch, and h_before is below the hard threshold;
- *well supported*: all others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from hamr.store import Run
from hamr.views.base.binning import density, edges, rank_correlation, whole_edges
from hamr.views.base.labels import Labels
from hamr.views.base.panes import axes_of, panes
from hamr.views.base.theme import ACCENT, NEUTRAL, OKABE_ITO, WARM, finish
from hamr.views.hardness.distribution import FLAT, hard_rows, threshold

NOT_HARD, SUPPORTED, JUST_DRAWN, FEW_VISITS = range(4)
READINGS = (
    "not hard",
    "hard, well supported",
    "hard only because just drawn",
    "hard, but few visits",
)
MEANINGS = {
    SUPPORTED: "would be hard without its last visit too: trust it",
    JUST_DRAWN: "its last visit alone lifts it over the threshold: wait for another visit",
    FEW_VISITS: "more than half of its hardness is still the start value: too early to say",
}


def steps_since(run: Run, epoch: int) -> np.ndarray:
    """Steps from a row's last draw to the epoch's end, [N] float64; NaN if never drawn."""
    step = next(s["step"] for s in run.scalars() if s["epoch"] == epoch)
    last = run.signal("last_step", epoch)
    return np.where(last >= 0, step - last, np.nan).astype(float)


def readings(run: Run, epoch: int) -> np.ndarray:
    """One of the four READINGS for each row, [N] int8; the rule stands in the module's head."""
    settings = run.info.settings.training
    hardness = np.asarray(run.signal("hardness", epoch), float)
    if settings.learns_weights:
        weight = np.asarray(run.signal("post_last", epoch), float)
    else:
        z = np.asarray(run.signal("z_last", epoch), float)
        weight = np.clip(2 / (1 + np.exp(-z)), settings.weight_low, settings.weight_high)
    # The last visit may lie epochs back; only one in this epoch makes a row "just drawn".
    weight[run.signal("draws", epoch) == 0] = np.nan
    visits = run.signal("visits", epoch)
    return classify(hardness, weight, visits, settings.gamma, settings.hard_share)


def classify(
    hardness: np.ndarray,
    last_weight: np.ndarray,
    visits: np.ndarray,
    gamma: float,
    hard_share: float,
) -> np.ndarray:
    """The rule itself, over arrays [N]; `last_weight` is NaN for rows not drawn in the epoch.

    With gamma = 0 a hardness is its last visit and nothing else, so every hard row that
    was drawn in the epoch reads *only just drawn*.
    """
    if np.ptp(hardness) < FLAT:
        return np.full(len(hardness), NOT_HARD, np.int8)
    hard = hard_rows(hardness, hard_share)
    limit = hardness[hard].min()
    drawn = np.isfinite(last_weight)
    if gamma > 0:
        before = (hardness - (1 - gamma) * np.where(drawn, last_weight, 0.0)) / gamma
        lifted = drawn & (before < limit)
    else:
        lifted = drawn
    result = np.where(hard, SUPPORTED, NOT_HARD)
    result[hard & lifted] = JUST_DRAWN
    result[hard & (np.power(float(gamma), visits) > 0.5)] = FEW_VISITS
    return result.astype(np.int8)


def visits_needed(gamma: float) -> int:
    """The visits after which at most half of a hardness is still the start value."""
    return math.ceil(math.log(0.5) / math.log(gamma)) if gamma > 0 else 1


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


def readings_by_class(run: Run, epoch: int, limit: int = 40) -> go.Figure:
    """Stacked bars: how the hard rows of each class read, most hard rows on top."""
    reading, labels = readings(run, epoch), Labels.of(run)
    kinds = (SUPPORTED, JUST_DRAWN, FEW_VISITS)
    counts = {
        kind: np.bincount(labels.rows[reading == kind], minlength=len(labels)) for kind in kinds
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
            name=READINGS[kind],
            marker={"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay"}},
            hovertemplate=f"<b>%{{y}}</b><br>%{{x:,}} {labels.words.unit} "
            + READINGS[kind]
            + "<extra></extra>",
        )
    fig.update_layout(
        barmode="stack", legend={"orientation": "h", "y": -0.2, "traceorder": "normal"}
    )
    words, title = labels.words, f"How the hard {labels.words.unit} read, epoch {epoch}"
    height = 150 + 24 * len(order)
    return finish(fig, title=title, x=f"hard {words.unit}", y=words.axis, height=height)


def reading_counts(run: Run, epoch: int) -> dict[str, int]:
    """How many rows there are of each reading, by its name."""
    counts = np.bincount(readings(run, epoch), minlength=len(READINGS))
    return {name: int(counts[kind]) for kind, name in enumerate(READINGS)}
