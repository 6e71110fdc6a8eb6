"""Finding sentences with wrong entities: `python -m tests.benchmarks.triage_entities --json`.

Known shares of the entities of training and validation rows are made wrong (`spoiled.py`), a run
of the quick preset learns from them, and `hamr.triage` ranks the training sentences by what that
run records of their words and by how the others are tagged. They are compared with cleanlab's
rankings (the sentence's worst word; out-of-fold probabilities of logistic regression on the same
vectors of words), the mean loss and the hardness of the same run. It prints average precision,
sentence by sentence: does it contain an entity that was made wrong?

The built-in entities are links that nobody annotated, and other files have mistakes of their own:
a sentence that was wrong before counts as right here, for all rankings alike. The constants were
chosen at seeds 10 and 11 on both sets.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from hamr.config import DataSettings, TrainingSettings
from hamr.data import load
from hamr.entities import mention_counts, row_labels
from hamr.records import Dataset, EpochRecord, Rows
from hamr.training import train
from hamr.training.embedded import Embedded
from hamr.training.features import embed
from hamr.triage import SentenceErrors, WordSignals, estimate_sentence_errors, tag_statistics_of
from tests.benchmarks.entities import restaurants
from tests.benchmarks.spoiled import KINDS, cleanlab_rankings, out_of_fold, spoiled, wrong_sentences
from tests.benchmarks.step import Cache

RESTAURANTS = "mit_restaurant"
SIGNALS = ("word_loss", "word_prediction", "word_probability", "hardness", "loss")
FIRST = 100


class Fixed(Cache):
    """Vectors of rows and words that stay what they are while the tags change."""

    def __init__(self, embedded: Embedded) -> None:
        super().__init__()
        self._found = {"embeddings": embedded.rows, "words": embedded.words}

    def get(self, kind: str, key: str) -> np.ndarray | None:
        """The vectors, whatever the tags are."""
        return self._found.get(kind)


class Bench:
    """One data set, embedded once."""

    def __init__(self, dataset: Dataset, epochs: int) -> None:
        *_, embedded = embed(dataset, TrainingSettings(), Cache())
        assert isinstance(embedded, Embedded) and embedded.words is not None
        self.dataset, self._epochs, self._cache = dataset, epochs, Fixed(embedded)
        self.types = len(dataset.classes) - 1
        self.vectors = embedded.words[: sum(map(len, tags_of_rows(dataset.train)))]

    def spoil(self, kind: str, share: float, seed: int) -> tuple[Dataset, np.ndarray]:
        """The data with wrong entities, and which training sentences hold one."""
        random = np.random.default_rng([seed, round(1000 * share)])
        made = {
            name: spoiled(tags_of_rows(self.dataset.split(name)), kind, share, self.types, random)
            for name in ("train", "validation")
        }
        counts = mention_counts(made["train"], self.types)
        parts = {name: retagged(self.dataset.split(name), made[name], counts) for name in made}
        wrong = wrong_sentences(tags_of_rows(self.dataset.train), made["train"])
        return replace(self.dataset, **parts), wrong

    def learn(self, dataset: Dataset, seed: int) -> dict[str, np.ndarray]:
        """What a run of the quick preset records, epoch by epoch."""
        settings = TrainingSettings.of_preset("quick", "token", seed=seed, epochs=self._epochs)
        records = train(dataset, settings, cache=self._cache)
        epochs = [record for record in records if isinstance(record, EpochRecord)]
        return {name: np.stack([one.signals[name] for one in epochs]) for name in SIGNALS}

    def judge(self, dataset: Dataset, found: dict[str, np.ndarray]) -> SentenceErrors:
        """Ours."""
        rows = (dataset.train, dataset.validation)
        words = [word for split in rows for row in split.words or () for word in row]
        tags = [row for split in rows for row in tags_of_rows(split)]
        starts = np.concatenate([[0], np.cumsum([len(row) for row in tags])])
        around = tag_statistics_of(
            words, np.concatenate(tags), starts, len(dataset.train), len(dataset.tags)
        )
        names = ("loss", "prediction", "probability", "hardness", "row_loss")
        learned = dict(zip(names, (found[name] for name in SIGNALS), strict=True))
        return estimate_sentence_errors(around, WordSignals(**learned))

    def rivals(self, dataset: Dataset) -> dict[str, np.ndarray]:
        """cleanlab's rankings."""
        tags = tags_of_rows(dataset.train)
        chances = out_of_fold(self.vectors.astype(np.float32), tags, len(dataset.tags))
        return cleanlab_rankings(tags, chances)


