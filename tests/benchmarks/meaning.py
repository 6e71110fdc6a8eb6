"""Search by meaning: how long a phrase takes, the encoder cold and warm, and the helper's memory.

    python -m tests.benchmarks.meaning [--rows 14000]

The rows are made up and have random embeddings of the built-in encoder's size, except the first,
whose real one proves to the helper that the encoder is the right one: the time of a search depends
on neither. Targets at 14,000 rows on 2 cores: warm, 150 ms at the most. Memory of this process is
what a search adds at its peak, which stays small however many rows there are.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from hamr.config import RunSettings, TrainingSettings
from hamr.inference import load_embedder
from hamr.jobs.helper import Helper
from hamr.jobs.meaning import by_meaning, similar
from hamr.jobs.neighbour_evidence import note_embedding_key
from hamr.store import Run, Store
from tests.fake_run import fake_dataset

WIDTH, QUERIES = 384, 50
MIB = 1 << 20


def embedded_run(home: Path, rows: int) -> Run:
    """A run on that many rows of all splits, with their embeddings in the cache."""
    store, dataset = Store.open(home), fake_dataset(rows * 5 // 7)
    settings = TrainingSettings()
    run = store.create_run(RunSettings(training=settings))
    run.attach_dataset(dataset)
    count = sum(len(dataset.split(split)) for split in ("train", "validation", "test"))
    random = np.random.default_rng(0)
    vectors = random.standard_normal((count, WIDTH), np.float32)
    for first in range(0, count, 10_000):
        piece = vectors[first : first + 10_000]
        piece /= np.linalg.norm(piece, axis=1, keepdims=True)
    vectors[0] = load_embedder(settings, "sequence").embed([dataset.train.texts[0]])[0]
    store.cache.put("embeddings", note_embedding_key(run, dataset), vectors)
    return run


def forget_peak() -> float:
    """Measure the peak of this process anew; its memory now, in MiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> float:
    """The most memory that this process has had since, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def resident(pid: int) -> float:
    """The memory of a process now, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / MIB


def timed(search: object, *arguments: object, **options: object) -> float:
    """Milliseconds of one call."""
    begun = time.perf_counter()
    search(*arguments, **options)  # type: ignore[operator]
    return 1000 * (time.perf_counter() - begun)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=14_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        run = embedded_run(Path(folder), rows)
        helper = Helper(run.store.home)
        before = forget_peak()
        cold = timed(by_meaning, run, "credential dumping", ask=helper.ask)
        phrases = [f"phrase number {i} about a dump of memory" for i in range(QUERIES)]
        warm = [timed(by_meaning, run, phrase, ask=helper.ask) for phrase in phrases]
        alone = [timed(helper.ask, "embed", run=run.id, texts=[phrase]) for phrase in phrases]
        alike = [timed(similar, run, row) for row in range(QUERIES)]
        print(f"{rows:,} rows x {WIDTH}")
        print(f"cold start to the first answer: {cold / 1000:.1f} s")
        for name, took in (("warm query", warm), ("  of it embedding", alone), ("similar", alike)):
            print(f"{name}: p50 {np.median(took):.0f} ms, p95 {np.percentile(took, 95):.0f} ms")
        print(f"helper process: {resident(helper.pid or 0):.0f} MiB")
        print(f"this process at its peak: {peak() - before:+.0f} MiB")
        helper.close()


if __name__ == "__main__":
    main()
