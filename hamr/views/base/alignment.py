"""Alignment: would more weight on a row have helped the balanced meta set?

The meta step finds dL_meta/dw_i for every row of a batch on its way. Alignment is the moving
average of minus that gradient over its standard deviation in the batch, 0 at the start: above 0
the row helps, below it harms. Hardness alone does not separate a row that is worth learning from
one with a wrong label; both are hard.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from hamr.difficulty import rank_correlation
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.views.base.binning import density, edges
from hamr.views.base.class_means import class_lines
from hamr.views.base.hard_rows import threshold
from hamr.views.base.theme import NEUTRAL, WARM, finish


def against_hardness(run: Run, epoch: int, bins: int = 60) -> go.Figure:
    """Density of the rows over hardness and alignment; the dashed line is where hard rows begin."""
    hardness, alignment = (
        np.asarray(run.signal(name, epoch), float) for name in ("hardness", "alignment")
    )
    fig = go.Figure(density(hardness, alignment, edges(hardness, bins), edges(alignment, bins)))
    fig.update_traces(
        hovertemplate="hardness %{x:.3f}<br>alignment %{y:+.2f}<br>%{customdata:,} rows"
        "<extra></extra>"
    )
    fig.add_hline(y=0, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    fig.add_vline(x=threshold(run, epoch), line={"color": WARM, "width": 2, "dash": "dash"})
    rho = rank_correlation(hardness, alignment)
    correlation = "" if np.isnan(rho) else f", rank correlation {rho:+.2f}"
    title = f"Alignment against hardness, epoch {epoch}{correlation}"
    return finish(
        fig, title=title, x="hardness (1 = start)", y="alignment (sd in its batch)", height=460
    )


def hard_rows(run: Run, epoch: int) -> tuple[int, int]:
    """How many of the hard rows help the meta set, and how many harm it."""
    hardness, alignment = run.signal("hardness", epoch), run.signal("alignment", epoch)
    hard = alignment[hardness >= threshold(run, epoch)]
    return int((hard > 0).sum()), int((hard < 0).sum())


def by_class(run: Run, epoch: int, classes: Sequence[int]) -> go.Figure:
    """Mean alignment of each class over the epochs; the chosen classes in colour."""
    fig = class_lines(run, epoch, classes, "alignment", unit="mean alignment", level=0)
    title = f"Alignment by {TaskWords.of(run.info.task).by}"
    return finish(fig, title=title, x="epoch", y="mean alignment (sd in its batch)", height=420)
