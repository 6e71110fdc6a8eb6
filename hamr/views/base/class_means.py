"""The mean of a signal over each class, by epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from hamr.store import Run
from hamr.views.base.binning import spread
from hamr.views.base.figures import epoch_axis
from hamr.views.base.reduced import ClassMeans
from hamr.views.base.theme import (
    NEUTRAL,
    class_colours,
    safe,
)


def by_class_and_epoch(run: Run, epochs: Sequence[int], name: str) -> np.ndarray:
    """Mean by class of a signal at each of the epochs, [E, C]; each epoch is reduced once."""
    return np.stack(run.reduce_over(name, epochs, ClassMeans.of(run)))


def class_lines(
    run: Run, epoch: int, classes: Sequence[int], name: str, *, unit: str, level: float
) -> go.Figure:
    """A signal's mean over each class by epoch, with a dotted line at `level`; no title yet."""
    epochs = spread(run.epochs(), epoch)
    table = by_class_and_epoch(run, epochs, name)
    names = run.classes
    colours = class_colours(len(names))
    fig = go.Figure()
    for c, title in enumerate(names):
        strong = c in classes
        fig.add_scatter(
            x=epochs,
            y=table[:, c].round(4),
            name=safe(title, 28),
            mode="lines+markers" if strong else "lines",
            line={
                "color": colours[c] if strong else NEUTRAL,
                "width": 2.5 if strong else 1,
                "dash": "solid",
            },
            opacity=1 if strong else 0.35,
            showlegend=strong,
            hovertemplate=f"epoch %{{x}}: {unit} %{{y:.3f}}",
        )
    fig.add_hline(y=level, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    epoch_axis(fig, epochs, epoch)
    return fig
