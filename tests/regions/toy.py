"""Made-up rows in groups, of which one has labels that its rows do not explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamr.regions import RegionSignals

CLASSES = ("alpha", "beta", "gamma")


@dataclass(frozen=True)
class Toy:
    """N rows; `planted` are those of the group with wrong labels."""

    vectors: np.ndarray
    labels: np.ndarray
    texts: list[str]
    signals: RegionSignals
    planted: np.ndarray


def toy(seed: int = 0, groups: int = 12, size: int = 40, wrong: float = 0.4) -> Toy:
    """Groups of rows, each about a word of its own; in the first, some labels are another's."""
    random = np.random.default_rng(seed)
    of_row = np.repeat(np.arange(groups), size)
    centres = random.normal(size=(groups, 16))
    vectors = centres[of_row] + random.normal(0, 0.3, (len(of_row), 16))
    true = np.where(of_row == groups - 1, 2, of_row % 2)
    labels = true.copy()
    planted = np.flatnonzero(of_row == 0)
    labels[random.choice(planted, round(wrong * size), replace=False)] = 2
    texts = [f"word{group} item{random.integers(50)} thing" for group in of_row]
    p = np.where(labels == true, 0.99, 0.05)
    hardness = 1 + (labels != true) + random.random(len(p)) / 9
    signals = RegionSignals(
        loss=-np.log(p), predictions=true, hardness=hardness,
        p_wrong=np.where(labels == true, 0.02, 0.7), p_label=p,
    )  # fmt: skip
    return Toy(vectors.astype(np.float32), labels, texts, signals, planted)
