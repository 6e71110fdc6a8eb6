"""The probabilities of a text's classes as bars, before and after it was changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from hamr.views.base.theme import ACCENT, NEUTRAL, finish, safe

MOST = 8  # classes, the most probable ones before or after
BAR, AROUND = 34, 110  # pixels
NOW, BEFORE = "now", "before the change"


def probability_bars(
    names: Sequence[str], now: np.ndarray, before: np.ndarray | None, *, axis: str
) -> go.Figure:
    """The most probable of `names`, with their probabilities [C] now and before, if it is known."""
    highest = now if before is None else np.maximum(now, before)
    best = np.argsort(-highest, kind="stable")[:MOST]
    best = best[np.argsort(-now[best], kind="stable")]
    shown = [safe(names[number], 40) for number in best.tolist()]
    shown = [f"{name} ({number})" if shown.count(name) > 1 else name
             for name, number in zip(shown, best.tolist(), strict=True)]  # fmt: skip
    fig = go.Figure()
    if before is not None:
        _add(fig, BEFORE, shown, before[best], {"color": NEUTRAL, "pattern": {"shape": "/"}})
    _add(fig, NOW, shown, now[best], {"color": ACCENT})
    # Plotly draws the first at the bottom, and of a group too.
    fig.update_yaxes(autorange="reversed", ticks="")
    # Room for "99.3 %" beside a full bar, in a chart whose names leave it 140 pixels.
    fig.update_xaxes(range=[0, 150], tickvals=[0, 25, 50, 75, 100])
    fig.update_layout(barmode="group", bargap=0.25, showlegend=before is not None)
    fig.update_layout(legend={"orientation": "h", "y": -0.25, "yanchor": "top", "x": 0})
    lines = len(shown) * (1 if before is None else 1.6)
    title = f"The {len(shown)} most probable of {len(names)}" if len(shown) < len(names) else ""
    return finish(
        fig,
        title=title or "Probabilities",
        x="probability, %",
        y=axis,
        height=int(AROUND + BAR * lines),
    )


def _add(fig: go.Figure, name: str, shown: list[str], values: np.ndarray, marker: object) -> None:
    percent = 100 * values.astype(float)
    fig.add_bar(
        name=name,
        y=shown,
        x=percent,
        orientation="h",
        marker=marker,
        text=[percentage(value) for value in values.tolist()],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.2f} %<extra></extra>",
    )


def percentage(share: float) -> str:
    """A probability in words: "71 %", "0.4 %", "<0.1 %"."""
    percent = 100 * share
    if percent < 0.1:
        return "<0.1 %"
    if percent > 99.9:
        return ">99.9 %"
    return f"{percent:.1f} %" if percent < 10 or percent > 99 else f"{percent:.0f} %"
