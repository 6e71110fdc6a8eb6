"""Entities, ours against transformers' Trainer: `python -m tests.benchmarks.entities --json`.

The full preset on tagged sentences, seed by seed: our ERM, our HAMR, and Trainer with the same
settings (`tests.benchmarks.trainer`), once with the usual loss, the mean over words, which is
about our ERM's, and once with that of HAMR as published, each sentence's hardest word. Scores are
seqeval's macro-F1 on the test rows, computed here from the predicted tags, at the epoch that is
best on validation. HAMR draws 1.2 rows for each that the others see, so its epochs have more steps.

Then the cost of a step: ERM's and HAMR's take turns on one stream of batches in one process,
HAMR with `meta_every` as the preset has it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hamr.config import DataSettings, TrainingSettings
from hamr.data import load
from hamr.entities import NO_ENTITY
from hamr.metrics import score_entities
from hamr.records import SPLITS, Dataset, EpochRecord, FinalRecord, Rows
from hamr.sampler import by_length
from hamr.training import train
from hamr.training.devices import choose
from hamr.training.embedded import Embedded
from hamr.training.learner import Learner
from tests.benchmarks.step import Cache, clock_of
from tests.benchmarks.trainer import fine_tune, macro_f1, names_of

TARGET_STEP_RATIO = 1.4
VARIANTS = ("erm", "hamr", "trainer-mean", "trainer-max")


def restaurants(folder: Path) -> Dataset:
    """The three files of a folder; tags that break their scheme are repaired."""
    files = {split: folder / f"{name}.json" for split, name in _names().items()}
    return load(
        DataSettings(
            source=str(files["train"]), validation=str(files["validation"]),
            test=str(files["test"]), task="token", repair=True,
        )
    )  # fmt: skip


def _names() -> dict[str, str]:
    return {"train": "train", "validation": "dev", "test": "test"}


def smaller(dataset: Dataset, rows: int) -> Dataset:
    """The first rows of each split, `rows` for training and as large a share of the others."""
    share = min(1.0, rows / len(dataset.train))

    def cut(split: Rows) -> Rows:
        count = max(1, round(share * len(split)))
        assert split.words is not None and split.tags is not None
        return Rows(
            split.ids[:count], split.texts[:count], split.labels[:count],
            words=split.words[:count], tags=split.tags[:count],
        )  # fmt: skip

    parts = {name: cut(dataset.split(name)) for name in SPLITS}
    return replace(dataset, **parts, fingerprint=f"{dataset.fingerprint}:{rows}")


def settings_of(method: str, seed: int, args: argparse.Namespace) -> TrainingSettings:
    """The full preset for entities."""
    changes = {"batch_size": args.batch, "meta_batch_size": args.batch} if args.batch else {}
    changes |= {"meta_every": args.meta_every} if args.meta_every else {}
    return TrainingSettings.of_preset(
        "full", "token", method=method, seed=seed, epochs=args.epochs, device=args.device,
        precision="float32", probe_every=0, **changes,
    )  # fmt: skip


def ours(dataset: Dataset, cache: Cache, settings: TrainingSettings) -> dict[str, Any]:
    """Trains once: test macro-F1 by seqeval, seconds and steps."""
    began, steps, final = time.perf_counter(), 0, None
    in_steps = 0.0
    for record in train(dataset, settings, cache=cache):
        if isinstance(record, EpochRecord):
            steps = record.step
            in_steps += record.scalars["draw_count"] / record.scalars["rows_per_second"]
        if isinstance(record, FinalRecord):
            final = record
    seconds = time.perf_counter() - began
    assert final is not None and dataset.test.tags is not None
    ends = np.cumsum([len(tags) for tags in dataset.test.tags])[:-1]
    found = np.split(final.tags["test"], ends)
    score = macro_f1(*(names_of(tags, dataset.tags) for tags in (dataset.test.tags, found)))
    own = score_entities(dataset.test.tags, found, np.zeros(len(found)), len(dataset.classes) - 1)
    assert abs(score - own.macro_f1) < 1e-6, "our score is not seqeval's"
    return {
        "variant": settings.method,
        "seed": settings.seed,
        "macro_f1": score,
        "validation_macro_f1": final.validation.macro_f1,
        "seconds": seconds,
        "steps": steps,
        "step_ms": 1000 * in_steps / steps,
    }


def one_run(dataset: Dataset, cache: Cache, variant: str, seed: int, args: Any) -> dict[str, Any]:
    """One training run of that variant."""
    if variant.startswith("trainer-"):
        kind = variant.removeprefix("trainer-")
        return fine_tune(dataset, settings_of("erm", seed, args), kind)
    return ours(dataset, cache, settings_of(variant, seed, args))


def step_cost(dataset: Dataset, args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds of ERM's and HAMR's steps, and their ratio with the rests counted in."""
    every = settings_of("hamr", 0, args).meta_every
    learners = {method: _learner(dataset, method, args) for method in ("erm", "hamr")}
    clock = clock_of(choose(settings_of("erm", 0, args)).device)
    taken: dict[str, list[float]] = {"erm": [], "hamr": []}
    for number, (rows, meta, keys) in enumerate(_batches(dataset, learners["erm"], args, every)):
        for method in ("erm", "hamr") if number % 2 else ("hamr", "erm"):
            began = clock()
            learners[method].step(rows, meta, keys=keys, meta=number % every == 0)
            taken[method].append(clock() - began)
    erm, hamr = (np.array(taken[method][every:]) for method in ("erm", "hamr"))  # after a warm-up
    ratios = hamr / erm
    meta_step = np.arange(every, every + len(hamr)) % every == 0
    # Medians of both kinds of steps, weighted as they come: a single slow step decides nothing.
    mean = float(np.median(ratios[meta_step]))
    if every > 1:
        mean = (mean + (every - 1) * float(np.median(ratios[~meta_step]))) / every
    found = {
        "meta_every": every,
        "steps": len(hamr),
        "erm_ms": 1000 * statistics.median(erm.tolist()),
        "meta_step_ms": 1000 * float(np.median(hamr[meta_step])),
        "ratio": mean,
        "target": TARGET_STEP_RATIO,
    }
    if every > 1:
        found["resting_ms"] = 1000 * float(np.median(hamr[~meta_step]))
    return found


