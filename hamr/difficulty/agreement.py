"""Does hardness mean hard? Whether it ranks the rows as their loss does.

Hardness is a moving average of learned weights. The weight network usually gives the higher
weight to the higher loss, but nothing forces it to: trained on noisy labels its curve can fall,
and hardness then ranks the easiest rows first. Axis: N training rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from hamr.difficulty.correlation import rank_correlation

FLAT = 1e-6  # hardness that differs by less is the same for all rows
PARTLY_BELOW = 0.5  # half of the runs' usual correlation, which is about 0.9


@dataclass(frozen=True)
class Agreement:
    """The rank correlation of hardness with the mean loss, and what it means.

    - *flat*: all rows are equally hard, or have the same loss; there is nothing to compare.
    - *turned*: below 0: hardness ranks rows of low loss first.
    - *partly*: at least 0, but below PARTLY_BELOW.
    - *agrees*: PARTLY_BELOW or more.
    """

    correlation: float  # in [-1, 1]; NaN where there is nothing to compare

    @property
    def kind(self) -> Literal["flat", "turned", "partly", "agrees"]:
        """Which of the four cases it is."""
        if np.isnan(self.correlation):
            return "flat"
        if self.correlation < 0:
            return "turned"
        return "partly" if self.correlation < PARTLY_BELOW else "agrees"

    @property
    def is_doubtful(self) -> bool:
        """Whether whoever reads hardness should be warned."""
        return self.kind in ("turned", "partly")


def agreement(hardness: np.ndarray, mean_loss: np.ndarray) -> Agreement:
    """That of the rows' hardness [N] after an epoch and their mean loss [N] over the epochs so far.

    Rows without a finite value of either are left out.
    """
    known = np.isfinite(hardness) & np.isfinite(mean_loss)
    if not known.any() or np.ptp(hardness[known]) < FLAT:
        return Agreement(float("nan"))
    return Agreement(rank_correlation(hardness[known], mean_loss[known]))
