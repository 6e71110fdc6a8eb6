"""What the cheap meta-gradient costs in quality: `python -m tests.benchmarks.forms --json`.

The full preset is trained with each form of the meta-gradient and by ERM on the same seeds;
the last line has test macro-F1 run by run, and each form's mean difference to the exact
one next to the spread over the seeds.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from typing import Any

import numpy as np

from hamr.config import DataSettings, TrainingSettings
from hamr.data import load
from hamr.records import SPLITS, Dataset, EpochRecord, FinalRecord, Rows
from hamr.training import train
from tests.benchmarks.step import Cache

FEWEST = 4  # rows of a class that a smaller data set keeps in each split


def smaller(dataset: Dataset, rows: int) -> Dataset:
    """About `rows` training rows, and as large a share of the other splits, class by class."""
    share = min(1.0, rows / len(dataset.train))
    generator = np.random.default_rng(0)

    def cut(split: Rows) -> Rows:
        kept = []
        for label in range(len(dataset.classes)):
            own = generator.permutation(np.flatnonzero(split.labels == label))
            kept.append(own[: max(FEWEST, round(share * len(own)))])
        order = np.sort(np.concatenate(kept))
        ids, texts = (tuple(of[i] for i in order) for of in (split.ids, split.texts))
        return Rows(ids, texts, split.labels[order])

    parts = {name: cut(dataset.split(name)) for name in SPLITS}
    return replace(dataset, **parts, fingerprint=f"{dataset.fingerprint}:{rows}")


def one_run(dataset: Any, cache: Any, variant: str, seed: int, args: Any) -> dict[str, Any]:
    """Trains once: test macro-F1, the probes' cosines, seconds."""
    method, form = ("erm", "exact") if variant == "erm" else ("hamr-plus", variant)
    settings = TrainingSettings.of_preset(
        "full", method=method, meta_gradient=form, seed=seed, epochs=args.epochs,
        batch_size=args.batch, meta_batch_size=args.batch, probe_every=args.probe_every,
    )  # fmt: skip
    began, cosines, final = time.perf_counter(), [], None
    for record in train(dataset, settings, cache=cache):
        if isinstance(record, EpochRecord):
            cosines += record.arrays["probe_cosine"].tolist()
        if isinstance(record, FinalRecord):
            final = record
    assert final is not None
    found = {
        "variant": variant,
        "seed": seed,
        "macro_f1": final.test.macro_f1,
        "validation_macro_f1": final.validation.macro_f1,
        "seconds": time.perf_counter() - began,
    }
    if cosines:
        found |= {"cosine_mean": float(np.mean(cosines)), "cosine_min": float(np.min(cosines))}
    return found


def main() -> None:
    """Trains all, seed by seed, and prints."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.benchmarks.forms")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--data", default="demo", help="demo, builtin or a file")
    parser.add_argument("--rows", type=int, default=1000, help="training rows; 0: all")
    parser.add_argument("--variants", default="last_layer,exact", help="forms, and erm")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--probe-every", type=int, default=50)
    args = parser.parse_args()
    dataset, cache = load(DataSettings(source=args.data)), Cache()
    if args.rows:
        dataset = smaller(dataset, args.rows)
    runs = []
    for seed in range(args.seeds):
        for variant in args.variants.split(","):
            runs.append(one_run(dataset, cache, variant, seed, args))
            print(runs[-1], flush=True)
    print(json.dumps({"runs": runs, "minus_exact": _differences(runs)}))


def _differences(runs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Per variant: mean difference of test macro-F1 to exact, and the spread over seeds."""
    scores: dict[str, list[float]] = {}
    for run in runs:
        scores.setdefault(run["variant"], []).append(run["macro_f1"])
    exact = np.array(scores.pop("exact", []))
    return {
        variant: {
            "mean": float(np.mean(np.array(own) - exact)),
            "spread_of_exact": float(np.ptp(exact)),
            "spread": float(np.ptp(own)),
        }
        for variant, own in scores.items()
        if len(own) == len(exact)
    }


if __name__ == "__main__":
    main()
