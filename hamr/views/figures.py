"""What figures have in common: an axis of epochs, and their numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hamr.views.theme import WARM

BOX_FIELDS = ("lowerfence", "q1", "median", "q3", "upperfence")


def epoch_axis(fig: go.Figure, epochs: Sequence[int], epoch: int, **place: Any) -> None:
    """Whole epochs as ticks, and a thin line at the chosen one; in (row, col) or everywhere."""
    if epochs[-1] - epochs[0] < 12:
        fig.update_xaxes(dtick=1, **place)
    fig.update_xaxes(range=[epochs[0] - 0.5, epochs[-1] + 0.5], **place)
    fig.add_vline(x=epoch, line={"color": WARM, "width": 1.2, "dash": "dash"}, **place)


def numbers(fig: go.Figure) -> pd.DataFrame:
    """The numbers behind a figure, one line a mark: series, x, y, and what else it has.

    A heat map gives a line for each cell that is not empty, its value as `value`, or as
    `count` where its colour is the logarithm of a count.
    """
    parts = [_heat(trace) if trace.type == "heatmap" else _marks(trace) for trace in fig.data]
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _heat(trace: go.Heatmap) -> pd.DataFrame:
    value = np.asarray(trace.z, float)
    i, j = np.nonzero(np.isfinite(value))
    counted = trace.meta == "log10 count"
    shown = np.asarray(trace.customdata) if counted else value
    return pd.DataFrame(
        {
            "x": np.asarray(trace.x)[j],
            "y": np.asarray(trace.y)[i],
            "count" if counted else "value": shown[i, j],
        }
    )


def _marks(trace: Any) -> pd.DataFrame:
    if trace.hoverinfo == "skip" and trace.type != "box":
        return pd.DataFrame()  # ribbons and reference lines
    if trace.type == "box":
        return pd.DataFrame({"y": trace.y, **{name: trace[name] for name in BOX_FIELDS}})
    return pd.DataFrame({"series": trace.name, "x": trace.x, "y": trace.y})
