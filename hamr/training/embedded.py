"""What the frozen encoder makes of a data set, before anything is trained, and where it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hamr.records import SPLITS, Dataset


class Cache(Protocol):
    """Arrays kept between runs. The store has one; for tests a dictionary is enough."""

    def get(self, kind: str, key: str) -> np.ndarray | None:
        """The array, or None when there is none (or none that is whole)."""

    def put(self, kind: str, key: str, array: np.ndarray) -> None:
        """Keeps the array under that kind and key."""

    def drop(self, kind: str, key: str) -> None:
        """Removes the array under that kind and key, if there is one."""


@dataclass(frozen=True)
class Embedded:
    """The frozen embeddings of all splits, one split after the other."""

    rows: np.ndarray  # [N, D] float32, of length 1
    words: np.ndarray | None = None  # [W, D] float16, of each word of tagged sentences

    def in_memory(self) -> Embedded:
        """The same, where the cache reads its arrays from their files as they are asked for."""
        words = None if self.words is None else np.asarray(self.words)
        return Embedded(np.asarray(self.rows), words)


def all_texts(dataset: Dataset) -> list[str]:
    """The texts of all splits: training rows first, then validation, then test."""
    return [text for name in SPLITS for text in dataset.split(name).texts]


def all_sentences(dataset: Dataset) -> list[tuple[str, ...]]:
    """The words of all tagged sentences, in the same order."""
    return [words for name in SPLITS for words in dataset.split(name).words or ()]
