"""Small multiples: F1 of each class over the epochs, a small chart for each.

All of them share one pair of axes, side by side in its coordinates: a browser needs more
than a second for a pair of axes each. A point's own class, epoch and F1 are in `customdata`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from hamr.store import Run
from hamr.views.base.binning import spread
from hamr.views.base.labels import Scored
from hamr.views.base.theme import ACCENT, NEUTRAL, WARM, finish, safe
from hamr.views.per_class_f1.scores import REFRESH, f1_over_epochs, macro_over_epochs, refreshes

MOST_PANELS = 24  # small multiples that stay readable in one figure
COLUMNS = 4
PANEL = 150  # pixels of a panel's height, its title and the gap below included
INNER = (0.90, 0.72)  # the share of a cell's width and height that its panel fills
LOW, HIGH = -0.06, 1.03  # F1 at a panel's lower and upper edge
MOST_TICKS = 6
MOST_MARKED = 30  # epochs up to which each gets a dot; a browser draws them one by one
GRID = "rgba(128,128,128,0.28)"  # seen on both themes, and behind the curves


@dataclass(frozen=True)
class Cells:
    """Where panels lie in the common axes: a cell is 1 wide and 1 high, the first top left."""

    count: int
    first: int  # epoch
    last: int

    @property
    def rows(self) -> int:
        return -(-self.count // COLUMNS)

    def x(self, panel: int, epochs: Any) -> np.ndarray:
        """Epochs of a panel as x."""
        share = (np.asarray(epochs, float) - self.first + 0.5) / (self.last - self.first + 1)
        return panel % COLUMNS + INNER[0] * share

    def y(self, panel: int, f1: Any) -> np.ndarray:
        """F1 in a panel as y."""
        share = (np.asarray(f1, float) - LOW) / (HIGH - LOW)
        return self.rows - 1 - panel // COLUMNS + INNER[1] * share

    def edges(self, panel: int) -> tuple[float, float]:
        """The x of a panel's left and right edge."""
        return panel % COLUMNS, panel % COLUMNS + INNER[0]

    def lowest(self) -> range:
        """The panels with none below them."""
        return range(max(0, self.count - COLUMNS), self.count)


def class_panels(run: Run, epoch: int, classes: Sequence[int]) -> go.Figure:
    """A small chart of F1 over the epochs for each class, in the order given.

    Each shows the macro mean in grey; triangles mark where the boost was refreshed.
    """
    classes = list(classes)[:MOST_PANELS]
    epochs = spread(run.epochs(), epoch)
    scores, macro = f1_over_epochs(run, epochs), macro_over_epochs(run, epochs)
    marks = [e for e in refreshes(run) if e in epochs]
    support, every = run.array("support", epochs[-1])[classes], run.classes
    names = [every[c] for c in classes]
    cells, one = Cells(len(classes), epochs[0], epochs[-1]), Scored.of(run).one
    titles = [f"{safe(name, 24)} · {rows:,}" for name, rows in zip(names, support, strict=True)]
    mode = "lines+markers" if len(epochs) <= MOST_MARKED else "lines"
    curves = [
        _MACRO | _points(cells, names, epochs, [macro] * len(names)),
        _CLASS
        | {"mode": mode, "name": f"F1 of the {one}"}
        | _points(cells, names, epochs, [scores[:, c] for c in classes]),
    ]
    if marks:
        curves.append(_MARKS | _points(cells, names, marks, [[-0.03] * len(marks)] * len(names)))
    traces = [_grid(cells), *curves, _chosen(cells, epoch), _titles(cells, titles), _ticks(cells)]
    title = f"F1 of each {one} on validation, rarest first"
    fig = go.Figure(traces)
    finish(fig, title=title, x="epoch", y="F1", height=130 + PANEL * cells.rows)
    return fig.update_layout(overwrite=True, **_layout(cells))


_MACRO = {
    "type": "scatter",
    "name": "macro-F1",
    "mode": "lines",
    "line": {"color": NEUTRAL, "width": 1.5, "dash": "dot"},
    "hovertemplate": "epoch %{customdata[1]}: macro-F1 %{customdata[2]:.3f}<extra></extra>",
}
_CLASS = {
    "type": "scatter",
    "name": "F1 of the class",
    "line": {"color": ACCENT, "width": 2},
    "marker": {"size": 4},
    "hovertemplate": "%{text}<br>epoch %{customdata[1]}: F1 %{customdata[2]:.3f}<extra></extra>",
}
_MARKS = {
    "type": "scatter",
    "name": "boost refreshed",
    "mode": "markers",
    "marker": {"symbol": "triangle-up", "size": 7, "color": REFRESH},
    "hovertemplate": "boost refreshed after epoch %{customdata[1]}<extra></extra>",
}
_BACKGROUND = {"type": "scatter", "hoverinfo": "skip", "showlegend": False}


