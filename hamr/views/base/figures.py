"""What figures have in common: an axis of epochs, and their numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hamr.views.base.theme import WARM

BOX_FIELDS = ("lowerfence", "q1", "median", "q3", "upperfence")


def epoch_axis(fig: go.Figure, epochs: Sequence[int], epoch: int) -> None:
    """Whole epochs as ticks and a thin line at the chosen one, in every panel with marks."""
    ticks: dict[str, Any] = {"range": [epochs[0] - 0.5, epochs[-1] + 0.5]}
    if epochs[-1] - epochs[0] < 12:
        ticks["dtick"] = 1
    panels = sorted({(trace.xaxis or "x", trace.yaxis or "y") for trace in fig.data})
    # Shapes in one go: add_vline validates the whole figure again for each panel.
    lines = [
        {
            "type": "line",
            "xref": x,
            "yref": f"{y} domain",
            "x0": epoch,
            "x1": epoch,
            "y0": 0,
            "y1": 1,
            "line": {"color": WARM, "width": 1.2, "dash": "dash"},
        }
        for x, y in panels
    ]
    axes = {"xaxis", *(name for name in fig.layout if name.startswith("xaxis"))}
    fig.update_layout(
        overwrite=True,
        shapes=[*fig.layout.shapes, *lines],
        **{name: fig.layout[name].to_plotly_json() | ticks for name in axes},
    )


def cell_counts(
    fig: go.Figure,
    across: Sequence[str],
    down: Sequence[str],
    counts: np.ndarray,
    *,
    dark: np.ndarray,
) -> None:
    """Counts as text in a heat map's cells: white on dark ones, else the page's own colour."""
    for chosen, font in ((dark, {"color": "white"}), (~dark, {})):
        i, j = np.nonzero(chosen & (counts > 0))
        fig.add_scatter(
            x=[across[c] for c in j.tolist()],
            y=[down[c] for c in i.tolist()],
            text=[f"{counts[a, b]:,}" for a, b in zip(i.tolist(), j.tolist(), strict=True)],
            mode="text",
            textfont={"size": 11, **font},
            hoverinfo="skip",
            showlegend=False,
        )


def numbers(fig: go.Figure) -> pd.DataFrame:
    """The numbers behind a figure, one line a mark: series, x and y.

    Where a figure has panels, the trace's `meta` names its panel. Where they share a pair of
    axes, `meta` is {"panels": names}, and `customdata` has a mark's panel and own epoch and y.

    A heat map gives a line for each cell that is not empty, its value as `value`, or as
    `count` where its colour is the logarithm of a count, or as both where it is a share.
    """
    parts = [_heat(trace) if trace.type == "heatmap" else _marks(trace) for trace in fig.data]
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _heat(trace: go.Heatmap) -> pd.DataFrame:
    value = np.asarray(trace.z, float)
    i, j = np.nonzero(np.isfinite(value))
    frame = pd.DataFrame({"x": np.asarray(trace.x)[j], "y": np.asarray(trace.y)[i]})
    if trace.meta in ("log10 count", "share"):
        frame["count"] = np.asarray(trace.customdata)[i, j]
    if trace.meta != "log10 count":
        frame["value"] = value[i, j]
    return frame


def _marks(trace: Any) -> pd.DataFrame:
    if trace.hoverinfo == "skip" and trace.type != "box":
        return pd.DataFrame()  # ribbons and reference lines
    if trace.type == "box":
        return pd.DataFrame({"y": trace.y, **{name: trace[name] for name in BOX_FIELDS}})
    if isinstance(trace.meta, dict):
        return _in_panels(trace)
    panel = {"panel": trace.meta} if trace.meta else {}
    return pd.DataFrame({**panel, "series": trace.name, "x": trace.x, "y": trace.y})


def _in_panels(trace: Any) -> pd.DataFrame:
    place, epoch, y = np.asarray(trace.customdata, float).T
    marks = np.isfinite(epoch)  # between panels is a gap
    names = [trace.meta["panels"][i] for i in place[marks].astype(int)]
    epochs = epoch[marks].astype(int)
    return pd.DataFrame({"panel": names, "series": trace.name, "x": epochs, "y": y[marks]})
