"""The data map: how sure the model is of each row's label, and how much that changes.

Swayamdipta et al. 2020, "Dataset Cartography: Mapping and Diagnosing Datasets with Training
Dynamics" (EMNLP). With p_i(e) the probability that the model gives the label of row i at the end
of epoch e:

    confidence_i  = mean over e of p_i(e)
    variability_i = standard deviation over e of p_i(e), of all epochs, not of a sample

The paper measures p during training, as a row is drawn; we measure it at the end of each epoch,
for all rows alike, also for those that the epoch did not draw.

Axes: N training rows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from hamr.store import Run
from hamr.views.base.packing import Frame
from hamr.views.neighbourhoods.shown_rows import ShownRows

CONFIDENCE = "confidence: mean probability of the label"
VARIABILITY = "variability: standard deviation of that probability over the epochs"
HOW_TO_READ = (
    "Rows at the top are easy, those at the bottom left are hard and often mislabelled, and those "
    "on the right are ambiguous: the model changes its mind about them."
)
FRAME = Frame((0.0, 0.5), (0.0, 1.0))  # 0.5 is the largest deviation of numbers in 0..1
FEWEST_EPOCHS = 2  # one epoch has no variability


def data_map(run: Run, epoch: int) -> np.ndarray | None:
    """(variability, confidence) of each training row up to an epoch, [N, 2] float32.

    None where fewer than two epochs have ended: there is no variability yet.
    """
    return on_axes(run, epoch, partial(run.signal, "label_probability"))


def on_axes(run: Run, epoch: int, probability: Callable[[int], np.ndarray]) -> np.ndarray | None:
    """The same of anything, from the probability of its label at an epoch, [N]."""
    epochs = [one for one in run.epochs() if one <= epoch]
    if len(epochs) < FEWEST_EPOCHS:
        return None
    # Sums, not a stack: a hundred epochs of a million rows would be 400 MB.
    total, squares = np.zeros(1), np.zeros(1)
    for one in epochs:
        p = probability(one).astype(np.float64)
        total = total + p
        squares = squares + p * p
    mean = total / len(epochs)
    spread = np.sqrt(np.maximum(squares / len(epochs) - mean * mean, 0.0))
    return np.stack([spread, mean], axis=1).astype(np.float32)


def on_data_map(places: np.ndarray) -> ShownRows:
    """The training rows at their places [N, 2] on the data map, in a frame that never changes."""
    return ShownRows(places, np.arange(len(places)), np.zeros(len(places), np.int8), FRAME)
