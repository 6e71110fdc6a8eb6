"""How hardness is distributed over the rows: by epoch, as a histogram, and by class.

Axes: N training rows, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from hamr.store import Run
from hamr.views.base.binning import class_quantiles, edges, spread
from hamr.views.base.figures import epoch_axis
from hamr.views.base.hard_rows import hard_rows, threshold
from hamr.views.base.labels import Held, tick
from hamr.views.base.theme import ACCENT, NEUTRAL, WARM, finish

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)  # the quantiles of ribbons and boxes
MOST_CLASSES = 40  # boxes that still fit one figure; beyond, the hardest are shown


def summary(run: Run, epoch: int) -> dict[str, Any]:
    """Median, 95th percentile, threshold, hardest class by median and rows never drawn."""
    hardness = run.signal("hardness", epoch)
    held = Held.of(run)
    medians = class_quantiles(hardness[held.rows], held.under, len(held), [0.5])[0]
    hardest = int(np.nanargmax(medians))
    return {
        "median": float(np.median(hardness)),
        "high": float(np.quantile(hardness, 0.95)),
        "threshold": threshold(run, epoch),
        "hardest_class": held.names[hardest],
        "hardest_median": float(medians[hardest]),
        "never_drawn": int((run.signal("visits", epoch) == 0).sum()),
        "rows": len(hardness),
    }


def _quantiles(hardness: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.quantile(hardness, SHARES)
    return found


def over_epochs(run: Run, epoch: int) -> go.Figure:
    """Median hardness over the epochs, with ribbons over 50 % and 90 % of the rows."""
    epochs = spread(run.epochs(), epoch)
    table = np.stack(run.reduce_over("hardness", epochs, _quantiles)).round(4)
    fig = go.Figure()
    for low, high, name, shade in ((0, 4, "90 % of rows", 0.18), (1, 3, "50 % of rows", 0.35)):
        fig.add_scatter(
            x=[*epochs, *reversed(epochs)],
            y=[*table[:, high], *table[::-1, low]],
            fill="toself",
            fillcolor=f"rgba(0,114,178,{shade})",
            line={"width": 0},
            name=name,
            hoverinfo="skip",
        )
    fig.add_scatter(
        x=epochs,
        y=table[:, 2],
        customdata=table,
        name="median",
        mode="lines+markers",
        line={"color": ACCENT, "width": 2.5},
        hovertemplate="epoch %{x}<br>median %{y:.3f}<br>half of the rows in "
        "%{customdata[1]:.3f} – %{customdata[3]:.3f}<br>90 % in "
        "%{customdata[0]:.3f} – %{customdata[4]:.3f}<extra></extra>",
    )
    line = {"color": NEUTRAL, "width": 1, "dash": "dot"}
    fig.add_shape(type="line", xref="x domain", x0=0, x1=1, y0=1, y1=1, line=line)
    epoch_axis(fig, epochs, epoch)
    fig.update_layout(legend={"orientation": "h", "y": -0.22})
    return finish(fig, title="Hardness over the epochs", x="epoch", y="hardness (1 = start)")


def histogram(run: Run, epoch: int, bins: int = 48) -> go.Figure:
    """How many rows have which hardness at the epoch; the first epoch as an outline."""
    now, first = run.signal("hardness", epoch), run.signal("hardness", run.epochs()[0])
    bin_edges = edges(np.concatenate([now, first]), bins)
    middles = ((bin_edges[1:] + bin_edges[:-1]) / 2).round(4)
    fig = go.Figure()
    fig.add_bar(
        x=middles,
        y=np.histogram(now, bin_edges)[0],
        width=np.diff(bin_edges),
        marker={"color": ACCENT, "line": {"width": 0}},
        name=f"epoch {epoch}",
        hovertemplate="hardness %{x:.3f}: %{y:,} rows<extra></extra>",
    )
    if epoch != run.epochs()[0]:
        fig.add_scatter(
            x=middles,
            y=np.histogram(first, bin_edges)[0],
            mode="lines",
            line={"shape": "hvh", "color": NEUTRAL, "width": 1.5},
            name=f"epoch {run.epochs()[0]}",
            hovertemplate="hardness %{x:.3f}: %{y:,} rows<extra></extra>",
        )
    share = run.info.settings.training.hard_share
    fig.add_vline(
        x=threshold(run, epoch),
        line={"color": WARM, "width": 1.5, "dash": "dash"},
        annotation={"text": f"hardest {share:.0%}", "font": {"color": WARM}, "xanchor": "left"},
    )
    fig.update_layout(legend={"orientation": "h", "y": -0.22}, bargap=0)
    title = f"Hardness of the rows, epoch {epoch}"
    return finish(fig, title=title, x="hardness (1 = start)", y="rows")


def by_class(run: Run, epoch: int) -> go.Figure:
    """Boxes of hardness for each class, hardest median on top; quantiles, not every row.

    Whiskers reach from the 5th to the 95th percentile; the box holds the middle half. A
    sentence counts under every entity type that it holds.
    """
    hardness, held = run.signal("hardness", epoch), Held.of(run)
    table = class_quantiles(hardness[held.rows], held.under, len(held), SHARES)
    hard = hard_rows(hardness, run.info.settings.training.hard_share)
    counts = held.count()
    hard_share = held.count(hard) / np.maximum(counts, 1)
    known = np.flatnonzero(counts)
    order = known[np.argsort(-table[2, known], kind="stable")][:MOST_CLASSES][::-1]
    title = f"Hardness by {held.one}, epoch {epoch}"
    if len(known) > MOST_CLASSES:
        title += f": the {MOST_CLASSES} hardest of {len(known)} {held.many}"
    return boxes(
        [tick(held.names[c], counts[c]) for c in order],
        table[:, order],
        threshold(run, epoch),
        title=title,
        y=held.axis,
        hard=hard_share[order],
        unit=held.unit,
    )


def boxes(
    names: Sequence[str],
    table: np.ndarray,
    from_here: float,
    *,
    title: str,
    y: str,
    hard: np.ndarray | None = None,
    unit: str = "rows",
) -> go.Figure:
    """A box for each name, the last on top; `table` has the SHARES quantiles, [5, names].

    Hard rows begin at `from_here`; `hard` is each name's share of them, shown on hover.
    """
    fig = go.Figure()
    fig.add_box(
        y=names,
        lowerfence=table[0],
        q1=table[1],
        median=table[2],
        q3=table[3],
        upperfence=table[4],
        orientation="h",
        line={"color": ACCENT, "width": 1.5},
        fillcolor="rgba(0,114,178,0.25)",
        hoverinfo="skip",
        showlegend=False,
    )
    fig.add_trace(_medians(names, table, hard, unit))
    fig.add_vline(x=from_here, line={"color": WARM, "width": 1.2, "dash": "dash"})
    return finish(fig, title=title, x="hardness", y=y, height=130 + 26 * len(names))


def _medians(
    names: Sequence[str], table: np.ndarray, hard: np.ndarray | None, unit: str
) -> go.Scatter:
    """A dot on each box, which shows the quantiles as numbers on hover."""
    hover = (
        "<b>%{y}</b><br>median %{x:.3f}<br>middle half %{customdata[1]:.3f} – "
        "%{customdata[3]:.3f}<br>5th to 95th percentile %{customdata[0]:.3f} – "
        "%{customdata[4]:.3f}"
    )
    custom = table.T
    if hard is not None:
        custom = np.column_stack([custom, hard * 100])
        hover += f"<br>%{{customdata[5]:.1f}} % of its {unit} are among the hardest"
    return go.Scatter(
        x=table[2],
        y=names,
        customdata=custom,
        mode="markers",
        marker={"color": ACCENT, "size": 7},
        hovertemplate=f"{hover}<extra></extra>",
        showlegend=False,
    )
