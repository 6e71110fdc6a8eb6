"""What the records of tagged sentences take: `python -m tests.benchmarks.tokens --json`.

15,000 sentences over 20 epochs with made-up values, written through the store. The bytes on
the disk, of all and of what only token runs record; and what a page reads to show one sentence
(`hamr.views.base.sentence`), at one epoch and over all epochs, each in a process of its own:

    rows_first       opens the training rows; the store checks their Arrow file, and reads it whole
    sentences_first  then the first look at the sentence, at each of the epochs
    sentences_again  a further look

"read_bytes" are those that the process asked of the system by read(), the database's included.
Mapped pages don't count: the sentence's words and tags, and the small file of block checksums at
further looks. Libraries are loaded before.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hamr.config import RunSettings
from hamr.entities import NO_ENTITY
from hamr.records import TOKEN_ROW_SIGNALS, WORD_SIGNALS, Dataset, EpochRecord, Rows
from hamr.store import Run, Store
from hamr.store.blocks import BLOCKS
from hamr.views.base.sentence import sentence
from tests.fake_run import fake_epoch

TYPES = 8


def sentences(count: int, mean_words: int, seed: int) -> Rows:
    """Made-up sentences with tags at random."""
    random = np.random.default_rng(seed)
    lengths = 1 + random.poisson(mean_words - 1, count)
    words = tuple(tuple(f"word{n}" for n in random.integers(0, 20_000, own)) for own in lengths)
    tags = tuple(random.integers(0, 1 + 2 * TYPES, own).astype(np.int16) for own in lengths)
    labels = np.concatenate([np.arange(TYPES + 1), random.integers(0, TYPES + 1, count)])[:count]
    ids = tuple(f"made-up.conll:{place}" for place in range(count))
    texts = tuple(map(" ".join, words))
    return Rows(ids, texts, labels.astype(np.int32), words=words, tags=tags)


def dataset_of(count: int, mean_words: int) -> Dataset:
    """A data set of a token task."""
    sizes = (count, count // 5, count // 5)
    parts = [sentences(size, mean_words, seed) for seed, size in enumerate(sizes)]
    classes = (*(f"type {number}" for number in range(TYPES)), NO_ENTITY)
    return Dataset("made-up sentences", "token", classes, *parts, fingerprint="2" * 64)


def with_words(record: EpochRecord, words: int) -> EpochRecord:
    """An epoch's record with the signals of a token run."""
    random = np.random.default_rng(record.epoch)
    own = {
        "errors": random.integers(0, 16, len(record.signals["loss"])).astype(np.uint8),
        "word_loss": random.gamma(2, 0.3, words).astype(WORD_SIGNALS["word_loss"].dtype),
        "word_prediction": random.integers(0, 1 + 2 * TYPES, words).astype(np.int16),
        "word_probability": random.random(words).astype(WORD_SIGNALS["word_probability"].dtype),
    }
    return replace(record, signals={**record.signals, **own}, checkpoint={})


def write(store: Store, dataset: Dataset, epochs: int) -> tuple[Run, list[float]]:
    """A run with that many epochs, and the milliseconds that each took to write."""
    run, record, taken = store.create_run(RunSettings()), None, []
    run.attach_dataset(dataset)
    words = sum(map(len, dataset.train.words or ()))
    for epoch in range(1, epochs + 1):
        record = fake_epoch(dataset, epoch, record)
        whole = with_words(record, words)
        began = time.perf_counter()
        run.write_epoch(whole)
        taken.append(1000 * (time.perf_counter() - began))
    return run, taken


def size_of(folder: Path, names: set[str] | None = None) -> int:
    """Bytes of all files below a folder, or of those signals."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files if names is None or path.stem in names)


def look(folder: str, run_id: str, row: int, epochs: Sequence[int]) -> dict[str, Any]:
    """What it takes a fresh process to show a sentence at those epochs."""
    import pyarrow  # noqa: F401  # libraries are no data
    import safetensors.numpy  # noqa: F401

    run = Store.open(folder).run(run_id)

    def show() -> None:
        for epoch in epochs:
            sentence(run, epoch, row)

    rows, first = _taken(run.rows), _taken(show)
    again = [_taken(show) for _ in range(9)]
    return {
        "epochs": len(epochs),
        "rows_first": rows,
        "sentences_first": first,
        "sentences_again": {**again[0], "ms": statistics.median(own["ms"] for own in again)},
    }


def looked(*args: Any) -> dict[str, Any]:
    """`look` in a process that has not read the run yet."""
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawned) as pool:
        return pool.submit(look, *args).result()


def _taken(work: Callable[[], object]) -> dict[str, float]:
    before, began = _read_so_far(), time.perf_counter()
    work()
    ms = 1000 * (time.perf_counter() - began)
    return {"ms": ms, "read_bytes": _read_so_far() - before}


def _read_so_far() -> int:
    """Bytes that this process asked of the system by read(); pages of mapped files don't count."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("rchar")).split()[1])


def measure(args: argparse.Namespace, folder: str) -> dict[str, Any]:
    """All figures."""
    dataset = dataset_of(args.rows, args.words)
    run, taken = write(Store.open(folder), dataset, args.epochs)
    epochs = Path(folder).rglob("epochs/000001")
    place = next(epochs).parent
    row = len(dataset.train) // 2
    return {
        "rows": len(dataset.train),
        "words": sum(map(len, dataset.train.words or ())),
        "epochs": args.epochs,
        "home_mb": size_of(Path(folder)) / 1e6,
        "epochs_mb": size_of(place) / 1e6,
        "token_signals_mb": size_of(place, {*WORD_SIGNALS, *TOKEN_ROW_SIGNALS}) / 1e6,
        "word_signals_mb": size_of(place, {*WORD_SIGNALS}) / 1e6,
        "block_checksums_mb": size_of(place, {Path(BLOCKS).stem}) / 1e6,
        "train_rows_mb": size_of(Path(folder, "datasets"), {"train"}) / 1e6,
        "write_epoch_ms": statistics.median(taken),
        "one_epoch": looked(folder, run.id, row, run.epochs()[-1:]),
        "all_epochs": looked(folder, run.id, row, run.epochs()),
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.tokens")
    parser.add_argument("--rows", type=int, default=15_000)
    parser.add_argument("--words", type=int, default=15, help="mean words of a sentence")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--folder", help="where to write (the disk that is measured)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        found = measure(args, folder)
    if args.json:
        print(json.dumps(found))
    else:
        print("\n".join(f"{name:18} {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
