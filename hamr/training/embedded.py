"""What the frozen encoder makes of a data set, before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamr.records import SPLITS, Dataset


@dataclass(frozen=True)
class Embedded:
    """The frozen embeddings of all splits, one split after the other."""

    rows: np.ndarray  # [N, D] float32, of length 1
    words: np.ndarray | None = None  # [W, D] float16, of each word of tagged sentences


def all_texts(dataset: Dataset) -> list[str]:
    """The texts of all splits: training rows first, then validation, then test."""
    return [text for name in SPLITS for text in dataset.split(name).texts]


def all_sentences(dataset: Dataset) -> list[tuple[str, ...]]:
    """The words of all tagged sentences, in the same order."""
    return [words for name in SPLITS for words in dataset.split(name).words or ()]
