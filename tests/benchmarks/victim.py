"""A small training job on a home of its own, and the processes of it that are killed."""

from __future__ import annotations

import csv
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import numpy as np

from hamr.config import DataSettings, TrainingSettings
from hamr.data import load
from hamr.errors import RunNotFound
from hamr.jobs.maps import HELD_OUT_MAP, ROW_MAP
from hamr.store import Store, events
from hamr.training import embedding_key

ROWS = 300  # of the demo's, before they are split
LOOK_SECONDS = 0.002
MODELS = {"quick": "builtin", "full": "tiny"}
# Small enough for seconds; checkpoints as often as they can be written.
FLAGS: dict[str, dict[str, str]] = {
    "quick": {"epochs": "4", "batch_size": "4", "checkpoint_minutes": "0.002"},
    "full": {
        "epochs": "2",
        "batch_size": "8",
        "checkpoint_minutes": "0.004",
        "max_length": "24",
        "probe_every": "5",
        "neighbours_from": "current",
    },
}


@dataclass
class Bench:
    """What all runs share: the home with its cached embeddings, the rows, the settings."""

    store: Store
    preset: str
    flags: dict[str, str]
    loading_seconds: float = 3.0
    embedding_seconds: float = 1.0

    @classmethod
    def made(cls, folder: Path, preset: str, model: str | None = None) -> Bench:
        """A bench in an empty folder. A model "tiny" is made here; the full preset's default."""
        texts = write_rows(folder / "rows.csv")
        model = model or MODELS[preset]
        if model == "tiny":
            model = str(tiny_encoder(folder / "encoder", texts))
        data = {"source": str(folder / "rows.csv")}
        training = {"model": model, **FLAGS[preset]}
        store = Store.open(folder / "home")
        put_map(store, DataSettings(**data), TrainingSettings.of_preset(preset, **training))
        return cls(store, preset, {**data, "preset": preset, **training})

    def reference(self) -> str:
        """Train a run that is never stopped; its id. Its speed decides when others are killed."""
        process = Process(self, None, "never stopped")
        began = process.began
        while process.alive and process.phase in (None, "loading"):
            sleep(LOOK_SECONDS)
        self.loading_seconds = monotonic() - began
        while process.alive and process.phase == "embedding":
            sleep(LOOK_SECONDS)
        self.embedding_seconds = monotonic() - began - self.loading_seconds
        process.finish()
        return str(process.run_id)

    def forget_embeddings(self) -> None:
        """The next process has to embed the rows again."""
        shutil.rmtree(self.store.home / "cache" / "embeddings", ignore_errors=True)


