"""The hard rows of an epoch: the hardest share of the training rows."""

from __future__ import annotations

import numpy as np

from hamr.difficulty import FLAT
from hamr.store import Run


def hard_rows(hardness: np.ndarray, share: float) -> np.ndarray:
    """Whether each row is among the hardest `share`, [N] bool; ties go to earlier rows."""
    count = max(1, round(share * len(hardness)))
    chosen = np.zeros(len(hardness), bool)
    chosen[highest(hardness, count)] = True
    return chosen


def highest(values: np.ndarray, count: int) -> np.ndarray:
    """The rows with the `count` highest values, highest first; ties go to earlier rows, and NaN
    comes last. As `np.argsort(-values, kind="stable")[:count]`, without sorting all of them.
    """
    if count >= len(values) or np.isnan(values).any():
        return np.argsort(-values, kind="stable")[:count]
    least = np.partition(values, len(values) - count)[len(values) - count]
    found = np.flatnonzero(values >= least)
    order: np.ndarray = found[np.argsort(-values[found], kind="stable")][:count]
    return order


def threshold(run: Run, epoch: int) -> float:
    """The hardness of the least hard row that is still among the hard share."""
    hardness = run.signal("hardness", epoch)
    share = run.info.settings.training.hard_share
    return float(hardness[hard_rows(hardness, share)].min())


def is_flat(run: Run, epoch: int) -> bool:
    """Whether all rows have the same hardness, so that there is nothing to rank."""
    hardness = run.signal("hardness", epoch)
    return bool(np.ptp(hardness) < FLAT)
