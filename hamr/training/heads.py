"""The heads that a run keeps of its epochs, to predict unlabelled rows as each epoch would.

Only a head on a frozen encoder is small enough for that: 0.2 MB in float16 for 256 dimensions, 256
hidden units and 14 classes. What they take on the disk is bounded, so of a long run some are left
out.
"""

from __future__ import annotations

import numpy as np

MOST_BYTES = 32 << 20  # of all epochs of a run
WIDTH_BYTES = 2  # float16


def kept_head(weights: dict[str, np.ndarray], epoch: int, epochs: int) -> dict[str, np.ndarray]:
    """The weights after an epoch in float16; empty where those of this epoch are not kept."""
    values = sum(array.size for array in weights.values())
    if epoch not in evenly(epochs, MOST_BYTES // max(1, values * WIDTH_BYTES)):
        return {}
    return {name: array.astype(np.float16) for name, array in weights.items()}


def evenly(epochs: int, most: int) -> range:
    """At most so many of the epochs 1 to `epochs`: all, or every second, third, ... up to the last
    one; never none.
    """
    step = -(-epochs // max(1, most))
    return range(epochs - (epochs - 1) // step * step, epochs + 1, step)
