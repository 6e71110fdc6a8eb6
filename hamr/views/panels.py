"""Small multiples: F1 of each class over the epochs, a small chart for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from hamr.store import Run
from hamr.views.binning import spread
from hamr.views.classes import REFRESH, f1_over_epochs, macro_over_epochs, refreshes
from hamr.views.theme import ACCENT, NEUTRAL, WARM, finish, safe

MOST_PANELS = 24  # small multiples that stay readable in one figure
COLUMNS = 4
PANEL = 150  # pixels of a panel's height, its title and the gap below included
INNER = (0.90, 0.72)  # the share of a cell's width and height that the axes fill


def class_panels(run: Run, epoch: int, classes: Sequence[int]) -> go.Figure:
    """A small chart of F1 over the epochs for each class, in the order given.

    The macro mean stands in grey in each; triangles mark where the boost was refreshed.
    The figure is put together as plain dictionaries: adding to a figure of 28 axes bit by
    bit takes a second, and axes that fit their own margins take the browser as long again.
    """
    classes = list(classes)[:MOST_PANELS]
    epochs = spread(run.epochs(), epoch)
    scores, macro = f1_over_epochs(run, epochs), macro_over_epochs(run, epochs)
    support, names = run.array("support", epochs[-1]), run.classes
    marks = [e for e in refreshes(run) if e in epochs]
    traces: list[dict[str, Any]] = []
    for i, c in enumerate(classes):
        panel: dict[str, Any] = {"xaxis": _axis("x", i), "yaxis": _axis("y", i), "meta": names[c]}
        panel["showlegend"] = i == 0
        hover = f"{safe(names[c], 40)}<br>epoch %{{x}}: F1 %{{y:.3f}}<extra></extra>"
        lines = [_macro_line(epochs, macro), _class_line(epochs, scores[:, c].round(4), hover)]
        lines += [_refresh_marks(marks)] if marks else []
        traces += [{**line, **panel} for line in lines]
    titles = [f"{safe(names[c], 24)} · {support[c]:,}" for c in classes]
    return go.Figure({"data": traces, "layout": _layout(titles, epochs, epoch)})


def _refresh_marks(marks: Sequence[int]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": list(marks),
        "y": [-0.03] * len(marks),
        "name": "boost refreshed",
        "legendgroup": "refresh",
        "mode": "markers",
        "marker": {"symbol": "triangle-up", "size": 7, "color": REFRESH},
        "hovertemplate": "boost refreshed after epoch %{x}<extra></extra>",
    }


def _axis(letter: str, i: int) -> str:
    return letter if i == 0 else f"{letter}{i + 1}"


def _macro_line(epochs: Sequence[int], macro: Sequence[float]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": list(epochs),
        "y": list(macro),
        "name": "macro-F1",
        "legendgroup": "macro",
        "mode": "lines",
        "line": {"color": NEUTRAL, "width": 1.5, "dash": "dot"},
        "hovertemplate": "macro-F1 %{y:.3f}<extra></extra>",
    }


def _class_line(epochs: Sequence[int], f1: np.ndarray, hover: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": list(epochs),
        "y": f1,
        "name": "F1 of the class",
        "legendgroup": "class",
        "mode": "lines+markers",
        "line": {"color": ACCENT, "width": 2},
        "marker": {"size": 4},
        "hovertemplate": hover,
    }


def _layout(titles: Sequence[str], epochs: Sequence[int], epoch: int) -> dict[str, Any]:
    rows = -(-len(titles) // COLUMNS)
    title = "F1 of each class on validation, rarest first"
    base = finish(go.Figure(), title=title, x="", y="", height=130 + PANEL * rows)
    layout = base.layout.to_plotly_json() | {"annotations": [], "shapes": []}
    for i, text in enumerate(titles):
        left, bottom = (i % COLUMNS) / COLUMNS, 1 - (i // COLUMNS + 1) / rows
        right, top = left + INNER[0] / COLUMNS, bottom + INNER[1] / rows
        x, y = _axis("x", i), _axis("y", i)
        lowest = i + COLUMNS >= len(titles)
        layout[x.replace("x", "xaxis")] = {
            "domain": [left, right],
            "anchor": y,
            "range": [epochs[0] - 0.5, epochs[-1] + 0.5],
            "nticks": 6,
            "tickformat": "d",
            "showticklabels": lowest,
            "title": {"text": "epoch" if lowest else "", "standoff": 4},
        }
        layout[y.replace("y", "yaxis")] = {
            "domain": [bottom, top],
            "anchor": x,
            "range": [-0.06, 1.03],
            "dtick": 0.5,
            "showticklabels": i % COLUMNS == 0,
            "title": {"text": "F1" if i % COLUMNS == 0 else ""},
        }
        layout["annotations"].append(_panel_title(text, (left + right) / 2, top))
        layout["shapes"].append(_epoch_line(f"{x}", f"{y} domain", epoch))
    return layout | {
        "margin": {"l": 56, "r": 8, "t": 64, "b": 90},
        "legend": {"orientation": "h", "x": 0, "y": -54 / (PANEL * rows), "yanchor": "top"},
    }


def _panel_title(text: str, x: float, y: float) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "xanchor": "center", "yanchor": "bottom"}
    return {"text": text, "x": x, "y": y, "showarrow": False, "font": {"size": 12}, **place}


def _epoch_line(xref: str, yref: str, epoch: int) -> dict[str, Any]:
    line = {"color": WARM, "width": 1.2, "dash": "dash"}
    ends = {"x0": epoch, "x1": epoch, "y0": 0, "y1": 1}
    return {"type": "line", "xref": xref, "yref": yref, "line": line, **ends}
