"""Whether verified rows make a better meta set: `python -m tests.benchmarks.verified_meta --json`.

A share of the labels of training and validation rows is flipped. A first run learns from them and
ranks its rows as *Relabel* does; from the top of that queue the first PER_CLASS training rows of
each class are verified: they get the label that they had before. Then runs of the quick preset
learn from the same rows, those corrections included, and differ only in their meta set: the
validation set with its wrong labels, the verified rows, or both. `random` verifies as many rows of
each class without the queue.

It prints how well the post-meta weights separate wrong from right labels among the rows that nobody
has verified (ROC AUC: 1 where every wrong label weighs less than every right one, 0.5 for chance;
the mean of a row's weights over the epochs), and macro-F1 on test rows, whose labels are right.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from hamr.config import DataSettings, TrainingSettings
from hamr.data import load
from hamr.records import SPLITS, Dataset, EpochRecord, FinalRecord, Split
from hamr.training import train
from hamr.training.chosen import ChosenRows
from hamr.triage import RunSignals
from tests.benchmarks.regions import IRMA, irma
from tests.benchmarks.triage import Bench, Fixed

META_SETS = ("validation", "verified", "both")
PER_CLASS = 20


class Trial:
    """One data set with flipped labels, and a review of some of its rows."""

    def __init__(self, bench: Bench, share: float, seed: int, policy: str, per_class: int) -> None:
        self._bench, self._seed = bench, seed
        noisy, self.wrong = bench.flip("uniform", share, seed)
        self.right = bench.dataset.train.labels
        order = np.random.default_rng(seed).permutation(bench.count)
        if policy == "queue":
            found = bench.judge(noisy, RunSignals(**bench.learn(noisy, seed))).label_errors.order
            order = found[found < bench.count]
        self.verified = self._first(order, per_class)
        labels = noisy.train.labels.copy()
        labels[self.verified] = self.right[self.verified]
        self.dataset = _with_labels(noisy, labels)

    def _first(self, order: np.ndarray, per_class: int) -> np.ndarray:
        """The first rows of each class in that order."""
        chosen = [order[self.right[order] == c][:per_class] for c in range(self._bench.classes)]
        return np.sort(np.concatenate(chosen))

    def run(self, meta_set: str, method: str) -> dict[str, float]:
        """AUC and macro-F1 of a run with that meta set."""
        settings = TrainingSettings.of_preset(
            "quick", seed=self._seed, method=method, epochs=self._bench._epochs, meta_set=meta_set
        )
        ids = [self.dataset.train.ids[row] for row in self.verified]
        chosen = ChosenRows.of(self.dataset, settings, verified=ids)
        cache = Fixed(self._bench.embeddings)
        records = [*train(self.dataset, settings, cache=cache, chosen=chosen)]
        weights = [r.signals["post"] for r in records if isinstance(r, EpochRecord)]
        mean = np.nanmean(np.stack(weights), axis=0)
        judged = np.isfinite(mean)
        judged[self.verified] = False
        f1 = next(r.test.macro_f1 for r in records if isinstance(r, FinalRecord))
        return {
            "auc": float(roc_auc_score(~self.wrong[judged], mean[judged])),
            "macro_f1": 100 * f1,
        }


def _cut(dataset: Dataset, rows: int) -> Dataset:
    """The data with at most so many rows in each split, so that fewer have to be embedded."""
    for name in SPLITS:
        dataset = fewer(dataset, rows, name)
    return dataset


def fewer(dataset: Dataset, rows: int, name: Split) -> Dataset:
    """The data with at most so many rows of a split, chosen at random."""
    own = dataset.split(name)
    if len(own) <= rows:
        return dataset
    kept = np.sort(np.random.default_rng(0).permutation(len(own))[:rows])
    ids, texts = (tuple(of[row] for row in kept) for of in (own.ids, own.texts))
    cut = replace(own, ids=ids, texts=texts, labels=own.labels[kept], groups=None, sources=None)
    return replace(dataset, **{name: replace(cut, metadata={})})


def _with_labels(dataset: Dataset, labels: np.ndarray) -> Dataset:
    return replace(dataset, train=replace(dataset.train, labels=labels.astype(np.int32)))


def measure(
    bench: Bench, shares: list[float], seeds: list[int], methods: list[str], policy: str, few: int
) -> list[dict[str, Any]]:
    """One line for each run."""
    lines = []
    for share in shares:
        for seed in seeds:
            trial = Trial(bench, share, seed, policy, few)
            for method in methods:
                for meta_set in META_SETS:
                    found = trial.run(meta_set, method)
                    about = {"data": bench.dataset.name, "share": share, "seed": seed,
                             "method": method, "meta_set": meta_set, "policy": policy,
                             "verified": len(trial.verified)}  # fmt: skip
                    lines.append({**about, **found})
                    print(json.dumps(lines[-1]), flush=True)
    return lines


def summary(lines: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Means over the seeds, and over all of a method's settings."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for line in lines:
        pair = line["auc"], line["macro_f1"]
        for data in (f"{line['data']} {line['share']:.0%}", "all"):
            found[f"{line['method']} {data} {line['meta_set']}"].append(pair)
    return {
        name: {"auc": round(float(np.mean([a for a, _ in own])), 3),
               "macro_f1": round(float(np.mean([f for _, f in own])), 1), "runs": len(own)}
        for name, own in found.items()
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--shares", default="0.1,0.2")
    parser.add_argument("--methods", default="hamr-plus,hamr")
    parser.add_argument("--policy", choices=("queue", "random"), default="queue")
    parser.add_argument("--per-class", type=int, default=PER_CLASS)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--shared", default="", help=f"a folder with {IRMA}")
    parser.add_argument("--only", default="", help="demo or irma")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    sets = {"demo": lambda: load(DataSettings(source="demo")),
            "irma": lambda: irma(Path(args.shared)) if args.shared else None}  # fmt: skip
    lines: list[dict[str, Any]] = []
    for name, read in sets.items():
        dataset = read() if args.only in ("", name) else None
        if dataset is None:
            print(f"{name} is left out")
            continue
        bench = Bench(_cut(dataset, args.rows), args.rows, args.epochs)
        seeds, shares = [*map(int, args.seeds.split(","))], [*map(float, args.shares.split(","))]
        lines += measure(bench, shares, seeds, args.methods.split(","), args.policy, args.per_class)
    found = summary(lines)
    for name, own in found.items():
        print(f"{name:60s} AUC {own['auc']:.3f}   macro-F1 {own['macro_f1']:.1f}")
    if args.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
