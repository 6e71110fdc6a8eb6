"""What decisions do to the data: rows of each class, or entities of each type, before and after."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from hamr.decisions import Corrections
from hamr.decisions.log import names_in
from hamr.store import Decisions, Run
from hamr.views.labels import Scored
from hamr.views.queue import Ids

AGREEING = 10  # nearest rows whose labels are compared with a row's own


def class_counts(run: Run, decisions: Decisions, found: Corrections) -> pd.DataFrame:
    """Training rows (or entities) before and after the corrections; the most changed first."""
    scored = Scored.of(run)
    before = Counter(dict(zip(scored.names, map(int, scored.counts), strict=True)))
    after = before.copy()
    for row_id, new in found.labels.items():
        for label, sign in ((decisions.rows.original(row_id), -1), (new, 1)):
            kinds = [label] if isinstance(label, str) else [span[2] for span in label]
            for kind in kinds:
                after[kind] += sign
    made = {name for label in found.labels.values() for name in names_in(label)}
    names = [*scored.names, *sorted(made.difference(scored.names))]
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
        # Classes keep their numbers; those that decisions made come after them.
        frame[name] = run.array("f1", epoch)[: len(scored)].astype(float).round(3)
    frame["change"] = frame["F1 after"] - frame["F1 before"]
    order = np.argsort(-frame["change"].abs().to_numpy(), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def neighbour_agreement(
    run: Run, known: Ids, found: Corrections, neighbours: np.ndarray
) -> tuple[float, float]:
    """How many of a row's nearest rows have its label, before and after; mean shares in [0, 1].

    `neighbours` [N, K] are those of each training row, among training and validation rows.
    """
    number = {name: place for place, name in enumerate(run.classes)}
    before = np.concatenate([run.rows().labels, run.rows("validation").labels])
    after = before.copy()
    for row_id, label in found.labels.items():
        if row_id in known.place and isinstance(label, str):
            after[known.place[row_id]] = number.setdefault(label, len(number))
    asked = neighbours[:, :AGREEING]
    counted = asked >= 0
    shares = [
        float(((labels[asked] == labels[: len(asked), None]) & counted).sum() / counted.sum())
        for labels in (before, after)
    ]
    return shares[0], shares[1]
