"""The best epoch so far, and whether training goes on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hamr.records import Progress
from hamr.training.checkpoint import above, below


class Best:
    """The epoch of the highest macro-F1 on the validation rows, and the model at its end."""

    def __init__(self, patience: int) -> None:
        """Training ends after `patience` epochs that are no better; with 0 it does not."""
        self._patience = patience
        self.epoch, self._f1 = 0, -1.0
        self.model: dict[str, np.ndarray] = {}

    def beaten_by(self, f1: float) -> bool:
        """Whether that macro-F1 is higher."""
        return f1 > self._f1

    def replace(self, epoch: int, f1: float, model: dict[str, np.ndarray]) -> None:
        """Takes a better epoch."""
        self.epoch, self._f1, self.model = epoch, f1, model

    def ends(self, epoch: int) -> bool:
        """Whether training ends after that epoch, since the best one is too long ago.

        It follows from what every checkpoint holds, so that a resumed run ends where one that was
        never stopped does.
        """
        return bool(self._patience) and epoch - self.epoch >= self._patience

    def said(self, epoch: int) -> Progress:
        """That training ended after that epoch."""
        why = f"macro-F1 on validation has not risen for {self._patience} epochs"
        return Progress("training", epoch, epoch, f"ended after epoch {epoch}: {why}")

    def save(self) -> dict[str, np.ndarray]:
        """What a resumed run needs, by name."""
        numbers = {"best_epoch": np.int64(self.epoch), "best_f1": np.float64(self._f1)}
        return {
            **{name: np.array([value]) for name, value in numbers.items()},
            **above("best.", self.model),
        }

    def restore(self, saved: Mapping[str, np.ndarray]) -> None:
        """The state of `save`."""
        self.epoch, self._f1 = int(saved["best_epoch"][0]), float(saved["best_f1"][0])
        self.model = {n: np.array(a) for n, a in below("best.", saved).items()}
