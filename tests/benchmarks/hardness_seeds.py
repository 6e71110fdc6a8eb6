"""Is hardness the same with another seed? `python -m tests.benchmarks.hardness_seeds --json`.

Trains one configuration with several seeds on each set, without a store. The rows and their split
are the same for all seeds. Printed of each set: Spearman's rank correlation of the training rows'
hardness after the last epoch over all pairs of seeds (mean, least), the same with the mean loss of
each run, and in how many runs hardness and mean loss disagree in sign: with the warning that
`hamr.difficulty` gives on screen, and without one. SciPy computes the correlations here, so that
the rule is checked against something else than itself.

Sets that are not at hand are left out. Of the crowd-labelled news the first 3,000 rows are used.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import math
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from hamr.config import DataSettings, TrainingSettings
from hamr.data import load
from hamr.difficulty import agreement
from hamr.records import Dataset, EpochRecord
from hamr.store import Store
from hamr.training import train
from tests.benchmarks.quality import SHARED, Work, _embedded, _folder, _one_core

SETS = ("demo", "hurricane_irma_2017", "sst5", "noisy_ag_news", "mit_restaurant")
BUILTIN = ("demo", "builtin")
TABLES = {"noisy_ag_news": ("rows.csv", 3000)}  # a set of one file, and how many rows of it
TARGETS = {"mean": 0.85, "least": 0.6, "turned without a warning": 0}


@dataclass(frozen=True)
class Measured:
    """What one run leaves for the comparison. Axis: N training rows."""

    data: str
    seed: int
    hardness: np.ndarray  # [N], after the last epoch
    mean_loss: np.ndarray  # [N], over all epochs
    curve: tuple[float, ...]  # the last epoch's weight at z = -2, 0, 2; empty without a curve

    @property
    def with_loss(self) -> float:
        """The rank correlation of hardness with the mean loss."""
        return _spearman(self.hardness, self.mean_loss)


def main() -> None:
    """Prints a line for each run and a table; with --json, one object on the last line."""
    args = _arguments()
    with tempfile.TemporaryDirectory() as fresh:
        runs = []
        for run in _runs(args, Path(fresh)):
            runs.append(run)
            curve = " ".join(f"{weight:.2f}" for weight in run.curve)
            print(
                f"{run.data} seed {run.seed}: hardness with mean loss {run.with_loss:+.3f}, "
                f"weight at z = -2, 0, 2: {curve or 'no curve'}",
                file=sys.stderr,
                flush=True,
            )
    found = {name: compared([run for run in runs if run.data == name]) for name in _names(runs)}
    _report(found)
    if args.json:
        print(json.dumps({"sets": found, "all": summary(found), "targets": TARGETS}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--method", help="the default method if it is not given")
    parser.add_argument("--sets", default=",".join(SETS), help="with commas")
    parser.add_argument("--seeds", default="0,1,2,3,4,5", help="with commas")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="changes a setting")  # fmt: skip
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--home", help="a store whose cached embeddings are used")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    return parser.parse_args()


def _runs(args: argparse.Namespace, fresh: Path) -> Iterator[Measured]:
    """All runs as they end, `--jobs` at a time."""
    changes = tuple((name, value) for name, value in (one.split("=", 1) for one in args.set))
    home = args.home or str(fresh)
    sources = _sources(args, fresh)
    work = [
        Work(name, settings, args.method or "", int(seed), args.preset, home, changes)
        for name, settings in sources.items()
        for seed in args.seeds.split(",")
    ]
    for one in {one.data: one for one in work}.values():
        _embedded(replace(one, method="hamr-plus"))  # once, before several processes ask for it
    spawn = get_context("spawn")
    with ProcessPoolExecutor(args.jobs, mp_context=spawn, initializer=_one_core) as pool:
        for done in as_completed([pool.submit(one_run, one) for one in work]):
            yield done.result()


def _sources(args: argparse.Namespace, fresh: Path) -> dict[str, DataSettings]:
    """The sets by name; one that is not there is left out, and the reason printed."""
    found = {}
    for name in args.sets.split(","):
        folder = args.shared / name
        if name in BUILTIN:
            found[name] = DataSettings(source=name, task="sequence")
        elif not folder.is_dir():
            print(f"left out: {name} is not in {args.shared}", file=sys.stderr)
        elif name in TABLES:
            found[name] = _first_rows(folder / TABLES[name][0], TABLES[name][1], fresh)
        else:
            found[name] = _folder(folder)
    return found


def _first_rows(table: Path, count: int, fresh: Path) -> DataSettings:
    """The first rows of a table of texts and labels, in a file of their own."""
    file = fresh / f"{table.parent.name}.csv"
    with table.open(newline="", encoding="utf-8") as lines, file.open("w", newline="") as out:
        kept = csv.DictWriter(out, ("id", "text", "label"), extrasaction="ignore")
        kept.writeheader()
        kept.writerows(itertools.islice(csv.DictReader(lines), count))
    return DataSettings(source=str(file), task="sequence")


def one_run(work: Work) -> Measured:
    """Trains once and keeps hardness, mean loss and three points of the weight curve."""
    dataset = load(work.settings)
    losses, last = [], None
    for record in train(dataset, _settings(work, dataset), cache=Store.open(work.home).cache):
        if isinstance(record, EpochRecord):
            losses.append(record.signals["loss"])
            last = record
    assert last is not None
    curve: tuple[float, ...] = ()
    if "curve_weight" in last.arrays:
        z, weight = last.arrays["curve_z"], last.arrays["curve_weight"]
        curve = tuple(round(float(np.interp(at, z, weight)), 3) for at in (-2, 0, 2))
    mean_loss = np.mean(losses, axis=0)
    return Measured(work.data, work.seed, last.signals["hardness"], mean_loss, curve)


def _settings(work: Work, dataset: Dataset) -> TrainingSettings:
    changes: dict[str, Any] = dict(work.changes)
    if work.method:
        changes["method"] = work.method
    return TrainingSettings.of_preset(work.preset, dataset.task, **changes, seed=work.seed)


def compared(runs: list[Measured]) -> dict[str, Any]:
    """The figures of one set: over pairs of seeds, and of each run with its loss."""
    pairs = [
        _spearman(a.hardness, b.hardness)
        for a, b in itertools.combinations(sorted(runs, key=lambda run: run.seed), 2)
    ]
    turned = [run for run in runs if run.with_loss < 0]
    warned = [run for run in turned if agreement(run.hardness, run.mean_loss).is_doubtful]
    return {
        "runs": len(runs),
        "mean": _rounded(float(np.nanmean(pairs))) if pairs else None,
        "least": _rounded(float(np.nanmin(pairs))) if pairs else None,
        "with loss": {str(run.seed): _rounded(run.with_loss) for run in runs},
        "turned": len(turned),
        "turned without a warning": len(turned) - len(warned),
        "partly": sum(agreement(run.hardness, run.mean_loss).kind == "partly" for run in runs),
        "curves": {str(run.seed): run.curve for run in runs},
    }


def summary(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The same over all sets: the mean of their means, the least of all, and sums."""
    compared_ones = [one for one in found.values() if one["mean"] is not None]
    return {
        "mean": _rounded(float(np.mean([one["mean"] for one in compared_ones])))
        if compared_ones
        else None,
        "least": min((one["least"] for one in compared_ones), default=None),
        **{
            name: sum(one[name] for one in found.values())
            for name in ("runs", "turned", "turned without a warning", "partly")
        },
    }


def _spearman(x: np.ndarray, y: np.ndarray) -> float:
    """NaN where either is the same for all rows."""
    from scipy.stats import spearmanr

    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    return float(spearmanr(x, y).statistic)


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 3)


def _names(runs: list[Measured]) -> list[str]:
    return [name for name in dict.fromkeys((*SETS, *(run.data for run in runs)))
            if any(run.data == name for run in runs)]  # fmt: skip


def _report(found: dict[str, dict[str, Any]]) -> None:
    columns = ("runs", "mean", "least", "turned", "turned without a warning", "partly")
    print(f"{'hardness of two seeds':24}" + "".join(f"{name:>26}" for name in columns))
    for name, one in {**found, "all": summary(found)}.items():
        print(f"{name:24}" + "".join(f"{one[column]!s:>26}" for column in columns))
    targets = (TARGETS.get(column, "") for column in columns)
    print(f"{'target':24}" + "".join(f"{target!s:>26}" for target in targets))


if __name__ == "__main__":
    main()
