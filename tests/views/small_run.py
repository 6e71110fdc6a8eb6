"""A run small enough to work its figures out by hand. It answers what views ask of a Run."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import numpy as np

from hamr.config import RunSettings, TrainingSettings
from hamr.records import Metrics


class SmallRows:
    """Six rows of three classes unless told otherwise; ids r0, r1, ..."""

    metadata_names = ()

    def __init__(self, labels: list[int], texts: list[str] | None = None) -> None:
        self.labels = np.array(labels, np.int32)
        self._texts = texts or [f"text {i}" for i in range(len(labels))]

    def __len__(self) -> int:
        return len(self.labels)

    def ids(self, rows: Any) -> list[str]:
        return [f"r{i}" for i in rows]

    def texts(self, rows: Any) -> list[str]:
        return [self._texts[i] for i in rows]

    def ids_and_texts(self, rows: Any) -> tuple[list[str], list[str]]:
        return self.ids(rows), self.texts(rows)

    def search(self, query: str) -> np.ndarray:
        return np.array([i for i, text in enumerate(self._texts) if query in text], int)


@dataclass
class SmallRun:
    """`signals` and `tables` map a name to {epoch: values}."""

    labels: list[int]
    signals: dict[str, dict[int, list[float]]] = field(default_factory=dict)
    tables: dict[str, dict[int, Any]] = field(default_factory=dict)
    classes: tuple[str, ...] = ("a", "b", "c")
    settings: dict[str, Any] = field(default_factory=dict)
    step: dict[int, int] = field(default_factory=dict)
    scores: list[dict[str, Any]] = field(default_factory=list)
    texts: list[str] | None = None
    last: Any = None
    id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def info(self) -> Any:
        training = TrainingSettings(**self.settings)
        settings = RunSettings(training=training)
        return SimpleNamespace(
            settings=settings,
            method=training.method,
            name="small",
            status="running",
            started=None,
            best_epoch=2,
            fingerprint="small",
            task="sequence",
            scored=self.classes,
        )

    def epochs(self) -> list[int]:
        for table in (self.signals, self.tables):
            for by_epoch in table.values():
                return sorted(by_epoch)
        return [s["epoch"] for s in self.scores]

    def rows(self, split: str = "train") -> SmallRows:
        return SmallRows(self.labels, self.texts)

    def signal(self, name: str, epoch: int) -> np.ndarray:
        whole = name in ("prediction", "visits", "draws", "last_step")
        return np.array(self.signals[name][epoch], int if whole else float)

    def signal_over(self, name: str, epochs: Any) -> list[np.ndarray]:
        return [self.signal(name, e) for e in epochs]

    def reduce_over(self, name: str, epochs: Any, reduce: Any) -> list[np.ndarray]:
        return [reduce(self.signal(name, e)) for e in epochs]

    def array(self, name: str, epoch: int) -> np.ndarray:
        return np.array(self.tables[name][epoch])

    def arrays(self, epoch: int, names: Any) -> dict[str, np.ndarray]:
        return {name: self.array(name, epoch) for name in names}

    def arrays_over(self, epochs: Any, names: Any) -> list[dict[str, np.ndarray]]:
        return [self.arrays(e, names) for e in epochs]

    def trajectory(self, name: str, rows: Any) -> np.ndarray:
        return np.stack([self.signal(name, e)[list(rows)] for e in self.epochs()])

    def scalars(self) -> list[dict[str, Any]]:
        if self.scores:
            return self.scores
        return [{"epoch": e, "step": s} for e, s in self.step.items()]

    def final(self) -> Any:
        return self.last


def metrics(confusion: list[list[int]]) -> Metrics:
    """Metrics with the scores that follow from a confusion matrix."""
    matrix = np.array(confusion)
    right = np.diag(matrix)
    precision = right / np.maximum(matrix.sum(0), 1)
    recall = right / np.maximum(matrix.sum(1), 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    return Metrics(
        macro_f1=float(f1.mean()),
        accuracy=float(right.sum() / matrix.sum()),
        loss=1.0,
        precision=precision,
        recall=recall,
        f1=f1,
        support=matrix.sum(1),
        confusion=matrix,
    )
