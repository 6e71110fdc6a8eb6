"""Hardness by kind of mistake, of a token run."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from hamr.store import Run
from hamr.views.base.binning import class_quantiles
from hamr.views.base.hard_rows import threshold
from hamr.views.base.mistakes import KINDS, of_kind
from hamr.views.hardness.distribution import SHARES, boxes


def by_kind(run: Run, epoch: int) -> go.Figure:
    """Boxes of hardness for each kind of mistake and for sentences without one.

    A sentence with mistakes of several kinds counts under each of them.
    """
    hardness, bits = run.signal("hardness", epoch), run.signal("errors", epoch)
    names, tables = [], []
    for name, kind in reversed(KINDS.items()):
        chosen = hardness[of_kind(bits, kind)]
        if len(chosen):
            names.append(f"{name} ({len(chosen):,})")
            group = np.zeros(len(chosen), int)
            tables.append(class_quantiles(chosen, group, 1, SHARES)[:, 0])
    title = f"Hardness by kind of mistake, epoch {epoch}"
    return boxes(
        names, np.stack(tables, axis=1), threshold(run, epoch), title=title, y="mistake (sentences)"
    )
