"""The result of a run, split into arrays and scalars for the store and joined again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hamr.records import HELD_OUT_ARRAYS, SPLITS, FinalRecord, Metrics, Split

PER_CLASS = ("precision", "recall", "f1", "support", "confusion")
SCALARS = ("macro_f1", "accuracy", "loss")
BEFORE = "held_out."  # the names of arrays that are one value per row, word or class of a row


@dataclass(frozen=True)
class Final:
    """The result of a run: FinalRecord without the model's weights (see `Run.model_path`)."""

    best_epoch: int
    validation: Metrics
    test: Metrics
    test_prediction: np.ndarray  # [n_test] int16
    test_label_probability: np.ndarray  # [n_test] float32
    seconds: dict[str, float]
    tags: dict[str, np.ndarray]  # of a token task, by split: see FinalRecord
    # HELD_OUT_ARRAYS by split and name; runs of older versions have none.
    held_out: dict[Split, dict[str, np.ndarray]]


def final_arrays(record: FinalRecord) -> dict[str, np.ndarray]:
    """The arrays of a final record by name, "test.f1" and the like."""
    scored = {"validation": record.validation, "test": record.test}
    return {
        "test_prediction": record.test_prediction,
        "test_label_probability": record.test_label_probability,
        **{f"{split}.tags": tags for split, tags in record.tags.items()},
        **{f"{BEFORE}{name}": array for name, array in record.held_out.items()},
        **{
            f"{split}.{name}": getattr(metrics, name)
            for split, metrics in scored.items()
            for name in PER_CLASS
        },
    }


def final_scalars(record: FinalRecord) -> dict[str, Any]:
    """The values of a final record that are no arrays, for the database."""
    scored = {"validation": record.validation, "test": record.test}
    return {
        "best_epoch": record.best_epoch,
        "seconds": record.seconds,
        **{
            split: {name: float(getattr(metrics, name)) for name in SCALARS}
            for split, metrics in scored.items()
        },
    }


def make_final(scalars: dict[str, Any], arrays: dict[str, np.ndarray]) -> Final:
    """The result from its scalars and arrays."""

    scored = ("validation", "test")

    def metrics(split: str) -> Metrics:
        per_class: dict[str, Any] = {name: arrays[f"{split}.{name}"] for name in PER_CLASS}
        return Metrics(**scalars[split], **per_class)

    return Final(
        best_epoch=scalars["best_epoch"],
        validation=metrics("validation"),
        test=metrics("test"),
        test_prediction=arrays["test_prediction"],
        test_label_probability=arrays["test_label_probability"],
        seconds=scalars["seconds"],
        tags={split: arrays[f"{split}.tags"] for split in scored if f"{split}.tags" in arrays},
        held_out=_held_out(arrays),
    )


def _held_out(arrays: dict[str, np.ndarray]) -> dict[Split, dict[str, np.ndarray]]:
    """The arrays of each row or word that a final record of this version has."""
    found: dict[Split, dict[str, np.ndarray]] = {}
    for split in SPLITS[1:]:
        own = {name: arrays.get(f"{BEFORE}{split}.{name}") for name in HELD_OUT_ARRAYS}
        known = {name: array for name, array in own.items() if array is not None}
        if known:
            found[split] = known
    return found
