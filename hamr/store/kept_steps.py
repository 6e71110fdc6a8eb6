"""The steps of a run that are kept whole: what one of them computed, read from its epoch's file.

Axes: B draws of the step, M rows of its meta batch, G points of the weight curve's grid.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from hamr.config import TrainingSettings
from hamr.errors import DamagedError, StoreError
from hamr.records import STEP_ARRAYS
from hamr.store.epoch_files import STEPS
from hamr.store.listing import Listing
from hamr.store.run_files import RunFiles

WHY_NONE = (
    "Training keeps the first step of each epoch and one in the middle, but older versions did "
    "not; train the rows again to have them"
)
OF_STEP = ("curve_before", "curve_after", "meta_rows")  # one line each; others hold all draws


@dataclass(frozen=True)
class KeptStep:
    """One step of a run. Arrays are [B], one value for each draw, in the order of the batch."""

    epoch: int
    number: int  # of the epoch's steps, from 1
    rows: np.ndarray  # training rows, from 0; from N on those that SMOTE made up
    loss: np.ndarray  # nats
    z: np.ndarray  # (loss - mean of the batch) / its standard deviation
    pre: np.ndarray  # weight before the meta step
    post: np.ndarray  # weight after it
    observed: np.ndarray  # what hardness averages: post, or the weight of a fixed curve
    gradient: np.ndarray  # dL_meta/dw = -(alpha / B) <g_i, v>; 0 without a meta step
    alignment: np.ndarray  # -gradient over its standard deviation in the batch
    probability: np.ndarray  # of the row at each draw of the epoch
    factor: np.ndarray  # what people multiplied that probability by; mostly 1
    epoch_hardness: np.ndarray  # as the epoch began, which the probability follows
    epoch_boost: np.ndarray
    hardness_before: np.ndarray  # before the step
    hardness_after: np.ndarray
    s_before: np.ndarray  # sigmoid(V(z)) before the meta step; NaN where there is no such curve
    s_after: np.ndarray
    meta_rows: np.ndarray  # [M] of the meta batch: training rows first, then validation rows
    meta_loss: float  # its mean loss at the virtual weights, nats; NaN without a meta step
    curve_z: np.ndarray  # [G] the z-scores that the curves are read at
    curve_before: np.ndarray  # [G] sigmoid(V(z)) there; NaN where s is no function of z
    curve_after: np.ndarray  # [G]
    alpha: float  # size of the virtual step

    @property
    def mean(self) -> float:
        """Mean loss of the batch, nats."""
        return float(self.loss.mean())

    @property
    def deviation(self) -> float:
        """Standard deviation of the batch's losses (divided by B), nats."""
        return float(self.loss.std())

    @property
    def has_meta_step(self) -> bool:
        """Whether the weight network learned in this step."""
        return bool(np.isfinite(self.meta_loss))

    @property
    def gradient_products(self) -> np.ndarray:
        """<g_i, v> [B] float64: the product of each row's gradient with that of the meta loss.

        Of the form of the meta-gradient that the run used; positive where more weight on the row
        lowers the meta loss. NaN without a meta step.
        """
        if not self.has_meta_step:
            return np.full(len(self.rows), np.nan)
        found: np.ndarray = -self.gradient.astype(np.float64) * len(self.rows) / self.alpha
        return found


class KeptSteps:
    """Reads the kept steps of one run."""

    def __init__(self, listing: Listing, files: RunFiles) -> None:
        self._listing, self._files = listing, files

    def epochs(self) -> list[int]:
        """The epochs that have any, in order."""
        return list(self._listing.listed(STEPS))

    def numbers(self, epoch: int) -> tuple[int, ...]:
        """Which steps of the epoch are kept, from 1. Raises StoreError or DamagedError."""
        return tuple(self._arrays(epoch, ["step"])["step"].tolist())

    def read(self, epoch: int, index: int, settings: TrainingSettings) -> KeptStep:
        """One of them. Raises StoreError where there is none, DamagedError."""
        arrays = self._arrays(epoch, list(STEP_ARRAYS))
        count = len(arrays["step"])
        if not -count <= index < count:
            raise StoreError(
                f"Epoch {epoch} has {count} kept steps, numbered 0 to {count - 1}, got {index}",
                field="step",
            )
        index %= count
        own = slice(int(arrays["starts"][index]), int(arrays["starts"][index + 1]))
        found = {
            f.name: arrays[f.name][index] if f.name in OF_STEP else arrays[f.name][own]
            for f in fields(KeptStep)
            if f.name in arrays and f.name not in ("meta_loss", "curve_z")
        }
        return KeptStep(
            epoch=epoch,
            number=int(arrays["step"][index]),
            meta_loss=float(arrays["meta_loss"][index]),
            curve_z=arrays["curve_z"],
            alpha=settings.virtual_rate,
            **found,
        )

    def _arrays(self, epoch: int, names: list[str]) -> dict[str, np.ndarray]:
        run = self._listing.run_name()
        if epoch in self._listing.epochs() and epoch not in self.epochs():
            raise StoreError(f'Run "{run}" kept no step of epoch {epoch}. {WHY_NONE}', field="step")
        try:
            return self._files.tensors(STEPS, [epoch], names)[0]
        except DamagedError as error:
            text = f"The steps of epoch {epoch} can't be shown. {error}"
            raise DamagedError(text, field="step") from error