def tags_of_rows(rows: Rows) -> tuple[np.ndarray, ...]:
    """The tags of tagged sentences."""
    assert rows.tags is not None
    return rows.tags


def retagged(rows: Rows, tags: list[np.ndarray], counts: np.ndarray) -> Rows:
    """The sentences with those tags, each under its rarest type."""
    starts = np.concatenate([[0], np.cumsum([len(one) for one in tags])])
    labels = row_labels(np.concatenate(tags), starts, counts).astype(np.int32)
    return replace(rows, tags=tuple(tags), labels=labels, sources=None)


def one_row(bench: Bench, name: str, kind: str, share: float, seed: int) -> dict[str, Any]:
    """Average precision of all rankings at one share of wrong entities."""
    dataset, wrong = bench.spoil(kind, share, seed)
    found = bench.learn(dataset, seed)
    began = time.perf_counter()
    own = bench.judge(dataset, found)
    seconds = time.perf_counter() - began
    rivals = bench.rivals(dataset)
    rankings = {"ours": own.score, **rivals, "mean_loss": found["loss"].mean(0)}
    rankings["hardness"] = found["hardness"][-1]
    precision = {n: float(average_precision_score(wrong, s)) for n, s in rankings.items()}
    above = wrong[own.order[: own.estimated_count]]
    print(f"{name}, {kind} {share:.0%}, seed {seed}: {wrong.sum()} of {len(wrong):,} sentences "
          f"made wrong; {own.estimated_count} errors estimated, {above.sum()} of them; scoring "
          f"took {1000 * seconds:.0f} ms")  # fmt: skip
    for ranking, score in rankings.items():
        first = wrong[np.argsort(-score, kind="stable")[:FIRST]].mean()
        print(f"    {ranking:20s} AP {precision[ranking]:.3f}   P@100 {first:.2f}", flush=True)
    kept = {"ours": precision["ours"], "cleanlab": max(precision[one] for one in rivals)}
    kept |= {one: precision[one] for one in ("mean_loss", "hardness")}
    rounded = {one: round(value, 5) for one, value in kept.items()}
    return {"data": name, "kind": kind, "share": share, "seed": seed, **rounded}


def datasets(args: argparse.Namespace) -> Iterator[tuple[str, Dataset]]:
    """The built-in entities, and restaurant queries where the shared folder has them."""
    yield args.data, load(DataSettings(source=args.data, task="token", repair=True))
    if args.shared is None:
        return
    folder = Path(args.shared) / RESTAURANTS
    if (folder / "train.json").is_file():
        yield RESTAURANTS, restaurants(folder)
    else:
        print(f"left out: {folder} has no train.json")


def summary(rows: list[dict[str, Any]]) -> None:
    """Means over the seeds, in points of average precision."""
    for data in dict.fromkeys(row["data"] for row in rows):
        print(f"{data}: ours, cleanlab, mean loss, hardness")
        for key in dict.fromkeys((r["kind"], r["share"]) for r in rows if r["data"] == data):
            own = [r for r in rows if (r["data"], r["kind"], r["share"]) == (data, *key)]
            means = {
                one: 100 * float(np.mean([r[one] for r in own]))
                for one in ("ours", "cleanlab", "mean_loss", "hardness")
            }
            cells = "   ".join(f"{value:5.1f}" for value in means.values())
            print(f"    {key[0]:9s} {key[1]:4.0%}   {cells}")


def main() -> None:
    """Makes entities wrong, trains, ranks and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, prog="python -m tests.benchmarks.triage_entities"
    )
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--data", default="demo", help="demo, builtin, a file or hub:NAME")
    parser.add_argument("--shared", help=f"a folder with {RESTAURANTS}/train.json, dev and test")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--shares", default="0.05,0.1")
    parser.add_argument("--epochs", type=int, default=TrainingSettings().epochs)
    args = parser.parse_args()
    rows = []
    for name, dataset in datasets(args):
        bench = Bench(dataset, args.epochs)
        for kind in args.kinds.split(","):
            for share in map(float, args.shares.split(",")):
                seeds = map(int, args.seeds.split(","))
                rows += [one_row(bench, name, kind, share, seed) for seed in seeds]
    summary(rows)
    if args.json:
        print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main()
