"""How difficult each row is among all rows, at every epoch, and how that is said.

Axes: E epochs, N training rows.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

# Rows outside the hardest fifth are told their place in whole per cents.
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)


def difficulty(
    hardness: Float32[np.ndarray, "e n"], loss: Float32[np.ndarray, "e n"]
) -> Float32[np.ndarray, "e n"]:
    """Hardness; the loss averaged so far where a run learns no hardness."""
    if np.ptp(hardness) > 1e-6:
        return hardness
    epochs = np.arange(1, len(loss) + 1, dtype=np.float32)
    return (loss.cumsum(0) / epochs[:, None]).astype(np.float32)


def standing(values: Float32[np.ndarray, "e n"]) -> Float32[np.ndarray, "e n"]:
    """The share of rows whose value is at least as high, at every epoch: 0.01 is the top 1 %."""
    found = np.empty(values.shape, np.float32)
    for epoch, now in enumerate(values):
        below = np.searchsorted(np.sort(now), now, side="left")
        found[epoch] = (len(now) - below) / len(now)
    return found


def top(share: float) -> float | None:
    """The step that the share is within; None outside the hardest fifth."""
    return next((step for step in STEPS if share <= step), None)


def since(places: Float32[np.ndarray, " e"], rows: str, *, hardness: bool) -> str:
    """In the top n per cent, and since when without a break; `places` are a row's standing."""
    named = "hardness" if hardness else "mean loss"
    within = top(float(places[-1]))
    if within is None:
        return f"{named} higher than that of {100 * (1 - places[-1]):.0f} % of the {rows}"
    outside = np.flatnonzero(places > within)
    first = int(outside[-1]) + 2 if len(outside) else 1
    return f"{named} in the top {100 * within:.0f} % since epoch {first}"
