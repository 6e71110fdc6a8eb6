"""The impact of decisions: class counts and neighbour agreement, before and after."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from hamr.store import Run
from hamr.views.base.all_rows import AllRows
from hamr.views.base.current_labels import LabelChanges
from hamr.views.base.labels import Scored

AGREEING = 10  # nearest rows whose labels are compared with a row's label


def class_counts(run: Run, changes: LabelChanges) -> pd.DataFrame:
    """Training rows (or entities) of each class, as trained on and now; most changed first."""
    scored = Scored.of(run)
    # As classes are called now: those that were merged count as one.
    before: Counter[str] = Counter()
    for name, number in zip(changes.names, map(int, scored.counts), strict=False):
        before[name] += number
    after = before.copy()
    for change in changes.of_split(AllRows.of(run), "train").values():
        for label, sign in ((change.before, -1), (change.after, 1)):
            kinds = [label] if isinstance(label, str) else [span[2] for span in label]
            for kind in kinds:
                after[kind] += sign
    called = (*changes.names[: len(scored.names)], *changes.names[len(run.classes) :])
    names = list(dict.fromkeys(called))
    frame = pd.DataFrame(
        {
            scored.one: names,
            f"{scored.unit} before": [before[name] for name in names],
            "after": [after[name] for name in names],
        }
    )
    frame["change"] = frame["after"] - frame[f"{scored.unit} before"]
    order = np.argsort(-frame["change"].abs().to_numpy(), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def neighbour_agreement(
    run: Run, changes: LabelChanges, neighbours: np.ndarray
) -> tuple[float, float]:
    """The mean share of a row's nearest rows that have its label, before and after, in [0, 1].

    `neighbours` [N, K] are the nearest training and validation rows of each training row.
    """
    rows = AllRows.of(run)
    before, after = rows.labels, changes.every_label(rows)
    nearest = neighbours[:, :AGREEING]
    known = nearest >= 0
    shares = [
        float(((labels[nearest] == labels[: len(nearest), None]) & known).sum() / known.sum())
        for labels in (before, after)
    ]
    return shares[0], shares[1]
