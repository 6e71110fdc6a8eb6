"""One quick run on many rows: `python -m tests.benchmarks.large [--rows N] [--json]`.

A file of made-up rows (ten classes, the rarest a hundredth of the commonest) and a random encoder
of 32 dimensions; the file is loaded, stored, embedded and trained on as `hamr train` does it, in a
process of its own, which says of each stage its seconds, those of the processor and the most memory
that it held. Maps are drawn by other processes and are not measured. Seconds depend on what else
the machine does: on a busy one compare those of the processor.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from tests.benchmarks.serve import Figure, report

CLASSES, WIDTH, VOCABULARY = 10, 32, 2000
SHORTEST, LONGEST = 4, 28  # words of a text
OWN_WORDS = 0.3  # of a text's words, the share that come from the few of its class
SAMPLE_SECONDS = 0.02
TARGET_GB, TARGET_EPOCH_SECONDS = 4.0, 29.0  # of a million rows


def write_rows(path: Path, rows: int) -> None:
    """A CSV file of that many texts with a class."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    random = np.random.default_rng(0)
    share = np.geomspace(1, 0.01, CLASSES)
    labels = random.choice(CLASSES, rows, p=share / share.sum())
    lengths = random.integers(SHORTEST, LONGEST + 1, rows)
    label_of_word = np.repeat(labels, lengths)
    words = random.integers(0, VOCABULARY, lengths.sum())
    own = random.random(len(words)) < OWN_WORDS
    words[own] = 20 * label_of_word[own] + words[own] % 20
    names = pa.array([f"w{number}" for number in range(VOCABULARY)])
    starts = pa.array(np.append(0, np.cumsum(lengths)), pa.int64())
    lists = pa.LargeListArray.from_arrays(starts, names.take(pa.array(words)))
    table = pa.table(
        {"text": pc.binary_join(lists, " "), "label": pa.array([f"c{c}" for c in labels])}
    )
    csv.write_csv(table, path)


def save_encoder(folder: Path) -> Path:
    """A one-layer BERT with random weights whose word pieces are the words of the rows."""
    from transformers import (  # type: ignore[attr-defined]
        BertConfig,
        BertModel,
        BertTokenizerFast,
    )

    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words += [f"w{number}" for number in range(VOCABULARY)]
    (folder / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words), hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=2 * WIDTH, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return folder


class Stages:
    """The stages of a run: seconds, the processor's seconds, and the most memory in each."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.processor: dict[str, float] = {}
        self.peaks: dict[str, float] = {}
        self._name, self._began, self._used = "load", time.perf_counter(), time.process_time()
        self._process = psutil.Process()
        threading.Thread(target=self._sample, daemon=True).start()

    def enter(self, name: str) -> None:
        """The stage under way has ended, and this one begins."""
        if name != self._name:
            now, used = time.perf_counter(), time.process_time()
            self.seconds[self._name] = round(now - self._began, 2)
            self.processor[self._name] = round(used - self._used, 2)
            self._name, self._began, self._used = name, now, used

    def _sample(self) -> None:
        while True:
            held = round(self._process.memory_info().rss / 1e9, 3)
            self.peaks[self._name] = max(self.peaks.get(self._name, 0.0), held)
            time.sleep(SAMPLE_SECONDS)


def run_once(home: Path, rows: Path, encoder: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Load, embed and train in this process; what was measured."""
    from hamr.config import DataSettings, RunSettings, TrainingSettings
    from hamr.jobs.maps import MapMaker
    from hamr.jobs.worker import run_worker
    from hamr.records import EpochRecord, Progress, Record
    from hamr.store import Store

    class NoMaps(MapMaker):
        """Draws nothing."""

        def start(self, dataset: object) -> None:
            """Nothing."""

    stages = Stages()
    epochs: list[EpochRecord] = []

    def see(record: Record) -> None:
        if isinstance(record, EpochRecord):
            epochs.append(record)
            stages.enter(f"epoch {record.epoch + 1}")
        elif not isinstance(record, Progress):
            stages.enter(f"epoch {len(epochs) + 1}")
        elif record.phase == "testing":
            stages.enter("finish")
        elif record.message.endswith("rows loaded"):
            stages.enter("embed")
        elif record.message.startswith("training on"):
            stages.enter("prepare")

    store = Store.open(home)
    training = TrainingSettings.of_preset("quick", model=str(encoder), **settings)
    data = DataSettings(source=str(rows))
    run = store.create_run(RunSettings(data=data, training=training), status="running")
    run_worker(store, run.id, report=see, maps=NoMaps, expected=("running",))
    stages.enter("end")
    final, used = run.final(), run.info.settings.training
    assert final is not None
    return {
        "epoch_seconds": [round(record.scalars["seconds"], 2) for record in epochs],
        "seconds": stages.seconds,
        "processor_seconds": stages.processor,
        "peak_gb": stages.peaks,
        "most_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 3),
        "batch_size": used.batch_size,
        "meta_batch_size": used.meta_batch_size,
        "learning_rate": used.learning_rate,
        "test_macro_f1": round(final.test.macro_f1, 4),
        "load": [round(value, 1) for value in os.getloadavg()],
    }


def measure(folder: Path, rows: int, settings: dict[str, Any]) -> dict[str, Any]:
    """Make the rows and the encoder, and train on them in another process."""
    path, encoder = folder / f"rows-{rows}.csv", folder / "encoder"
    if not path.exists():
        write_rows(path, rows)
    if not encoder.exists():
        save_encoder(encoder)
    with tempfile.TemporaryDirectory(dir=folder) as home:
        inner = [home, str(path), str(encoder), json.dumps(settings)]
        command = [sys.executable, "-m", "tests.benchmarks.large", "--inner", *inner]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def figures(found: dict[str, Any], rows: int) -> list[Figure]:
    """What was measured, next to the targets where the rows are a million."""
    million = rows >= 1_000_000
    slowest = max(found["epoch_seconds"][1:] or found["epoch_seconds"])
    return [
        Figure("peak memory", found["most_gb"], TARGET_GB if million else None, "GB"),
        Figure("an epoch", slowest, TARGET_EPOCH_SECONDS if million else None, "s"),
        *(Figure(f"{stage}", seconds, None, "s") for stage, seconds in found["seconds"].items()),
        *(
            Figure(f"{stage}, processor", seconds, None, "s")
            for stage, seconds in found["processor_seconds"].items()
        ),
        *(Figure(f"{stage}, memory", held, None, "GB") for stage, held in found["peak_gb"].items()),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep rows and encoder here, for another call")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    parser.add_argument("--inner", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inner:
        home, rows, encoder = map(Path, options.inner[:3])
        print(json.dumps(run_once(home, rows, encoder, json.loads(options.inner[3]))))
        return
    settings = {"epochs": options.epochs, **dict(one.split("=", 1) for one in options.set)}
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        found = measure(folder, options.rows, settings)
    details = {"rows": options.rows, **found}
    report(figures(found, options.rows), details, as_json=options.json)


if __name__ == "__main__":
    main()
