"""Finding sentences with wrong entities: `python -m tests.benchmarks.triage_entities --json`.

Known shares of the entities of training and validation rows are made wrong (`spoiled.py`), a run
of the quick preset learns from them, and `hamr.triage` ranks the training sentences by what that
run records of their words and by how the others are tagged. They are compared with cleanlab's
rankings (the sentence's worst word; out-of-fold probabilities of logistic regression on the same
vectors of words), the mean loss and the hardness of the same run. It prints average precision,
sentence by sentence: does it contain an entity that was made wrong?

With --shared also real errors: the tags of CoNLL-2003's English test sentences, half of them, as
published. They are trained on as they are (15 % each go to validation and test) and all of them
are ranked; the corrections by hand (Wang et al. 2019) say which were wrong, and nothing else reads
them. Calibration is the expected calibration error over ten bins of p(label error), of sentences
and of single entities (`mentions`); `ratio` is the estimated over the true number of errors.

The built-in entities are links that nobody annotated, and other files have mistakes of their own:
a sentence that was wrong before counts as right here, for all rankings alike. The constants were
chosen on the CoNLL sentences and at one seed on both other sets.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from hamr.config import DataSettings, RunSettings, TrainingSettings
from hamr.data import load
from hamr.entities import mention_counts, row_labels
from hamr.jobs.neighbour_evidence import note_embedding_key
from hamr.jobs.worker import run_worker
from hamr.records import SPLITS, Dataset, EpochRecord, Rows
from hamr.store import Run, Store
from hamr.training import train
from hamr.training.embedded import Embedded
from hamr.training.features import embed
from hamr.triage import (
    SentenceErrors,
    TagStatistics,
    WordSignals,
    estimate_sentence_errors,
    tag_statistics_of,
)
from hamr.views.base.issue_signals import tag_statistics, word_signals
from tests.benchmarks.entities import restaurants
from tests.benchmarks.spoiled import KINDS, cleanlab_rankings, out_of_fold, spoiled, wrong_sentences
from tests.benchmarks.step import Cache

RESTAURANTS, REAL = "mit_restaurant", "conllpp/first_half.jsonl"
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

    def judge(
        self, dataset: Dataset, found: dict[str, np.ndarray]
    ) -> tuple[TagStatistics, SentenceErrors]:
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
        return around, estimate_sentence_errors(around, WordSignals(**learned))

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
    around, own = bench.judge(dataset, found)
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
    right = np.concatenate(tags_of_rows(bench.dataset.train))
    honest = calibration(around, own, right)
    print("    " + ", ".join(f"{one} {value}" for one, value in honest.items()), flush=True)
    kept = {"ours": precision["ours"], "cleanlab": max(precision[one] for one in rivals)}
    kept |= {one: precision[one] for one in ("mean_loss", "hardness")}
    rounded = {one: round(value, 5) for one, value in kept.items()}
    return {"data": name, "kind": kind, "share": share, "seed": seed, **rounded, **honest}


def calibration_error(p: np.ndarray, wrong: np.ndarray, bins: int = 10) -> float:
    """The mean distance of p from the share that is wrong, bin by bin (Naeini et al. 2015)."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    sums = (np.bincount(place, values, bins) for values in (p, wrong.astype(float)))
    return float(np.abs(np.subtract(*sums)).sum() / max(len(p), 1))


def calibration(statistics: TagStatistics, found: SentenceErrors, right: np.ndarray) -> dict:
    """How honest the probabilities are; `right` are the right tags of all words."""
    layout = statistics.layout
    words = np.flatnonzero(layout.tags != right)
    units = np.isin(np.arange(len(layout.is_entity)), layout.unit[words])[layout.entities]
    sentences = np.isin(np.arange(len(found.p_wrong)), layout.sentence[words])
    return {
        "ratio": round(float(found.p_wrong.sum() / max(sentences.sum(), 1)), 3),
        "ece": round(calibration_error(found.p_wrong, sentences), 4),
        "mentions wrong": int(units.sum()),
        "mentions estimated": round(float(found.p_entity.sum()), 1),
        "mentions ece": round(calibration_error(found.p_entity, units), 4),
    }


