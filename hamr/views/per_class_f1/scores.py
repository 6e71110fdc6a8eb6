"""Scores of each class over the epochs, and what is confused with what.

Axes: E epochs, C classes. Scores are in [0, 1]; confusion is label by prediction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hamr.errors import StoreError
from hamr.records import Metrics
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.views.base.binning import spread
from hamr.views.base.figures import cell_counts, epoch_axis
from hamr.views.base.labels import Scored
from hamr.views.base.theme import CELLS, DARK, NEUTRAL, OKABE_ITO, class_colours, finish, safe

MOST_CELLS = 20  # classes up to which counts are written into the cells
REFRESH = OKABE_ITO[1]
# The look of a matrix's cells.
GRID = {"colorscale": CELLS, "xgap": 1, "ygap": 1, "hoverongaps": False}
SCORES = ("precision", "recall", "f1", "support")


def f1_over_epochs(run: Run, epochs: Sequence[int]) -> np.ndarray:
    """F1 on validation, [E, C]."""
    return np.stack([arrays["f1"] for arrays in run.arrays_over(epochs, ["f1"])]).astype(float)


def macro_over_epochs(run: Run, epochs: Sequence[int]) -> list[float]:
    """Macro-F1 on validation at each of the epochs, [E]."""
    scores = {s["epoch"]: s["macro_f1"] for s in run.scalars()}
    return [scores[e] for e in epochs]


def refreshes(run: Run) -> list[int]:
    """The epochs at whose end hard seeds and boost were recomputed."""
    return [s["epoch"] for s in run.scalars() if s["boost_refreshed"]]


def all_classes(run: Run, epoch: int, chosen: Sequence[int]) -> go.Figure:
    """F1 of every class in one chart: the chosen ones in colour, the others in grey."""
    epochs = spread(run.epochs(), epoch)
    scores = f1_over_epochs(run, epochs)
    support = run.array("support", epochs[-1])
    scored = Scored.of(run)
    names = scored.names
    colours = class_colours(len(names))
    fig = go.Figure()
    for c in sorted(range(len(names)), key=lambda c: c in chosen):
        strong = c in chosen
        fig.add_scatter(
            x=epochs,
            y=scores[:, c].round(4),
            name=f"{safe(names[c], 28)} ({support[c]:,})",
            mode="lines+markers" if strong else "lines",
            line={"color": colours[c] if strong else NEUTRAL, "width": 2.5 if strong else 1},
            opacity=1 if strong else 0.4,
            showlegend=strong,
            hovertemplate="epoch %{x}: F1 %{y:.3f}",
        )
    fig.add_scatter(
        x=epochs, y=macro_over_epochs(run, epochs), name="macro-F1", mode="lines",
        line={"color": NEUTRAL, "width": 4, "dash": "dot"},
        hovertemplate="epoch %{x}: macro-F1 %{y:.3f}",
    )  # fmt: skip
    marks = [e for e in refreshes(run) if e in epochs]
    if marks:
        fig.add_scatter(
            x=marks,
            y=[-0.03] * len(marks),
            name="boost refreshed",
            mode="markers",
            marker={"symbol": "triangle-up", "size": 8, "color": REFRESH},
            hovertemplate="boost refreshed after epoch %{x}<extra></extra>",
        )
    epoch_axis(fig, epochs, epoch)
    fig.update_yaxes(range=[-0.06, 1.03])
    return finish(fig, title=f"F1 by {scored.one} on validation", x="epoch", y="F1", height=460)


def score_table(run: Run, epoch: int) -> pd.DataFrame:
    """Validation scores at the epoch and F1's change since the first epoch; rarest first."""
    scores = run.arrays(epoch, SCORES)
    change = scores["f1"] - run.array("f1", run.epochs()[0])
    frame = _scores(run, scores)
    frame.insert(5, "change", change[Scored.of(run).rarest_first()])
    return frame


def final_table(run: Run, split: str) -> pd.DataFrame:
    """The scores of "validation" or "test" at the best epoch; rarest first.

    Raises StoreError while the run has not finished.
    """
    metrics = _final_metrics(run, split)
    return _scores(run, {name: getattr(metrics, name) for name in SCORES})


