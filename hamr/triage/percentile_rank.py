"""How difficult each row is compared with all rows, at every epoch, as a number and in words.

Axes: E epochs, N training rows.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from hamr.difficulty import agreement

# Top shares that sentences round up to. Rows outside the hardest fifth get whole per cents.
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)


def difficulty(
    hardness: Float32[np.ndarray, "e n"], loss: Float32[np.ndarray, "e n"]
) -> Float32[np.ndarray, "e n"]:
    """Hardness; the running mean of the loss where hardness does not mean hard.

    That is where the method learns none, and where the last epoch's ranks rows of low loss first.
    """
    if np.ptp(hardness) > 1e-6 and agreement(hardness[-1], loss.mean(0)).kind != "turned":
        return hardness
    epochs = np.arange(1, len(loss) + 1, dtype=np.float32)
    mean: Float32[np.ndarray, "e n"] = (loss.cumsum(0) / epochs[:, None]).astype(np.float32)
    return mean


def percentile_rank(values: Float32[np.ndarray, "e n"]) -> Float32[np.ndarray, "e n"]:
    """The share of rows with a value at least as high, at every epoch: 0.01 is the top 1 %."""
    found = np.empty(values.shape, np.float32)
    for epoch, now in enumerate(values):
        below = np.searchsorted(np.sort(now), now, side="left")
        found[epoch] = (len(now) - below) / len(now)
    return found


def top_step(share: float) -> float | None:
    """The smallest step that contains the share; None outside the hardest fifth."""
    return next((step for step in STEPS if share <= step), None)


def rank_sentence(ranks: Float32[np.ndarray, " e"], rows: str, *, hardness: bool) -> str:
    """ "hardness in the top 5 % since epoch 3", from a row's percentile rank at every epoch."""
    name = "hardness" if hardness else "mean loss"
    within = top_step(float(ranks[-1]))
    if within is None:
        return f"{name} higher than that of {100 * (1 - ranks[-1]):.0f} % of the {rows}"
    outside = np.flatnonzero(ranks > within)
    first = int(outside[-1]) + 2 if len(outside) else 1
    return f"{name} in the top {100 * within:.0f} % since epoch {first}"


def percent(probability: float) -> str:
    """A probability as a whole per cent; near 0 and 1 without claiming certainty."""
    if probability < 0.005:
        return "under 1 %"
    return "over 99 %" if probability > 0.995 else f"{100 * probability:.0f} %"


def two_digits(probability: float) -> str:
    """A probability with two digits; near 0 and 1 without claiming certainty."""
    if probability < 0.005:
        return "under 0.01"
    return "over 0.99" if probability > 0.995 else f"{probability:.2f}"
