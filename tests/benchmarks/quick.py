"""The quick preset's speed: `python -m tests.benchmarks.quick --json`.

HAMR and ERM are trained in turn on the same cached embeddings, batch 32, on one core, so
that a drift of the machine's speed falls on both. Times are those of whole epochs: draws,
steps, scoring of all training and validation rows, seeds, neighbours, boost and records.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from typing import Any

import numpy as np

from hamr.config import DataSettings, TrainingSettings
from hamr.data import load
from hamr.records import Dataset, EpochRecord
from hamr.store import Store
from hamr.training import train
from hamr.training.features import Cache

TARGET_ROWS_PER_SECOND, TARGET_RATIO = 8000, 2.5


def one_run(dataset: Dataset, cache: Cache, method: str, epochs: int) -> dict[str, float]:
    """Seconds of training and rows per second of one run, in this process."""
    settings = TrainingSettings.of_preset("quick", method=method, epochs=epochs, batch_size=32)
    rates, seconds = [], []
    drawn = 0
    for record in train(dataset, settings, cache=cache):
        if isinstance(record, EpochRecord):
            rates.append(record.scalars["rows_per_second"])
            seconds.append(record.scalars["seconds"])
            drawn += record.scalars["draw_count"]
    return {
        "seconds": sum(seconds),
        "epoch_rows_per_second": drawn / sum(seconds),
        "step_rows_per_second": statistics.median(rates),
    }


def measure(source: str, home: str, rounds: int, epochs: int) -> dict[str, Any]:
    """Medians over the rounds, and the ratio of each round's pair of runs."""
    cache = Store.open(home).cache
    dataset = load(DataSettings(source=source))
    one_run(dataset, cache, "hamr-plus", 1)  # embeds if need be, and warms everything up
    pairs = [
        (one_run(dataset, cache, "erm", epochs), one_run(dataset, cache, "hamr-plus", epochs))
        for _ in range(rounds)
    ]
    ratios = [hamr["seconds"] / erm["seconds"] for erm, hamr in pairs]
    result: dict[str, Any] = {"data": source, "rows": len(dataset.train), "rounds": rounds}
    for place, name in enumerate(("erm", "hamr-plus")):
        for key in ("step_rows_per_second", "epoch_rows_per_second"):
            result[f"{name}_{key}"] = round(statistics.median(pair[place][key] for pair in pairs))
    result["hamr_over_erm"] = round(statistics.median(ratios), 2)
    result["hamr_over_erm_range"] = [round(float(x), 2) for x in (min(ratios), max(ratios))]
    # Per drawn row, since HAMR draws 1.2 rows an epoch where ERM draws one.
    steps = [e["step_rows_per_second"] / h["step_rows_per_second"] for e, h in pairs]
    result["hamr_step_over_erm_step"] = round(float(np.median(steps)), 2)
    return result


def main() -> None:
    """Prints the figures next to their targets; with --json one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", default="demo")
    parser.add_argument("--home", help="a store whose cached embeddings are used")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as fresh:
        found = measure(arguments.data, arguments.home or fresh, arguments.rounds, arguments.epochs)
    if arguments.json:
        print(json.dumps(found))
        return
    steps, whole = found["hamr_step_rows_per_second"], found["hamr_epoch_rows_per_second"]
    print(f"HAMR draws {steps:,} rows a second in its steps, {whole:,} over whole epochs")
    print(f"(target {TARGET_ROWS_PER_SECOND:,})")
    print(f"HAMR takes {found['hamr_over_erm']} times ERM's time (target {TARGET_RATIO} at most)")


if __name__ == "__main__":
    main()
