"""Why a weight curve falls: `python -m tests.benchmarks.falling_curve --json`.

Trains HAMR+ on 3,000 rows of the crowd-labelled news (19 % of the labels are wrong; the next 800
rows are validation rows, the rest test rows), with a free weight curve and with one that can only
rise, several seeds each. Printed of
each run: the weights at z = -1 and z = 1.5 after the last epoch; Spearman's rank correlation of
hardness with the mean loss; and, of the fifth of the rows with the largest z, the share whose label
is wrong, and the mean alignment of those labelled right and of those labelled wrong (positive: more
weight on the row would lower the loss of the meta set). `gold` is read for these figures alone.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from hamr.config import DataSettings, TrainingSettings
from hamr.data import load
from hamr.records import Dataset, EpochRecord
from hamr.store import Store
from hamr.training import train
from tests.benchmarks.hardness_seeds import _spearman
from tests.benchmarks.quality import SHARED, _one_core

NAME = "noisy_ag_news"
PARTS = {"source": (0, 3000), "validation": (3000, 3800), "test": (3800, None)}
TOP = 0.2  # share of the rows that count as those with large losses


def main() -> None:
    """Prints a line for each run; with --json, one object on the last line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seeds", default="0,1,2,3,4,5", help="with commas")
    parser.add_argument("--shared", type=Path, default=SHARED)
    args = parser.parse_args()
    table = args.shared / NAME / "rows.csv"
    if not table.is_file():
        sys.exit(f"{NAME} is not in {args.shared}: name the folder of the data sets with --shared")
    _one_core()
    with tempfile.TemporaryDirectory() as home:
        dataset = load(_split(table, Path(home)))
        wrong, cache = wrong_labels(table, dataset), Store.open(home).cache
        found = []
        for curve, seed in itertools.product(("free", "rising"), map(int, args.seeds.split(","))):
            settings = TrainingSettings.of_preset("quick", seed=seed, weight_curve=curve)
            epochs = [
                r for r in train(dataset, settings, cache=cache) if isinstance(r, EpochRecord)
            ]
            found.append({"curve": curve, "seed": seed, **measured(epochs, wrong)})
            print(found[-1], flush=True)
    if args.json:
        print(json.dumps({"rows": found}))


def _split(table: Path, folder: Path) -> DataSettings:
    """The parts of the table as files without the original labels."""
    with table.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    files = {}
    for part, (start, end) in PARTS.items():
        files[part] = folder / f"{part}.csv"
        with files[part].open("w", newline="", encoding="utf-8") as out:
            kept = csv.DictWriter(out, ("id", "text", "label"), extrasaction="ignore")
            kept.writeheader()
            kept.writerows(rows[start:end])
    source, validation, test = (str(files[part]) for part in PARTS)
    return DataSettings(source=source, validation=validation, test=test, task="sequence")


def wrong_labels(table: Path, dataset: Dataset) -> np.ndarray:
    """Which training rows have a label other than the original one, [N] bool."""
    with table.open(newline="", encoding="utf-8") as lines:
        gold = {row["id"]: row["gold"] for row in csv.DictReader(lines)}
    own = [dataset.classes[label] for label in dataset.train.labels]
    return np.array([gold[row] != label for row, label in zip(dataset.train.ids, own, strict=True)])


def measured(epochs: list[EpochRecord], wrong: np.ndarray) -> dict[str, Any]:
    """The figures of one run after its last epoch."""
    last = epochs[-1]
    z, alignment = last.signals["z"], last.signals["alignment"]
    drawn = np.isfinite(z)
    top = drawn & (z >= np.quantile(z[drawn], 1 - TOP))
    weights = np.interp([-1, 1.5], last.arrays["curve_z"], last.arrays["curve_weight"])
    mean_loss = np.mean([epoch.signals["loss"] for epoch in epochs], 0)
    numbers = {
        "weight at z = -1": weights[0],
        "weight at z = 1.5": weights[1],
        "hardness with mean loss": _spearman(last.signals["hardness"], mean_loss),
        "z with alignment": _spearman(z[drawn], alignment[drawn]),
        "wrong among large losses": wrong[top].mean(),
        "alignment there, right": alignment[top & ~wrong].mean(),
        "alignment there, wrong": alignment[top & wrong].mean(),
    }
    return {name: round(float(value), 3) for name, value in numbers.items()}


if __name__ == "__main__":
    main()
