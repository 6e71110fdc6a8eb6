"""How far texts lie from the training rows, and whether they are unlike anything among them.

The distance of a text is that to its k-th nearest training row, by the vectors that the model's
last layers read (Sun et al. 2022, Out-of-distribution detection with deep nearest neighbors; on
vectors of length 1, where their Euclidean distance e is the cosine distance e^2 / 2). What is far
depends on the data, so it is compared with how far the validation and test rows lie from the
training rows: their share below is the percentile rank, and as few texts like these rows are said
to be unlike the training data as the false-alarm rate says. That holds whatever the distances are
like, since it is a conformal test (Bates et al. 2023, Testing for outliers with conformal
p-values): p = (1 + held-out rows that lie as far) / (1 + held-out rows), and p <= rate.

Axes: S texts, N training rows, H held-out rows, K nearest training rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32

from hamr.neighbours import NeighbourSearch

NEAREST = 5  # K: small, so that a class of a handful of rows is not far from its own rows
FALSE_ALARMS = 0.01


@dataclass(frozen=True)
class Distances:
    """How far S texts lie from the training rows."""

    distance: Float32[np.ndarray, " s"]  # cosine distance to the K-th nearest one, in [0, 2]
    rank: Float32[np.ndarray, " s"]  # share of held-out rows that lie nearer, in [0, 1]
    unlike: Bool[np.ndarray, " s"]  # whether they are unlike anything in the training data
    nearest: Int32[np.ndarray, "s k"]  # the training rows, nearest first; -1 where there are fewer
    similarities: Float32[np.ndarray, "s k"]  # cosine similarity to each


class TrainingRows:
    """The training rows of a model as vectors, and how far its held-out rows lie from them."""

    def __init__(
        self,
        training: Float32[np.ndarray, "n d"],
        held_out: Float32[np.ndarray, "h d"],
        false_alarms: float = FALSE_ALARMS,
    ) -> None:
        """`false_alarms` is the share of texts like the held-out rows that are said to be unlike
        the training rows; where there are too few held-out rows for it, it is 1 / (H + 1).
        """
        self._search = NeighbourSearch(training, NEAREST)
        self._held_out = np.sort(self._of(held_out)[2]) if len(held_out) else np.zeros(0)
        self.false_alarm_rate = max(false_alarms, 1 / (len(held_out) + 1))

    @property
    def threshold(self) -> float:
        """The distance from which on a text is unlike the training rows; infinite without
        held-out rows.
        """
        count = len(self._held_out)
        far = int(self.false_alarm_rate * (count + 1) + 1e-9)  # held-out rows beyond it, and one
        return float("inf") if not count else float(self._held_out[count - max(far - 1, 0) - 1])

    def distances(self, vectors: Float32[np.ndarray, "s d"]) -> Distances:
        """The distances of texts with these vectors; a vector of zeros lies at distance 1."""
        nearest, similarities, distance = self._of(vectors)
        count = max(1, len(self._held_out))
        rank = np.searchsorted(self._held_out, distance, side="left") / count
        unlike = distance > self.threshold
        return Distances(distance, rank.astype(np.float32), unlike, nearest, similarities)

    def _of(self, vectors: Float32[np.ndarray, "s d"]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(nearest, similarities, distance to the farthest of them)."""
        nearest, similarities = self._search.near(np.asarray(vectors, np.float32))
        found = np.where(nearest < 0, np.inf, similarities)
        worst = found.min(1, initial=1.0)
        return nearest, similarities, np.clip(1 - worst, 0, 2).astype(np.float32)