def _learner(dataset: Dataset, method: str, args: argparse.Namespace) -> Learner:
    settings = settings_of(method, 0, args)
    # The full preset reads no embeddings.
    nothing = Embedded(np.zeros((0, 0), np.float32))
    return Learner(dataset, settings, nothing, choose(settings))


def _batches(dataset: Dataset, learner: Learner, args: argparse.Namespace, every: int) -> Any:
    """Training rows, meta rows and keys of each step; at least one round of `every` to warm up."""
    settings, generator = settings_of("erm", 0, args), np.random.default_rng(0)
    lengths = learner.examples.lengths
    assert lengths is not None
    size, rounds = settings.batch_size, max(1, -(-args.steps // every))
    count = every * (1 + rounds)
    order, meta = (
        by_length(
            generator, first + generator.integers(rows, size=count * size), lengths,
            batch_size=size, window=settings.length_window,
        )
        for first, rows in ((0, len(dataset.train)), (len(dataset.train), len(dataset.validation)))
    )  # fmt: skip
    for start in range(0, count * size, size):
        chosen = slice(start, start + size)
        yield order[chosen], meta[chosen], generator.integers(2**62, size=size)


def main() -> None:
    """Trains all, seed by seed, and prints."""
    args = _arguments()
    dataset = restaurants(Path(args.data))
    if args.rows:
        dataset = smaller(dataset, args.rows)
    assert dataset.classes[-1] == NO_ENTITY
    runs, cache = [], Cache()
    for seed in map(int, filter(None, args.seeds.split(","))):
        for variant in args.variants.split(","):
            runs.append(one_run(dataset, cache, variant, seed, args))
            print(runs[-1], flush=True)
    found = {"rows": len(dataset.train), "epochs": args.epochs, "threads": torch.get_num_threads()}
    found |= {"runs": runs, "means": _means(runs), "step": step_cost(dataset, args)}
    if args.json:
        print(json.dumps(found))
        return
    for name, mean in found["means"].items():
        print(f"{name:20} macro-F1 {mean['macro_f1']:.3f}, spread {mean['spread']:.3f}")
    print(f"a HAMR step over an ERM step: {found['step']['ratio']:.2f} ({TARGET_STEP_RATIO})")


def _means(runs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Per variant: mean test macro-F1, spread over the seeds, mean seconds."""
    found = {}
    for name in dict.fromkeys(run["variant"] for run in runs):
        own = [run for run in runs if run["variant"] == name]
        scores = [run["macro_f1"] for run in own]
        found[name] = {
            "macro_f1": float(np.mean(scores)),
            "spread": float(np.ptp(scores)),
            "seconds": float(np.mean([run["seconds"] for run in own])),
        }
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.entities")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--data", default="../shared/data/mit_restaurant", help="train, dev, test")
    parser.add_argument("--seeds", default="0,1,2", help="empty: the cost of a step alone")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=0, help="training rows; 0: all")
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--batch", type=int, default=0, help="0: the preset's")
    parser.add_argument("--meta-every", type=int, default=0, help="0: the preset's")
    parser.add_argument("--steps", type=int, default=40, help="timed steps of the step cost")
    parser.add_argument("--device", default="cpu", choices=("auto", "cpu", "cuda", "mps"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
