"""What speaks for trouble in each row, from a run's signals.

Axes: N training rows; K nearest rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int

from hamr.regions.candidates import Candidates
from hamr.regions.inputs import RegionSignals
from hamr.regions.outside import both, outside_p

HARD_SHARE = 0.2  # of the rows, where the run names no seeds
FLAT = 1e-9  # values that differ by less are the same
USUAL = 2.0  # nearest rows that the shares of all classes count as


@dataclass(frozen=True)
class Evidence:
    """The signals, without gaps."""

    level: Float64[np.ndarray, " n"]  # hardness, or loss
    ranked_by: str  # which of them
    seeds: Bool[np.ndarray, " n"]
    p_wrong: Float64[np.ndarray, " n"]
    p_label: Float64[np.ndarray, " n"]


def evidence_of(
    signals: RegionSignals,
    labels: Int[np.ndarray, " n"],
    given: Candidates,
    vectors: Float[np.ndarray, "n d"],
) -> Evidence:
    """The evidence in a run's signals, or without `p_label` in the labels of the nearest rows;
    half of it is what rows of other kinds say of the label (`hamr.regions.outside`).
    """
    level, ranked_by = signals.hardness, "hardness"
    if level is None or not _differs(level):
        level, ranked_by = signals.loss, "loss"
    level = finite(level)
    seeds = signals.seeds
    if seeds is None or ranked_by == "loss":
        seeds = np.zeros(len(level), bool)
        seeds[np.argsort(-level, kind="stable")[: max(1, round(HARD_SHARE * len(level)))]] = True
    wrong, p = signals.p_wrong, signals.p_label
    known = p is not None and bool(np.isfinite(p).any())
    inside = np.clip(finite(p), 0, 1) if p is not None and known else votes(given.near, labels)
    return Evidence(
        level,
        ranked_by,
        np.asarray(seeds, bool),
        np.zeros(len(level)) if wrong is None else np.clip(finite(wrong), 0, 1),
        both(inside, outside_p(vectors, labels, given.groups), labels),
    )


def votes(near: Int[np.ndarray, "n k"], labels: Int[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """The probability of each row's label by the labels of its nearest rows."""
    shares = np.bincount(labels)[labels] / len(labels)
    alike = (labels[near] == labels[:, None]).sum(1)
    found: np.ndarray = (alike + USUAL * shares) / (near.shape[1] + USUAL)
    return found


def finite(values: Float[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """The values, with the median of the others in place of NaN and infinity."""
    given = np.asarray(values, float)
    known = np.isfinite(given)
    return np.where(known, given, np.median(given[known]) if known.any() else 0.0)


def _differs(values: Float[np.ndarray, " n"]) -> bool:
    known = values[np.isfinite(values)]
    return bool(len(known)) and float(np.ptp(known)) > FLAT
