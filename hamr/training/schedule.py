"""The learning rate of each step: warm-up, then decay."""

from __future__ import annotations

import math

from hamr.config import Decay


def rate(step: int, total_steps: int, *, warmup_share: float, decay: Decay) -> float:
    """What the peak learning rate is multiplied by at `step` of 0 .. T - 1, in (0, 1].

    With W = round(warmup_share * T) and p = (step - W) / (T - W), the share of the rest done,

        step < W:  (step + 1) / W
        none:      1
        linear:    1 - p
        cosine:    (1 + cos(pi p)) / 2

    The warm-up ends at the peak and the decay begins there; no step has rate 0. It depends on the
    step alone, so a resumed run needs no state for it.
    """
    warmup = round(warmup_share * total_steps)
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(1, total_steps - warmup)
    if decay == "linear":
        return 1 - done
    if decay == "cosine":
        return (1 + math.cos(math.pi * done)) / 2
    return 1.0