class Process:
    """`python -m hamr train`, or `resume` of a run, followed by what it writes."""

    def __init__(self, bench: Bench, run_id: str | None, name: str) -> None:
        self.run_id = run_id
        self._bench, self._runs = bench, bench.store.home / "runs"
        self._known = set(os.listdir(self._runs)) if self._runs.exists() else set()
        self._offset = self._events.stat().st_size if run_id and self._events.exists() else 0
        self._phase: str | None = None
        self._share = 0.0
        self.began = monotonic()
        flags = [f"--{flag.replace('_', '-')}={value}" for flag, value in bench.flags.items()]
        flags[0] = f"--data={bench.flags['source']}"
        verb = ["resume", run_id] if run_id else ["train", f"--name={name}", *flags]
        command = [sys.executable, "-m", "hamr", *verb, f"--home={bench.store.home}"]
        with open(bench.store.home / "victim.err", "wb") as stderr:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr
            )

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    @property
    def phase(self) -> str | None:
        """The phase it last reported; None before its first report."""
        self._look()
        return self._phase

    def finish(self) -> None:
        """Let it come to its end, which must be a good one."""
        if self._process.wait(timeout=600) != 0:
            words = (self._bench.store.home / "victim.err").read_text(errors="replace")
            raise SystemExit(f"{self._process.args} failed:\n{words[-2000:]}")
        self._find_run()

    def strike(self, aim: str, moments: random.Random) -> str | None:
        """Kill it at a random moment of that phase; what was hit, or None if it had ended."""
        reached, delay = self._moment(aim, moments)
        while self.alive and not reached():
            sleep(LOOK_SECONDS)
        while aim == "writing" and self.alive and not self._writes():
            sleep(0)  # a file is there for a few milliseconds
        sleep(delay)
        if not self.alive:
            return None
        self._process.kill()
        self._process.wait()
        return self._hit()

    def _moment(self, aim: str, moments: random.Random) -> tuple[Callable[[], bool], float]:
        """When to kill: once this holds, and so many seconds later."""
        share = moments.random()
        bench = self._bench
        if aim == "loading":
            return lambda: True, share * bench.loading_seconds
        if aim == "embedding":
            return lambda: self.phase == "embedding", share * bench.embedding_seconds
        if aim in ("training", "writing"):
            most = 0.1 if aim == "training" else 0.005
            return lambda: self._trained(share), most * moments.random()
        return lambda: self.phase == "testing", 0.2 * share

    def _hit(self) -> str:
        """The phase in which it died; "writing" where it left a file half done."""
        if self._writes():
            return "writing"
        phase, status = self.phase, self._status()
        if status is None:
            self.run_id = None
            return "starting"  # before there was a run: it is trained from the start
        return "leaving" if status == "finished" else phase or "loading"

    def _trained(self, share: float) -> bool:
        return self.phase == "testing" or (self._phase == "training" and self._share >= share)

    def _writes(self) -> bool:
        """Whether a file of it lies in the store's tmp folder, or the database is changed."""
        home = self._bench.store.home
        begun = any(f"~{self._process.pid}~" in name for name in os.listdir(home / "tmp"))
        return begun or (home / "hamr.db-journal").exists()

    @property
    def _events(self) -> Path:
        return self._runs / str(self.run_id) / "events.jsonl"

    def _look(self) -> None:
        if self.run_id is None:
            self._find_run()
        if self.run_id is None:
            return
        found, self._offset = events.read(self._events, self._offset)
        for event in found:
            if event["kind"] == "progress" and event["phase"] != "mapping":
                self._phase = event["phase"]
                self._share = event["done"] / max(1, event["total"])

    def _find_run(self) -> None:
        fresh = set(os.listdir(self._runs)) - self._known if self._runs.exists() else set()
        self.run_id = self.run_id or next(iter(fresh), None)

    def _status(self) -> str | None:
        """How far the run is; None if it was not made yet."""
        try:
            return self._bench.store.run(self.run_id or "none").info.status
        except RunNotFound:
            return None


def write_rows(path: Path) -> list[str]:
    """The first rows of the demo as a CSV file; their texts."""
    demo = load(DataSettings(source="demo"))
    texts = list(demo.train.texts[:ROWS])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        labels = demo.train.labels[:ROWS]
        writer.writerows(
            [text, demo.classes[label]] for text, label in zip(texts, labels, strict=True)
        )
    return texts


def tiny_encoder(folder: Path, texts: list[str]) -> Path:
    """A two-layer BERT with random weights, dropout, and the texts' commonest words."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    folder.mkdir()
    words = sorted({word for text in texts for word in text.lower().split() if word.isalpha()})
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words[:2000]]
    (folder / "vocab.txt").write_text("\n".join(tokens), encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(tokens), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return folder


def put_map(store: Store, data: DataSettings, training: TrainingSettings) -> None:
    """Spare the runs the drawing of their maps, which is no part of training."""
    dataset = load(data)
    key, rows = embedding_key(dataset, training), np.zeros((len(dataset.train), 2), np.float32)
    held_out = np.zeros((len(dataset.validation) + len(dataset.test), 2), np.float32)
    store.cache.put(ROW_MAP.kind, ROW_MAP.key(dataset, key), rows)
    store.cache.put(HELD_OUT_MAP.kind, HELD_OUT_MAP.key(dataset, key, rows), held_out)
