"""Which kinds of mistakes are made in which entity type, counted in entities.

Axes: K entity types, M kinds of mistakes, N training rows.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from hamr.entities import ERROR_KINDS, mistakes, spans_of
from hamr.store import Run
from hamr.views.base.figures import cell_counts
from hamr.views.base.labels import Scored, tick
from hamr.views.base.theme import CELLS, DARK, finish

MOST_TYPES = 40
KINDS = tuple(ERROR_KINDS)


def wrong_entities(run: Run, epoch: int) -> np.ndarray:
    """Wrong entities of the training rows by type and kind of mistake, [K, M] int64.

    A missed one, one of a wrong type or boundary counts under its type in the file, a
    spurious one under the type that the model gives it.
    """
    table, predicted = run.rows(), np.asarray(run.signal("word_prediction", epoch))
    gold, starts = np.asarray(table.all_tags), table.word_starts.tolist()
    found: list[tuple[int, int]] = []
    # Sentences that are all right, most of them after a few epochs, are not looked at.
    for row in np.flatnonzero(run.signal("errors", epoch)).tolist():
        words = slice(starts[row], starts[row + 1])
        wrong = mistakes(spans_of(gold[words]), spans_of(predicted[words]))
        found += [(span.type, KINDS.index(kind)) for span, kind in wrong]
    counts = np.zeros((len(run.info.scored), len(KINDS)), np.int64)
    if found:
        np.add.at(counts, tuple(np.array(found).T), 1)
    return counts


def by_type_and_kind(run: Run, epoch: int) -> go.Figure:
    """A heat map of `wrong_entities`, rarest type on top, counts in the cells.

    Colour is the share of the type's entities in the file, so that rare types are seen too.
    """
    scored, counts = Scored.of(run), wrong_entities(run, epoch)
    order = scored.rarest_first()[:MOST_TYPES]
    counts, entities = counts[order], scored.counts[order]
    shares = 100 * counts / np.maximum(entities, 1)[:, None]
    types = [tick(scored.names[k], entities[i]) for i, k in enumerate(order.tolist())]
    kinds, top = list(ERROR_KINDS.values()), max(float(shares.max()), 1.0)
    fig = go.Figure(
        go.Heatmap(
            x=kinds,
            y=types,
            z=np.where(counts > 0, shares.round(2), np.nan),
            zmin=0,
            zmax=top,
            customdata=counts,
            meta="share",
            colorscale=CELLS,
            xgap=1,
            ygap=1,
            hoverongaps=False,
            colorbar={
                "title": {"text": "% of the type's entities", "side": "right"},
                "thickness": 12,
            },
            hovertemplate="<b>%{y}</b><br>%{x}: %{customdata:,}, which is %{z:.1f} % of the "
            "type's entities in the file<extra></extra>",
        )
    )
    cell_counts(fig, kinds, types, counts, dark=shares > DARK * top)
    fig.update_xaxes(showgrid=False)
    fig.update_yaxes(autorange="reversed", showgrid=False)
    title = f"Wrong entities by type and kind of mistake, epoch {epoch}"
    if len(scored) > MOST_TYPES:
        title += f": the {MOST_TYPES} rarest of {len(scored)} types"
    y = "entity type (training entities)"
    return finish(fig, title=title, x="kind of mistake", y=y, height=150 + 30 * len(order))
