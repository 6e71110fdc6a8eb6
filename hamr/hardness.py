"""Hardness, hard seeds and boost: pure functions over arrays.

Hardness follows the paper's formula (arXiv 2604.18759) at every *drawn* row,

    h_i <- gamma * h_i + (1 - gamma) * w_post_i,   h_i = 1 at the start.

The authors' published code decays every row at each step and renormalises, so its hardness
mostly shows which rows were drawn last; ours changes only when a row is drawn.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int

from hamr.errors import SettingError


def visit_order(rows: Int[np.ndarray, " v"]) -> tuple[np.ndarray, np.ndarray]:
    """For visits in time order: how many visits of the same row came before and come after.

    Returns (before, after), both [v] int64. A row drawn three times has before = 0, 1, 2
    and after = 2, 1, 0.
    """
    order = np.argsort(rows, kind="stable")
    grouped = rows[order]
    starts = np.flatnonzero(np.r_[True, grouped[1:] != grouped[:-1]])
    sizes = np.diff(np.r_[starts, len(rows)])
    rank = np.arange(len(rows)) - np.repeat(starts, sizes)
    before = np.empty(len(rows), np.int64)
    after = np.empty(len(rows), np.int64)
    before[order] = rank
    after[order] = np.repeat(sizes, sizes) - 1 - rank
    return before, after


def ema(
    values: Float32[np.ndarray, " n"],
    rows: Int[np.ndarray, " v"],
    observed: Float32[np.ndarray, " v"],
    gamma: float,
) -> Float32[np.ndarray, " n"]:
    """The exponential moving average after a sequence of visits.

    Applying x <- gamma * x + (1 - gamma) * o once per visit, in order, gives for a row with
    m visits gamma^m * x + (1 - gamma) * sum_j gamma^(m-1-j) * o_j; that closed form is
    computed for all rows at once. A row without a visit keeps its value.
    """
    if not 0 <= gamma < 1:
        raise SettingError(
            f"gamma must be at least 0 and below 1, got {gamma}: 0.9 keeps nine tenths of the old "
            "hardness",
            field="gamma",
        )
    if len(rows) == 0:
        return values.copy()
    _, after = visit_order(rows)
    fresh = np.bincount(
        rows, weights=(1 - gamma) * np.power(gamma, after) * observed, minlength=len(values)
    )
    visits = np.bincount(rows, minlength=len(values))
    result: np.ndarray = (np.power(gamma, visits) * values + fresh).astype(np.float32)
    return result


def fixed_weights(
    z: Float32[np.ndarray, " b"], low: float, high: float
) -> Float32[np.ndarray, " b"]:
    """What hardness averages where no weights are learned: the weights that the fixed curve
    V(z) = z would give a batch, so that draws still follow the loss.

    w_i = clip(s_i / mean_B(s), low, high) with s_i = sigmoid(z_i).
    """
    s = 1 / (1 + np.exp(-z))
    weights: np.ndarray = np.clip(s / s.mean(), low, high)
    return weights


def hard_seeds(hardness: Float32[np.ndarray, " n"], share: float) -> Int[np.ndarray, " s"]:
    """The hardest `share` of the rows, hardest first; at least one, ties by row order.

    Raises SettingError unless 0 < share <= 1.
    """
    if not 0 < share <= 1:
        raise SettingError(
            f"hard_share must be above 0 and at most 1, got {share}: with 0.2 the hardest "
            "fifth of the rows are hard seeds",
            field="hard_share",
        )
    count = max(1, round(share * len(hardness)))
    return np.argsort(-hardness, kind="stable")[:count].astype(np.int32)


def boost(neighbours: Int[np.ndarray, "s k"], row_count: int) -> Float32[np.ndarray, " n"]:
    """b_i: how often row i is a neighbour of a hard seed, over the largest such count.

    `neighbours` holds row indices, -1 where a seed has fewer neighbours. In [0, 1]; all
    zero when no seed has a neighbour.
    """
    named = neighbours[neighbours >= 0]
    counts = np.bincount(named, minlength=row_count).astype(np.float32)
    return counts / counts.max() if named.size else counts
