"""Single rows over the epochs: hardness, loss, post-meta weight and label probability.

Axes: R chosen rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from hamr.records import ROW_SIGNALS
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.views.base.binning import spread
from hamr.views.base.figures import epoch_axis
from hamr.views.base.panes import axes_of, panes
from hamr.views.base.reduced import Pick
from hamr.views.base.theme import OKABE_ITO, finish, safe

MOST_ROWS = 8  # rows whose paths are still distinguishable in one figure
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "triangle-down")
PATHS = ("hardness", "loss", "post", "label_probability")


def trajectories(run: Run, rows: Sequence[int], epoch: int) -> go.Figure:
    """Hardness, loss, post-meta weight and label probability of up to 8 rows by epoch.

    A post-meta weight has a gap at epochs that did not draw the row.
    """
    rows = list(rows)[:MOST_ROWS]
    epochs = spread(run.epochs(), epoch)
    traces = [
        trace
        for panel, name in enumerate(PATHS, 1)
        for trace in _panel(run, rows, epochs, name, panel)
    ]
    titles = [ROW_SIGNALS[name].title for name in PATHS[:3]]
    titles.append(TaskWords.of(run.info.task).probability.capitalize())
    layout = panes((1, 1), (1, 1), gaps=(0.1, 0.14), titles=titles, share="x")
    fig = go.Figure(traces, layout)
    epoch_axis(fig, epochs, epoch)
    fig = finish(fig, title="Chosen rows over the epochs", x="", y="hardness", height=520)
    return fig.update_layout(
        xaxis3_title_text="epoch",
        xaxis4_title_text="epoch",
        yaxis2_title_text="loss (nats)",
        yaxis3_title_text="weight (1 = mean)",
        yaxis4={"title": {"text": "probability"}, "range": [-0.03, 1.03]},
        legend={"orientation": "h", "y": -0.16},
        margin={"t": 72},
    )


def _panel(
    run: Run, rows: Sequence[int], epochs: Sequence[int], name: str, panel: int
) -> list[dict[str, Any]]:
    """The lines of one signal, one for each row."""
    table = run.rows()
    names = [safe(row_id, 24) for row_id in table.ids(rows)]
    texts = [safe(text, 80) for text in table.texts(rows)]
    values = np.stack(run.reduce_over(name, epochs, Pick(tuple(rows)))).round(4)
    return [
        {
            "type": "scatter",
            "x": epochs,
            "y": values[:, i],
            "name": names[i],
            "text": [texts[i]] * len(epochs),
            "mode": "lines+markers",
            "line": {"color": OKABE_ITO[i], "dash": DASHES[i % len(DASHES)], "width": 2},
            "marker": {"symbol": SYMBOLS[i], "size": 7},
            "meta": name,
            "legendgroup": str(i),
            "showlegend": panel == 1,
            "hovertemplate": "epoch %{x}: %{y:.3f}<br>%{text}",
            **axes_of(panel),
        }
        for i in range(len(rows))
    ]
