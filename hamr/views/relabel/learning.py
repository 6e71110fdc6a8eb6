"""Test scores over the labels that were given to unlabelled rows, and whether more will help.

*When to stop*: by stabilising predictions (Bloodgood and Vijay-Shanker 2009, CoNLL): once the
models of successive numbers of labels agree on rows without a role in training, further labels
change little. Their rule is a mean Cohen's kappa of 0.99 over the last three pairs. The rows that
they agree on are here the test rows, whose labels the rule does not look at; of tagged sentences
their words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hamr.decisions import cohen_kappa
from hamr.errors import StoreError
from hamr.store import Run, Store
from hamr.tasks import features, label_kind
from hamr.views.base.theme import ACCENT, WARM, finish

STABLE, PAIRS = 0.99, 3
FEWEST_SHOWN = 10  # labels that the axis has room for


@dataclass(frozen=True)
class Point:
    """A finished run, by how many labels of unlabelled rows it was trained on."""

    name: str
    labels: int
    macro_f1: float  # on test, in [0, 1]
    rare_f1: float  # mean over the third of the classes with the fewest training rows
    predictions: tuple[str, ...]  # of the test rows, by class name; the tags of their words


def points(store: Store, run: Run) -> list[Point]:
    """The finished runs on a run's data with its method and preset, the fewest labels first."""
    info, found = run.info, []
    for other in store.runs():
        alike = (other.label_source, other.method, other.preset, other.model) == (
            info.label_source, info.method, info.preset, info.model
        )  # fmt: skip
        if alike and other.status == "finished":
            try:
                point = _point(Run(store, other.id))
            except StoreError:  # a run whose files are damaged has no place here
                continue
            found += [] if point is None else [point]
    return sorted(found, key=lambda one: (one.labels, one.name))


def _point(run: Run) -> Point | None:
    final, info = run.final(), run.info
    if final is None:
        return None
    original, kind = run.store.rows(info.label_source or "", "train"), label_kind(info.task)
    own = kind.names(original.classes)  # of tagged sentences the types, without "no entity"
    sizes = [len(kind.holding(original, [number])) for number in range(len(own))]
    scores = dict(zip(info.scored, final.test.f1.tolist(), strict=False))
    rarest = np.argsort(sizes, kind="stable")[: max(1, len(sizes) // 3)]
    names = [own[c] for c in rarest.tolist()]
    rare = [scores[name] for name in names if name in scores]
    outputs = kind.outputs(info.classes)
    tagged = features(info.task).entities
    found = final.tags.get("test") if tagged else final.test_prediction
    if found is None:
        return None
    predicted = tuple(outputs[c] for c in found.tolist())
    return Point(
        info.name, info.train_rows - len(original), final.test.macro_f1,
        float(np.mean(rare)) if rare else float("nan"), predicted,
    )  # fmt: skip


def curve(found: Sequence[Point]) -> go.Figure:
    """Macro-F1 and the rare classes' F1 on test by the number of labels given; means over runs."""
    frame = pd.DataFrame(
        {"labels": [p.labels for p in found], "macro": [100 * p.macro_f1 for p in found],
         "rare": [100 * p.rare_f1 for p in found]}
    )  # fmt: skip
    mean = frame.groupby("labels").mean()
    fig = go.Figure()
    for column, name, colour, sign in (
        ("macro", "macro-F1", ACCENT, "circle"),
        ("rare", "F1 of the rarest third", WARM, "diamond"),
    ):
        fig.add_scatter(
            x=mean.index, y=mean[column].round(2), name=name, mode="lines+markers",
            line={"color": colour}, marker={"symbol": sign, "size": 9},
            hovertemplate="%{y:.1f} with %{x:,} labels",
        )  # fmt: skip
    most = max(FEWEST_SHOWN, int(mean.index.max()))  # or a single mark would stand at 0 of -1 to 1
    fig.update_layout(legend={"orientation": "h", "y": -0.3})
    fig.update_xaxes(range=[-0.03 * most, 1.03 * most], tickformat=",d")
    return finish(
        fig, title="Test scores by labels given to unlabelled rows",
        x="labels of unlabelled rows that the run was trained on", y="F1 (0 to 100)",
    )  # fmt: skip


def agreement(found: Sequence[Point]) -> list[float]:
    """Cohen's kappa of the test predictions of successive numbers of labels, one run of each."""
    last = {point.labels: point for point in found}
    runs = [last[labels] for labels in sorted(last)]
    kappas = (
        cohen_kappa(list(zip(one.predictions, other.predictions, strict=True)))
        for one, other in pairwise(runs)
    )
    return [1.0 if kappa is None else kappa for kappa in kappas]


def when_to_stop(found: Sequence[Point]) -> str:
    """Whether further labels are likely to change what the model predicts, in a sentence."""
    kappas = agreement(found)
    if not kappas:
        return "The curve begins with the next run: label rows, then retrain on them."
    last = kappas[-PAIRS:]
    mean = float(np.mean(last))
    rule = f"the rule of stabilising predictions asks for {STABLE} over {PAIRS} retrainings"
    if len(last) == PAIRS and mean >= STABLE:
        return f"You can stop: the last models agree (mean kappa {mean:.3f}; {rule})."
    return (
        f"Go on: the last {len(last) + 1} models agree with a mean kappa of {mean:.3f}, and {rule}."
    )
