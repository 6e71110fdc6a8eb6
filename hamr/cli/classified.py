"""Predicted classes of a finished run as JSONL or CSV: `export --what predictions`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hamr.data import csv_text
from hamr.errors import SettingError, StoreError
from hamr.store import Run

COLUMNS = ("id", "text", "label", "predicted", "probability")


def check_target(run: Run, target: Path, split: str) -> None:
    """Raise SettingError if predicted classes can't be written so."""
    if target.suffix.lower() not in (".jsonl", ".csv"):
        raise SettingError(
            f"{run.info.name!r} classifies texts, so --to must end in .jsonl or .csv for "
            f"predictions, got {target.name!r}",
            field="to",
        )
    if split != "test":
        raise SettingError(
            f"--split must be test for the predictions of {run.info.name!r}, got {split!r}: of "
            "texts only the test predictions are kept",
            field="split",
        )


def predicted(run: Run, ending: str) -> str:
    """All test rows with label and predicted class, in their order.

    `probability` is the model's for the row's own label. Predictions are those of the best
    validation epoch. Raises StoreError before the run's end.
    """
    if ending == ".jsonl":
        return "".join(
            json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n"
            for row in _rows(run)
        )
    return csv_text(COLUMNS, _rows(run))


def _rows(run: Run) -> Iterator[tuple[Any, ...]]:
    final = run.final()
    if final is None:
        raise StoreError(
            f"{run.info.name!r} has no predictions yet: they are made when it ends", field="run"
        )
    rows, names = run.rows("test").rows(), run.classes
    found, probabilities = final.test_prediction.tolist(), final.test_label_probability.tolist()
    for row, row_id in enumerate(rows.ids):
        label, guess = names[rows.labels[row]], names[found[row]]
        yield row_id, rows.texts[row], label, guess, probabilities[row]