def real_errors(folder: Path, seeds: list[int]) -> list[dict[str, Any]]:
    """The same for the errors that people found in CoNLL-2003's English test sentences."""
    file = folder / REAL
    if not file.is_file():
        print(f"left out: {file} is not there")
        return []
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    rows = []
    with tempfile.TemporaryDirectory() as home:
        source = Path(home) / "conll.jsonl"
        with source.open("w", encoding="utf-8") as out:
            for number, line in enumerate(lines):
                given = {name: line[name] for name in ("tokens", "ner_tags")}
                out.write(json.dumps({"id": str(number), **given}) + "\n")
        dataset = load(DataSettings(source=str(source), task="token", repair=True))
        names = {name: number for number, name in enumerate(dataset.tags)}
        order = [int(row_id) for split in SPLITS for row_id in dataset.split(split).ids]
        right = np.array([names[tag] for row in order for tag in lines[row]["corrected"]])
        store = Store.open(Path(home) / "store")
        for seed in seeds:
            training = TrainingSettings.of_preset("quick", "token", seed=seed)
            run = store.create_run(RunSettings(training=training))
            run.attach_dataset(dataset)
            run_worker(store, run.id)
            rows.append(real_row(store.run(run.id), right, seed))
    return rows


def real_row(run: Run, right: np.ndarray, seed: int) -> dict[str, Any]:
    """Ours, cleanlab's and the run's losses on one run's sentences of all splits."""
    statistics, signals = tag_statistics(run), word_signals(run, run.epochs()[-1])
    found, layout = estimate_sentence_errors(statistics, signals), statistics.layout
    first, widths = layout.starts[:-1], np.diff(layout.starts)
    wrong = np.maximum.reduceat(layout.tags != right, first)
    assert signals.held_out is not None
    loss = np.concatenate([signals.loss.mean(0), signals.held_out.loss]).astype(float)
    tags = np.split(layout.tags, first[1:])
    key = note_embedding_key(run, run.dataset())
    vectors = np.asarray(run.store.cache.get("words", key), np.float32)
    chances = out_of_fold(vectors, tags, statistics.both.shape[1])
    rankings = {
        "ours": found.score,
        **cleanlab_rankings(tags, chances),
        "mean_loss": np.add.reduceat(loss, first) / widths,
        "worst_loss": np.maximum.reduceat(loss, first),
    }
    print(f"CoNLL test sentences, seed {seed}: {wrong.sum()} of {len(wrong):,} wrong, "
          f"{found.p_wrong.sum():.0f} estimated")  # fmt: skip
    row: dict[str, Any] = {"data": REAL, "seed": seed, "wrong": int(wrong.sum())}
    for name, score in rankings.items():
        ap = 100 * float(average_precision_score(wrong, score))
        hits = int(wrong[np.argsort(-score, kind="stable")[:FIRST]].sum())
        row |= {name: round(ap, 2), f"{name} in first {FIRST}": hits}
        print(f"    {name:20s} AP {ap:5.1f}   wrong among the first {FIRST}: {hits}", flush=True)
    row |= calibration(statistics, found, right)
    print("    " + ", ".join(f"{name} {row[name]}" for name in list(row)[-5:]), flush=True)
    return row


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
    parser.add_argument("--shared", help=f"a folder with {RESTAURANTS} and {REAL}")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--kinds", default=",".join(KINDS), help="of planted errors; - for none")
    parser.add_argument("--shares", default="0.05,0.1")
    parser.add_argument("--epochs", type=int, default=TrainingSettings().epochs)
    args = parser.parse_args()
    seeds = [int(seed) for seed in args.seeds.split(",")]
    rows, real = [], real_errors(Path(args.shared), seeds) if args.shared else []
    for name, dataset in datasets(args):
        if args.kinds == "-":
            break
        bench = Bench(dataset, args.epochs)
        for kind in filter(KINDS.__contains__, args.kinds.split(",")):
            for share in map(float, args.shares.split(",")):
                rows += [one_row(bench, name, kind, share, seed) for seed in seeds]
    summary(rows)
    if args.json:
        print(json.dumps({"rows": rows, "real": real}))


if __name__ == "__main__":
    main()
