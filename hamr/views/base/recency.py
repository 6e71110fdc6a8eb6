"""Support of hardness: is a row hard, or was it only just drawn?

Hardness is an EMA over a row's own visits, starting at 1. So a high value can come from many
visits, from the last visit alone, or mostly from the start value. With gamma the share kept at
each visit, v the visits and w the post-meta weight at the last visit:

    h_before    = (h - (1 - gamma) * w) / gamma     hardness without the last visit
    start_share = gamma^v                           how much of h is still the start

Without learned weights hardness averages what the fixed curve sigmoid(z) gives; there w is
2 * sigmoid(z) of the last visit, as a batch's mean of sigmoid(z) is close to one half.

A row is *hard* when it is among the hardest `hard_share`; none is where all are alike. Of
the hard rows,
- *few visits*: start_share is above one half;
- *only just drawn*: drawn in this epoch, and h_before is below the hard threshold;
- *well supported*: all others.
"""

from __future__ import annotations

import math

import numpy as np

from hamr.difficulty import FLAT
from hamr.store import Run
from hamr.views.base.hard_rows import hard_rows

NOT_HARD, SUPPORTED, JUST_DRAWN, FEW_VISITS = range(4)
SUPPORT_NAMES = (
    "not hard",
    "hard, well supported",
    "hard only because just drawn",
    "hard, but few visits",
)
MEANINGS = {
    SUPPORTED: "they are hard without their last visit too",
    JUST_DRAWN: "only their last visit lifts them over the threshold: wait for another visit",
    FEW_VISITS: "more than half of their hardness is still the start value: too early to say",
}


def steps_since(run: Run, epoch: int) -> np.ndarray:
    """Steps from a row's last draw to the epoch's end, [N] float64; NaN if never drawn."""
    step = next(s["step"] for s in run.scalars() if s["epoch"] == epoch)
    last = run.signal("last_step", epoch)
    return np.where(last >= 0, step - last, np.nan).astype(float)


def support(run: Run, epoch: int) -> np.ndarray:
    """What the hardness of each row rests on, [N] int8: indices into SUPPORT_NAMES."""
    settings = run.info.settings.training
    hardness = np.asarray(run.signal("hardness", epoch), float)
    if settings.learns_weights:
        weight = np.asarray(run.signal("post_last", epoch), float)
    else:
        z = np.asarray(run.signal("z_last", epoch), float)
        weight = np.clip(2 / (1 + np.exp(-z)), settings.weight_low, settings.weight_high)
    # The last visit may lie epochs back; only one in this epoch makes a row "just drawn".
    weight[run.signal("draws", epoch) == 0] = np.nan
    visits = run.signal("visits", epoch)
    return classify(hardness, weight, visits, settings.gamma, settings.hard_share)


def classify(
    hardness: np.ndarray,
    last_weight: np.ndarray,
    visits: np.ndarray,
    gamma: float,
    hard_share: float,
) -> np.ndarray:
    """The rule itself, over arrays [N]; `last_weight` is NaN for rows not drawn in the epoch.

    With gamma = 0 hardness is the last visit and nothing else, so every hard row that was drawn
    in the epoch is *only just drawn*.
    """
    if np.ptp(hardness) < FLAT:
        return np.full(len(hardness), NOT_HARD, np.int8)
    hard = hard_rows(hardness, hard_share)
    limit = hardness[hard].min()
    drawn = np.isfinite(last_weight)
    if gamma > 0:
        before = (hardness - (1 - gamma) * np.where(drawn, last_weight, 0.0)) / gamma
        lifted = drawn & (before < limit)
    else:
        lifted = drawn
    result = np.where(hard, SUPPORTED, NOT_HARD)
    result[hard & lifted] = JUST_DRAWN
    of_hard = np.flatnonzero(hard)
    result[of_hard[np.power(float(gamma), visits[of_hard]) > 0.5]] = FEW_VISITS
    return result.astype(np.int8)


def visits_needed(gamma: float) -> int:
    """The visits after which at most half of a hardness is still the start value."""
    return math.ceil(math.log(0.5) / math.log(gamma)) if gamma > 0 else 1