def _final_metrics(run: Run, split: str) -> Metrics:
    final = run.final()
    if final is None:
        raise StoreError(
            f"The run {run.info.name} is {run.info.status}: the {split} rows are scored once, "
            "at the best epoch, when it has finished"
        )
    return final.test if split == "test" else final.validation


def confusion_counts(run: Run, epoch: int | None, split: str = "validation") -> np.ndarray:
    """Label by prediction, [C, C]: of validation at an epoch, or of a split at the best one.

    Raises StoreError for the best epoch (None) of a run that has not finished.
    """
    if epoch is not None:
        return run.array("confusion", epoch)
    return _final_metrics(run, split).confusion


def _scores(run: Run, scores: dict[str, np.ndarray]) -> pd.DataFrame:
    scored = Scored.of(run)
    order = scored.rarest_first()
    return pd.DataFrame(
        {
            scored.one: [scored.names[c] for c in order],
            f"training {scored.unit}": scored.counts[order],
            "precision": np.asarray(scores["precision"], float)[order],
            "recall": np.asarray(scores["recall"], float)[order],
            "F1": np.asarray(scores["f1"], float)[order],
            "support": np.asarray(scores["support"])[order],
        }
    )


def confusion(
    run: Run, epoch: int | None, split: str = "validation", *, normalise: bool
) -> go.Figure:
    """The confusion matrix of `confusion_counts`, label by prediction, counts in the cells.

    With `normalise`, colour is the share of the label's rows (each row of the matrix sums
    to 1); otherwise it is the count. The rarest class comes first; empty cells are blank.
    Of sentences, entities are counted, and "no entity", with missed and spurious ones, is last.
    """
    scored, every = Scored.of(run), run.classes
    order = [*scored.rarest_first().tolist(), *range(len(scored), len(every))]
    names = [safe(every[c], 24) for c in order]
    matrix = confusion_counts(run, epoch, split)[np.ix_(order, order)]
    shares = 100 * matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    shade = shares if normalise else matrix.astype(float)
    top = 100.0 if normalise else max(float(matrix.max()), 1.0)
    label = TaskWords.of(run.info.task).true_label
    fig = go.Figure(
        go.Heatmap(
            x=names,
            y=names,
            z=np.where(matrix > 0, shade.round(2), np.nan),
            zmin=0,
            zmax=top,
            customdata=np.dstack([matrix, shares.round(1)]),
            colorbar={
                "title": {"text": f"% of {label}" if normalise else scored.unit},
                "thickness": 12,
            },
            hovertemplate=f"{label} <b>%{{y}}</b><br>predicted <b>%{{x}}</b><br>"
            f"%{{customdata[0]:,}} {scored.unit}, %{{customdata[1]:.1f}} % of the {label}'s"
            "<extra></extra>",
            **GRID,
        )
    )
    if len(names) <= MOST_CELLS:
        cell_counts(fig, names, names, matrix, dark=shade > DARK * top)
    return _confusion_layout(fig, run, epoch, split, len(names))


def _confusion_layout(
    fig: go.Figure, run: Run, epoch: int | None, split: str, count: int
) -> go.Figure:
    """Axes, title and height of a confusion matrix of `count` names."""
    fig.update_xaxes(tickangle=-40, showgrid=False)
    fig.update_yaxes(autorange="reversed", showgrid=False)
    words = TaskWords.of(run.info.task)
    when = f"epoch {epoch}" if epoch is not None else f"best epoch ({run.info.best_epoch})"
    return finish(
        fig,
        title=f"Confusion matrix: {split}, {when}",
        x=words.prediction_axis,
        y=words.true_label,
        height=240 + 30 * min(count, 40),
    )


def confused_pairs(
    run: Run, epoch: int | None, split: str = "validation", limit: int = 12
) -> pd.DataFrame:
    """The most frequent mistakes: label, prediction, rows, share of the label's rows in percent."""
    matrix, names = confusion_counts(run, epoch, split), run.classes
    wrong = np.array(matrix)
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:limit]
    order = order[wrong.ravel()[order] > 0]
    label, prediction = np.unravel_index(order, wrong.shape)
    rows = wrong[label, prediction]
    total = np.maximum(matrix.sum(axis=1), 1)
    return pd.DataFrame(
        {
            "label": [names[c] for c in label],
            "predicted as": [names[c] for c in prediction],
            Scored.of(run).unit: rows,
            "share": 100 * rows / total[label],
        }
    )
