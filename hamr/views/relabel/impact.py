"""What decisions do to the data: rows of each class, or entities of each type, before and after."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from hamr.store import Run
from hamr.views.base.current_labels import InForce
from hamr.views.base.labels import Scored

AGREEING = 10  # nearest rows whose labels are compared with a row's own


def class_counts(run: Run, now: InForce) -> pd.DataFrame:
    """Training rows (or entities) as trained on and as in force; the most changed first."""
    scored = Scored.of(run)
    before = Counter(dict(zip(scored.names, map(int, scored.counts), strict=True)))
    after = before.copy()
    for change in now.changes.values():
        for label, sign in ((change.before, -1), (change.after, 1)):
            kinds = [label] if isinstance(label, str) else [span[2] for span in label]
            for kind in kinds:
                after[kind] += sign
    names = [*scored.names, *now.names[len(run.classes) :]]
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


def f1_before_after(before: Run, after: Run) -> pd.DataFrame:
    """F1 of each class on validation, each run at its best epoch so far; most changed first."""
    scored = Scored.of(before)
    frame = pd.DataFrame({scored.one: scored.names})
    for name, run in (("F1 before", before), ("F1 after", after)):
        epoch = run.info.best_epoch or run.epochs()[-1]
        # By name: decisions may have made classes, or taken them back.
        own = dict(zip(run.info.scored, run.array("f1", epoch).tolist(), strict=False))
        frame[name] = [round(own.get(one, float("nan")), 3) for one in scored.names]
    frame["change"] = frame["F1 after"] - frame["F1 before"]
    order = np.argsort(-frame["change"].abs().to_numpy(), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def neighbour_agreement(run: Run, now: InForce, neighbours: np.ndarray) -> tuple[float, float]:
    """How many of a row's nearest rows have its label, before and after; mean shares in [0, 1].

    `neighbours` [N, K] are those of each training row, among training and validation rows.
    """
    others = run.rows("validation").labels
    before = np.concatenate([run.rows().labels, others])
    after = np.concatenate([now.labels(run), others])
    asked = neighbours[:, :AGREEING]
    counted = asked >= 0
    shares = [
        float(((labels[asked] == labels[: len(asked), None]) & counted).sum() / counted.sum())
        for labels in (before, after)
    ]
    return shares[0], shares[1]
