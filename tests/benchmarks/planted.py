"""Wrong labels planted in every split: `python -m tests.benchmarks.planted --json`.

Made-up tickets (`tests.tickets`), of which 48 of 600 have a label that somebody mixed up: 35 in
training, 13 in validation and test. A run of the quick preset learns from them in a home of its
own, and the queue of the page Relabel is read as the page makes it. It prints how many of the
planted errors the queue holds, and the share found in its first n rows, n being the number
planted; for each split, how many are found and estimated, and how many of the likely errors are
right. With --shared also real label errors of crowd workers in news items, and restaurant queries
with one sentence in twenty made wrong in every split.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hamr.config import RunSettings, TrainingSettings
from hamr.data.fingerprint import fingerprint
from hamr.entities import mention_counts
from hamr.jobs.neighbour_evidence import cache_neighbours, neighbour_evidence_of
from hamr.jobs.worker import run_worker
from hamr.records import SPLITS, Dataset
from hamr.store import Run, Store
from hamr.tasks import features
from hamr.views.base.all_rows import AllRows
from hamr.views.base.issue_signals import tag_statistics
from hamr.views.relabel.queue import Queue, queue
from tests.benchmarks.entities import restaurants
from tests.benchmarks.spoiled import spoiled, wrong_sentences
from tests.benchmarks.triage_entities import retagged, tags_of_rows
from tests.tickets import Ticket, dataset, tickets

TARGETS = {"reached": 48, "found in first n": 0.75}
NEWS, RESTAURANTS = "noisy_ag_news/rows.csv", "mit_restaurant"
WRONG_ENTITIES = 0.05  # of all entities


def trained(store: Store, data: Dataset, seed: int) -> Run:
    """A finished run with the defaults of the quick preset."""
    training = TrainingSettings.of_preset("quick", data.task, seed=seed, epochs=10)
    settings = RunSettings(training=training)
    run = store.create_run(settings)
    run.attach_dataset(data)
    run_worker(store, run.id)
    if features(data.task).neighbour_evidence:
        cache_neighbours(run, data)
    return store.run(run.id)


def measured(run: Run, wrong: set[str]) -> dict[str, Any]:
    """How well the queue of a run finds the rows of those ids."""
    rows = AllRows.of(run)
    by_words = features(run.info.task).tag_statistics
    evidence = tag_statistics(run) if by_words else neighbour_evidence_of(run)
    found: Queue = queue(run, run.epochs()[-1], evidence)
    is_wrong = np.array([row_id in wrong for row_id in rows.ids])
    first = found.order[: int(is_wrong.sum())]
    result: dict[str, Any] = {
        "planted": int(is_wrong.sum()),
        "reached": int(is_wrong[found.order].sum()),
        "found in first n": round(float(is_wrong[first].mean()), 3),
        "estimated": found.likely_errors,
    }
    for split in SPLITS:
        own, scores = rows.of_split(split), found.score[rows.of_split(split)]
        there = is_wrong[own]
        best = np.argsort(-scores, kind="stable")[: int(there.sum())]
        in_first = np.intersect1d(first, np.arange(own.start, own.stop))
        result[split] = {
            "planted": int(there.sum()),
            "estimated": round(found.expected_errors(own), 1),
            "found in first n of all": int(is_wrong[in_first].sum()),
            "of rows there": len(in_first),
            "precision at own n": round(float(there[best].mean()), 3) if len(best) else None,
        }
    return result


def of_tickets(seeds: Iterable[int]) -> list[dict[str, Any]]:
    """The same for made-up tickets of each seed."""
    found = []
    for seed in seeds:
        made = tickets(seed)
        with tempfile.TemporaryDirectory() as home:
            run = trained(Store.open(home), dataset(made), seed)
            found.append({"seed": seed, **measured(run, {row.id for row in made if row.wrong})})
        _print(f"tickets, seed {seed}", found[-1])
    return found


def of_news(folder: Path, seed: int) -> dict[str, Any] | None:
    """The same for real errors in news items; None where the file is not there."""
    file = folder / NEWS
    if not file.is_file():
        print(f"left out: {file} is not there")
        return None
    with file.open(newline="", encoding="utf-8") as lines:
        given = list(csv.DictReader(lines))
    random.Random(seed).shuffle(given)
    splits = [SPLITS[0 if n % 20 < 14 else 1 if n % 20 < 17 else 2] for n in range(len(given))]
    rows = [
        Ticket(str(n), row["text"], row["label"], row["gold"], split)
        for n, (row, split) in enumerate(zip(given, splits, strict=True))
    ]
    with tempfile.TemporaryDirectory() as home:
        run = trained(Store.open(home), dataset(rows, "news"), seed)
        found = measured(run, {row.id for row in rows if row.wrong})
    _print("news with labels of crowd workers", found)
    return found


def of_restaurants(folder: Path, seed: int) -> dict[str, Any] | None:
    """The same for entities made wrong in restaurant queries; None where these are not there."""
    if not (folder / RESTAURANTS / "train.json").is_file():
        print(f"left out: {folder / RESTAURANTS} is not there")
        return None
    data, draw = restaurants(folder / RESTAURANTS), np.random.default_rng(seed)
    made, wrong = {}, set()
    for split in SPLITS:
        rows = data.split(split)
        right = tags_of_rows(rows)
        made[split] = spoiled(right, "type", WRONG_ENTITIES, len(data.classes) - 1, draw)
        places = np.flatnonzero(wrong_sentences(right, made[split]))
        wrong |= {rows.ids[row] for row in places.tolist()}
    counts = mention_counts(made["train"], len(data.classes) - 1)
    parts = {split: retagged(data.split(split), made[split], counts) for split in SPLITS}
    data = replace(data, **parts, fingerprint=fingerprint(data.classes, parts.items()))
    with tempfile.TemporaryDirectory() as home:
        run = trained(Store.open(home), data, seed)
        found = measured(run, wrong)
    _print("restaurant queries with wrong types", found)
    return found


def _print(title: str, found: dict[str, Any]) -> None:
    print(f"{title}: {found['reached']} of {found['planted']} wrong labels are in the queue, "
          f"{100 * found['found in first n']:.0f} % of them in its first {found['planted']} rows; "
          f"{found['estimated']} estimated")  # fmt: skip
    for split in SPLITS:
        print(f"    {split:10s} {found[split]}", flush=True)


def main() -> None:
    """Plants, trains, ranks and prints."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.benchmarks.planted")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--shared", help=f"a folder with {NEWS} and {RESTAURANTS}")
    args = parser.parse_args()
    rows = of_tickets(int(seed) for seed in filter(None, args.seeds.split(",")))
    folder = Path(args.shared) if args.shared else None
    news, queries = (of(folder, 0) if folder else None for of in (of_news, of_restaurants))
    if args.json:
        print(
            json.dumps({"targets": TARGETS, "tickets": rows, "news": news, "restaurants": queries})
        )


if __name__ == "__main__":
    main()
