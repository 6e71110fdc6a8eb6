"""How the regions of a run changed over its epochs: their rows fixed, each measure by epoch.

Axes: R regions, E epochs, N training rows or mentions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hamr.regions import Region
from hamr.store import Run
from hamr.views.base.region_inputs import inputs_of


@dataclass(frozen=True)
class RegionCourse:
    """Means over the rows of each region, [R, E] each; NaN where the run has no such signal."""

    epochs: tuple[int, ...]
    hardness: np.ndarray
    loss: np.ndarray
    mistakes: np.ndarray  # the share of the rows that the model predicts wrongly
    hard_share: np.ndarray  # of the rows that are hard seeds
    pre_weight: np.ndarray
    post_weight: np.ndarray
    draws: np.ndarray  # of the epoch, per row


def regions_over(run: Run, regions: Sequence[Region], epochs: Sequence[int]) -> RegionCourse:
    """The measures of some regions, of the last epoch say, at each of the epochs.

    Reads recorded signals alone: label errors, which take longer to estimate, are not among them.
    """
    inputs, labels = inputs_of(run), inputs_of(run).labels
    found = np.full((7, len(regions), len(epochs)), np.nan)
    for e, epoch in enumerate(epochs):
        own = inputs.signals(epoch, with_label_errors=False)
        measures = (
            own.hardness, own.loss, own.predictions != labels, own.seeds, own.pre_weight,
            own.post_weight, own.draws,
        )  # fmt: skip
        for m, values in enumerate(measures):
            if values is not None:
                found[m, :, e] = [_mean(values[region.rows]) for region in regions]
    return RegionCourse(tuple(epochs), *found)


def _mean(values: np.ndarray) -> float:
    """The mean of the values that are known; undrawn rows have no weight."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