def _points(
    cells: Cells, names: Sequence[str], epochs: Sequence[int], values: Sequence[Any]
) -> dict[str, Any]:
    """One trace's points in every panel, and a gap behind each: `values` is [panels][E]."""
    gapped = [*epochs, np.nan]
    table = [np.array([*own, np.nan], float).round(4) for own in values]
    panels = range(len(names))
    place = np.repeat(np.arange(len(names)), len(gapped))
    return {
        "x": np.concatenate([cells.x(i, gapped) for i in panels]),
        "y": np.concatenate([cells.y(i, table[i]) for i in panels]),
        "customdata": np.column_stack([place, np.tile(gapped, len(names)), np.concatenate(table)]),
        "text": [safe(name, 40) for name in names for _ in gapped],
        "meta": {"panels": list(names)},
    }


def _segments(ends: Sequence[tuple[Any, Any, Any, Any]]) -> dict[str, Any]:
    """Straight lines as one trace, from (x0, y0, x1, y1) each."""
    x = [value for x0, _, x1, _ in ends for value in (x0, x1, None)]
    y = [value for _, y0, _, y1 in ends for value in (y0, y1, None)]
    return {**_BACKGROUND, "mode": "lines", "x": x, "y": y}


def _grid(cells: Cells) -> dict[str, Any]:
    """Lines at an F1 of 0, 0.5 and 1 in every panel."""
    lines = []
    for i in range(cells.count):
        left, right = cells.edges(i)
        lines += [(left, y, right, y) for y in cells.y(i, [0, 0.5, 1]).tolist()]
    return _segments(lines) | {"line": {"color": GRID, "width": 1}}


def _chosen(cells: Cells, epoch: int) -> dict[str, Any]:
    """The dashed line at the chosen epoch in every panel."""
    lines = []
    for i in range(cells.count):
        x, (low, high) = float(cells.x(i, epoch)), cells.y(i, [LOW, HIGH]).tolist()
        lines.append((x, low, x, high))
    return _segments(lines) | {"line": {"color": WARM, "width": 1.2, "dash": "dash"}}


def _titles(cells: Cells, titles: Sequence[str]) -> dict[str, Any]:
    panels = range(cells.count)
    return {
        **_BACKGROUND,
        "mode": "text",
        "x": [sum(cells.edges(i)) / 2 for i in panels],
        "y": [float(cells.y(i, HIGH)) for i in panels],
        "text": list(titles),
        "textposition": "top center",
        "textfont": {"size": 12},
    }


def _ticks(cells: Cells) -> dict[str, Any]:
    """The epochs' numbers below the panels that have no other below them."""
    epochs = whole_ticks(cells.first, cells.last)
    return {
        **_BACKGROUND,
        "mode": "text",
        "x": [x for i in cells.lowest() for x in cells.x(i, epochs).tolist()],
        "y": [float(cells.y(i, LOW)) for i in cells.lowest() for _ in epochs],
        "text": [str(e) for _ in cells.lowest() for e in epochs],
        "textposition": "bottom center",
        "textfont": {"size": 12},
        "cliponaxis": False,
    }


def whole_ticks(first: int, last: int) -> list[int]:
    """At most MOST_TICKS epochs, multiples of 1, 2 or 5 times a power of ten."""
    steps = (n * 10**power for power in range(9) for n in (1, 2, 5))
    step = next(s for s in steps if last // s - (first - 1) // s <= MOST_TICKS)
    return [e for e in range(first, last + 1) if e % step == 0]


def _layout(cells: Cells) -> dict[str, Any]:
    leftmost = range(0, cells.count, COLUMNS)
    own = {"showgrid": False, "zeroline": False, "automargin": False}
    across = {
        **own,
        "range": [-0.01, min(cells.count, COLUMNS) - 1 + INNER[0] + 0.01],
        "showticklabels": False,
        "ticks": "",
        "title": {"text": "epoch", "standoff": 22},
    }
    up = {
        **own,
        "range": [0, cells.rows - 0.05],
        "tickvals": [y for i in leftmost for y in cells.y(i, [0, 0.5, 1]).tolist()],
        "ticktext": ["0", "0.5", "1"] * cells.rows,
        "title": {"text": "F1"},
    }
    return {
        "xaxis": across,
        "yaxis": up,
        "margin": {"l": 56, "r": 8, "t": 48, "b": 90},
        "legend": {"orientation": "h", "x": 0, "y": -54 / (PANEL * cells.rows), "yanchor": "top"},
    }
