"""Labels needed by each strategy of active learning: `python -m tests.benchmarks.pool --json`.

The labels of 4,000 training rows are hidden but for 100, drawn at random. A model of the quick
preset is trained on what is labelled (40 epochs: few rows make few steps), scored once on the test
rows, and its predictions choose the next 100 rows, up to 500. Random labelling goes on to 1,000.
For each strategy: the labels that it needs for the macro-F1 that random labelling reaches with
1,000 (between two models by a straight line), and the F1 of the rarest third of the classes at 500.
400 validation rows are labelled from the start, as they are for every strategy. On the built-in
rows, and with --shared on hurricane_irma_2017 of that folder.

`--million` attaches a made-up file of a million rows, and says how much memory that takes.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hamr.acquisition import NAMES
from hamr.acquisition.orders import Scored, order
from hamr.config import DataSettings, TrainingSettings
from hamr.data import load
from hamr.jobs.pool_history import head_chances, vote_entropy
from hamr.models import encoder_folder, load_encoder
from hamr.records import Dataset, EpochRecord, FinalRecord, Metrics
from hamr.store import Store
from hamr.training import embed_texts, train
from tests.benchmarks.regions import irma
from tests.benchmarks.subsets import _of, fewer

POOL, VALIDATION, TEST = 4000, 400, 1500  # rows
START, BATCH, END, RANDOM_END, EPOCHS = 100, 100, 500, 1000, 40
PIECE = 500  # texts that are embedded at a time


class Given:
    """A cache that has the embeddings of all rows, and keeps nothing."""

    def __init__(self, rows: np.ndarray) -> None:
        self._rows = rows

    def get(self, kind: str, key: str) -> np.ndarray | None:
        """The embeddings."""
        return self._rows if kind == "embeddings" else None

    def put(self, kind: str, key: str, array: np.ndarray) -> None:
        """Nothing."""

    def drop(self, kind: str, key: str) -> None:
        """Nothing."""


def cut(dataset: Dataset) -> Dataset:
    """Fewer rows of each split, the same in every run."""
    found = fewer(dataset, POOL, 0)
    parts = {
        name: _of(rows, np.sort(np.random.default_rng(seed).permutation(len(rows))[:count]))
        for seed, (name, rows, count) in enumerate(
            [("validation", found.validation, VALIDATION), ("test", found.test, TEST)], 1
        )
    }
    return replace(found, **parts)


def embedded(dataset: Dataset, home: Path) -> np.ndarray:
    """The embeddings of all splits; kept in the home, so that another look costs nothing."""
    cache, key = Store.open(home).cache, f"pool benchmark {dataset.name} {len(dataset.train)}"
    known = cache.get("benchmark", key)
    if known is None:
        encoder = load_encoder(encoder_folder("builtin"), 128)
        texts = [
            t for part in (dataset.train, dataset.validation, dataset.test) for t in part.texts
        ]
        pieces = (texts[at : at + PIECE] for at in range(0, len(texts), PIECE))
        known = np.concatenate([embed_texts("sequence", encoder, piece) for piece in pieces])
        cache.put("benchmark", key, known)
    return np.asarray(known, np.float32)


def fitted(
    dataset: Dataset, vectors: np.ndarray, labelled: np.ndarray, seed: int
) -> tuple[Metrics, Scored]:
    """A model of these rows: its test scores, and what it makes of all rows."""
    count = len(dataset.train)
    known = np.concatenate([vectors[:count][labelled], vectors[count:]])
    settings = TrainingSettings.of_preset("quick", epochs=EPOCHS, seed=seed, probe_every=0)
    part, hardness, final = replace(dataset, train=_of(dataset.train, labelled)), None, None
    votes = []  # of the model of each epoch
    for record in train(part, settings, cache=Given(known)):
        if isinstance(record, EpochRecord):
            hardness = record.signals["hardness"]
            votes.append(head_chances(record.head, vectors[:count]).argmax(1))
        elif isinstance(record, FinalRecord):
            final = record
    assert final is not None and hardness is not None
    counts = np.bincount(dataset.train.labels[labelled], minlength=len(dataset.classes))
    return final.test, Scored(
        head_chances(final.model, vectors[:count]), vectors[:count], vectors[:count][labelled],
        counts, hardness, vote_entropy(np.stack(votes), len(dataset.classes)),
    )  # fmt: skip


def labelling(
    dataset: Dataset, vectors: np.ndarray, strategy: str, seed: int
) -> Iterator[dict[str, Any]]:
    """The scores after each batch."""
    count = len(dataset.train)
    labelled = np.random.default_rng(seed).permutation(count)[:START]
    rare = np.argsort(dataset.train.class_counts(len(dataset.classes)), kind="stable")
    rare = rare[: max(1, len(dataset.classes) // 3)]
    while True:
        test, scored = fitted(dataset, vectors, labelled, seed)
        yield {
            "labels": len(labelled),
            "macro_f1": 100 * test.macro_f1,
            "rare_f1": 100 * float(test.f1[rare].mean()),
        }
        if len(labelled) >= END and (strategy != "random" or len(labelled) >= RANDOM_END):
            return
        batch = BATCH if len(labelled) < END else RANDOM_END - END
        left = np.setdiff1d(np.arange(count), labelled)
        chosen = order(scored.of(left), strategy, batch, seed=seed)
        labelled = np.concatenate([labelled, left[chosen]])


def needed(curve: list[dict[str, Any]], goal: float) -> float:
    """The labels at which the macro-F1 first reaches the goal; NaN where it does not."""
    before = None
    for point in curve:
        if point["macro_f1"] >= goal:
            if before is None:
                return float(point["labels"])
            share = (goal - before["macro_f1"]) / (point["macro_f1"] - before["macro_f1"])
            return float(before["labels"] + share * (point["labels"] - before["labels"]))
        before = point
    return float("nan")


def compared(name: str, dataset: Dataset, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """A line for each strategy: means over the seeds."""
    dataset = cut(dataset)
    vectors = embedded(dataset, Path(arguments.home))
    curves: dict[str, list[list[dict[str, Any]]]] = {}
    for strategy in ("random", *(one for one in arguments.strategies if one != "random")):
        for seed in range(arguments.seeds):
            curves.setdefault(strategy, []).append([*labelling(dataset, vectors, strategy, seed)])
    means = {
        strategy: [
            {key: float(np.mean([point[key] for point in points])) for key in points[0]}
            for points in zip(*own, strict=True)
        ]
        for strategy, own in curves.items()
    }
    goal = means["random"][-1]["macro_f1"]
    at_500 = {
        strategy: next(point for point in curve if point["labels"] == END)
        for strategy, curve in means.items()
    }
    return [
        {
            "data": name, "strategy": strategy, "goal": round(goal, 1),
            "labels_needed": round(needed(curve, goal)) if needed(curve, goal) > 0 else None,
            "macro_f1_at_500": round(at_500[strategy]["macro_f1"], 1),
            "rare_f1_at_500": round(at_500[strategy]["rare_f1"], 1),
            "rare_over_random": round(
                at_500[strategy]["rare_f1"] - at_500["random"]["rare_f1"], 1
            ),
        }
        for strategy, curve in means.items()
    ]  # fmt: skip


def million(rows: int) -> dict[str, Any]:
    """Seconds and the memory that attaching a file of so many rows takes beyond what was used."""
    from hamr.jobs.pool import attach_file
    from tests.fake_run import write_fake_run

    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "home")
        run = write_fake_run(store, rows=200, epochs=1)
        path = Path(folder) / "rows.csv"
        with path.open("w") as file:
            file.write("text\n")
            file.writelines(
                f"a made-up text of some length with the number {at}\n" for at in range(rows)
            )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begin = time.perf_counter()
        found = attach_file(store, run.info, str(path), "ada")
        seconds = time.perf_counter() - begin
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "rows": found.rows, "seconds": round(seconds, 1),
        "peak_mb": round(peak / 1024), "further_mb": round((peak - before) / 1024),
    }  # fmt: skip


def main() -> None:
    """Prints a line for each data set and strategy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--shared", help="a folder with hurricane_irma_2017")
    parser.add_argument("--home", default=tempfile.gettempdir() + "/hamr-pool-benchmark")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--strategies", nargs="+", default=list(NAMES), choices=NAMES)
    parser.add_argument("--data", choices=("builtin", "irma"), help="one of the two")
    parser.add_argument("--million", action="store_true")
    arguments = parser.parse_args()
    if arguments.million:
        found: Any = million(1_000_000)
        print(json.dumps(found))
        return
    sets = {
        "builtin": lambda: load(DataSettings(source="builtin")),
        "irma": lambda: irma(Path(arguments.shared)) if arguments.shared else None,
    }
    lines = []
    for name, read in sets.items():
        dataset = read() if arguments.data in (None, name) else None
        lines += compared(name, dataset, arguments) if dataset is not None else []
    print(json.dumps(lines) if arguments.json else "\n".join(map(str, lines)))


if __name__ == "__main__":
    main()
