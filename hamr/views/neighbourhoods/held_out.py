"""Validation and test rows that are chosen on the map: their labels and what the model makes of
them.

Axes: H validation and test rows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hamr.records import SPLITS
from hamr.store import Run
from hamr.tasks import features
from hamr.views.base.all_rows import AllRows
from hamr.views.neighbourhoods.row_values import held_out_loss, held_out_mistakes

UNKNOWN = -1  # of a prediction that is not recorded


def held_out_table(run: Run, rows: np.ndarray) -> pd.DataFrame:
    """Rows, by their indices among those of all splits, the highest loss first.

    With columns row, split, id, text, label, predicted right or not, prediction (of texts) and
    loss, by the best epoch; None where they are not recorded.
    """
    known = AllRows.of(run)
    loss = held_out_loss(run)
    order = np.argsort(-np.nan_to_num(loss[rows - known.trained], nan=-1.0), kind="stable")
    rows = rows[order]
    at = rows - known.trained
    wrong, scored = held_out_mistakes(run)
    table = known.frame(rows)
    table["mistake"] = [bool(wrong[i]) if scored[i] else None for i in at.tolist()]
    if not features(run.info.task).entities:
        named = held_out_predictions(run)[at]
        table["prediction"] = [
            run.classes[code] if code != UNKNOWN else None for code in named.tolist()
        ]
    table["loss"] = loss[at]
    return table


def held_out_predictions(run: Run) -> np.ndarray:
    """The class that the best epoch's model gives each text, [H]; UNKNOWN where there is none."""
    final, parts = run.final(), []
    for split in SPLITS[1:]:
        found = None if final is None else final.held_out.get(split, {}).get("top_classes")
        if found is not None:
            parts.append(found[:, 0])
        elif final is not None and split == "test":
            parts.append(final.test_prediction)
        else:
            parts.append(np.full(len(run.rows(split)), UNKNOWN, np.int16))
    return np.concatenate(parts)


def verdict(run: Run, row: int) -> str:
    """A row's split, class and prediction, for the line above its text."""
    found = held_out_table(run, np.array([row])).iloc[0]
    unknown = "prediction not recorded"
    said = {None: unknown, True: "mistake", False: "predicted right"}[found["mistake"]]
    if "prediction" in found and found["prediction"] is not None:
        said = f"predicted {found['prediction']}"
    lost = "" if np.isnan(found["loss"]) else f" · loss {found['loss']:.3f} nats"
    return f"{found['id']} · {found['split']} row · labelled {found['label']} · {said}{lost}"
