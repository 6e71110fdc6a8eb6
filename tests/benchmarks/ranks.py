"""Two processes against one: `python -m tests.benchmarks.ranks --json`.

The built-in encoder is fine-tuned on every eighth row (`--every`) of each class of the demo's
data, by the unchanged full preset (dropout on, meta step on): once in one process, once in two
that share each batch. Both have one thread a process and the same seed, so that all that
differs is the order in which floating-point sums are taken. Reported, for each epoch, are
the largest absolute differences over all rows (and over all parameters, for the model).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from hamr.config import DataSettings, TrainingSettings
from hamr.data import load
from hamr.ranks import ALONE, Ranks
from hamr.records import Dataset, EpochRecord, Rows
from hamr.training import train
from tests.core.several import together
from tests.core.small_data import DictCache

TARGET = 1e-5
MODEL = ("model", "model_but_keys")
SIGNALS = ("pre_last", "post_last", "hardness", "visit_loss_last", "loss")

Epoch = dict[str, Any]


def part(dataset: Dataset, every: int) -> Dataset:
    """Every so many-th row of each class, at least one, in all three splits."""
    splits = {}
    for name in ("train", "validation", "test"):
        rows = dataset.split(name)  # type: ignore[arg-type]
        by_class = [np.flatnonzero(rows.labels == label) for label in range(len(dataset.classes))]
        kept = np.sort(np.concatenate([places[::every] for places in by_class]))
        ids, texts = ([of[place] for place in kept] for of in (rows.ids, rows.texts))
        splits[name] = Rows(tuple(ids), tuple(texts), rows.labels[kept])
    return dataclasses.replace(dataset, **splits, fingerprint=f"{dataset.fingerprint}/{every}")


def epochs(ranks: Ranks, dataset: Dataset, settings: TrainingSettings) -> list[Epoch]:
    """What is compared of each epoch of a run on these ranks."""
    torch.set_num_threads(1)
    return list(_epochs(ranks, dataset, settings))


def _epochs(ranks: Ranks, dataset: Dataset, settings: TrainingSettings) -> Iterator[Epoch]:
    for record in train(dataset, settings, cache=DictCache(), ranks=ranks):
        if not isinstance(record, EpochRecord):
            continue
        names = (*SIGNALS, "draws", "last_step")
        seen = {name: record.signals[name] for name in names}
        weights = {n: a for n, a in record.checkpoint.items() if n.startswith("model.")}
        yield {**seen, "model": weights, "seconds": record.scalars["seconds"]}
        if ranks.main:
            print(f"  epoch {record.epoch}, {record.scalars['seconds']:.0f} s", file=sys.stderr)


def compare(one: Epoch, two: Epoch, other: Epoch) -> dict[str, Any]:
    """The largest differences of one epoch; `other` is what the second rank knows of it."""
    found: dict[str, Any] = {name: _largest(one[name], two[name]) for name in SIGNALS}
    moved = {name: _largest(one["model"][name], array) for name, array in two["model"].items()}
    found["model_at"], found["model"] = max(moved.items(), key=lambda item: item[1])
    # The biases of keys cancel in the softmax: their gradient is rounding alone, which AdamW
    # scales up to its learning rate. They move, and nothing else feels it.
    found["model_but_keys"] = max(d for name, d in moved.items() if "key.bias" not in name)
    found["same_draws"] = bool(np.array_equal(one["draws"], two["draws"]))
    found["ranks_agree"] = all(
        np.array_equal(two[name], other[name], equal_nan=name in SIGNALS)
        for name in (*SIGNALS, "draws", "last_step")
    )
    # The earliest step whose row still shows a weight beyond the target at the epoch's end.
    beyond = np.abs(one["post_last"] - two["post_last"]) > TARGET
    found["first_step_beyond"] = int(one["last_step"][beyond].min()) if beyond.any() else None
    found["seconds"] = [round(one["seconds"], 1), round(two["seconds"], 1)]
    return found


def _largest(one: np.ndarray, other: np.ndarray) -> float:
    difference = np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64))
    return float(np.nanmax(difference))


def measure(forms: list[str], epoch_count: int, every: int) -> dict[str, Any]:
    """All epochs of all forms, printed as they come, and the largest of their differences."""
    dataset = part(load(DataSettings(source="demo")), every)
    result: dict[str, Any] = {"rows": len(dataset.train), "target": TARGET}
    for form in forms:
        settings = TrainingSettings.of_preset("full", meta_gradient=form, epochs=epoch_count)
        print(f"{form}: one process, then two", file=sys.stderr)
        one = epochs(ALONE, dataset, settings)
        two, other = together(epochs, dataset, settings)
        result[form] = [compare(*epoch) for epoch in zip(one, two, other, strict=True)]
        for number, epoch in enumerate(result[form], 1):
            values = ", ".join(f"{name} {epoch[name]:.1e}" for name in (*SIGNALS, *MODEL))
            print(f"{form}, epoch {number}: {values}", flush=True)
        result[f"{form}_largest"] = max(
            epoch[name] for epoch in result[form] for name in ("pre_last", "post_last", "hardness")
        )
    return result


def main() -> None:
    """Prints each epoch's differences, and with --json one line of all at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ranks")
    parser.add_argument("--forms", nargs="+", default=["exact", "last_layer"])
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--every", type=int, default=8, help="take every so many-th row")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    result = measure(arguments.forms, arguments.epochs, arguments.every)
    if arguments.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
