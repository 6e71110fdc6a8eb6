"""Reductions of a signal that a run remembers by epoch (`Run.reduce_over`).

They are equal where they would give the same result, so that a page over all epochs reduces
only those that are new since it was last shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hamr.store import Run
from hamr.views.base.binning import class_means
from hamr.views.base.labels import Labels


@dataclass(frozen=True)
class ClassMeans:
    """Mean of a signal for each class, [C]; NaN for a class without a value."""

    fingerprint: str | None  # of the data, which decides the labels
    labels: Labels = field(compare=False, repr=False)

    @classmethod
    def of(cls, run: Run) -> ClassMeans:
        """That of a run's training rows."""
        return cls(run.info.fingerprint, Labels.of(run))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return class_means(values, self.labels.rows, len(self.labels))


@dataclass(frozen=True)
class Pick:
    """A few rows of a signal, [R] float64."""

    rows: tuple[int, ...]

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return np.asarray(values[list(self.rows)], float)
