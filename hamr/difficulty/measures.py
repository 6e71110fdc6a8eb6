"""What the field measures a row's difficulty by, over the epochs of a run.

Read at the end of each epoch t = 1..E, of row i with label y:

    mean loss    mean_t of the cross-entropy
    AUM          mean_t of (logit of y minus the largest other logit), the area under the margin
                 (Pleiss et al. 2020): low is hard, below 0 often a wrong label
    forgetting   how often the row is wrong after it was right in the epoch before (Toneva et al.
                 2019); a row that was never right counts as E, above all that were
    confidence   mean_t of the probability of y (Swayamdipta et al. 2020): low is hard
    variability  standard deviation over t of that probability (the same paper), dividing by E:
                 high is ambiguous

Axes: E epochs, N training rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Measure:
    """One of them in words."""

    title: str  # as on screen and in the head of a table
    meaning: str  # one sentence
    high_is_hard: bool

    def as_difficulty(self, values: np.ndarray) -> np.ndarray:
        """The values with the sign that puts hard rows highest."""
        return values if self.high_is_hard else -values


MEASURES: dict[str, Measure] = {
    "hardness": Measure(
        "hardness", "Moving average of the weights that training gave the row; starts at 1.", True
    ),
    "mean_loss": Measure(
        "mean loss", "Mean cross-entropy of the row over the epochs so far, in nats.", True
    ),
    "aum": Measure(
        "AUM",
        "Area under the margin: mean over the epochs of the label's logit minus the largest other "
        "one. Low is hard; far below 0 the label is often wrong.",
        False,
    ),
    "forgetting": Measure(
        "forgetting",
        "How often the model was wrong about the row after it had been right in the epoch before. "
        "A row that it was never right about counts as the number of epochs.",
        True,
    ),
    "confidence": Measure(
        "confidence", "Mean probability of the label over the epochs. Low is hard.", False
    ),
    "variability": Measure(
        "variability",
        "Standard deviation of the label's probability over the epochs. High is ambiguous.",
        True,
    ),
}


class Dynamics:
    """Collects epoch by epoch what the measures need, in memory for a few epochs of N rows."""

    def __init__(self) -> None:
        self._epochs = 0
        self._has_margin = True

    def add(
        self,
        loss: np.ndarray,
        probability: np.ndarray,
        right: np.ndarray,
        margin: np.ndarray | None,
    ) -> None:
        """The next epoch: loss, probability of the label, whether it is predicted, and margin, [N]
        each. A run of an older version has no margin, and then no AUM.
        """
        if not self._epochs:
            self._loss, self._margin, self._p, self._square = np.zeros((4, len(loss)))
            self._forgotten, self._learned = np.zeros((2, len(loss)), np.int32)
            self._was_right = np.zeros(len(loss), bool)
        self._epochs += 1
        self._loss += loss
        self._p += probability
        self._square += np.square(probability, dtype=np.float64)
        self._forgotten += self._was_right & ~right
        self._learned += right
        self._was_right = right
        self._has_margin &= margin is not None
        if margin is not None:
            self._margin += margin

    def measures(self) -> dict[str, np.ndarray]:
        """All measures but hardness by name, [N] each; without "aum" where a margin is missing.

        Raises ValueError before the first epoch.
        """
        if not self._epochs:
            raise ValueError("no epoch was added")
        confidence = self._p / self._epochs
        variance = self._square / self._epochs - confidence**2
        found = {
            "mean_loss": self._loss / self._epochs,
            "aum": self._margin / self._epochs,
            "forgetting": np.where(self._learned > 0, self._forgotten, self._epochs),
            "confidence": confidence,
            "variability": np.sqrt(np.maximum(variance, 0)),
        }
        if not self._has_margin:
            del found["aum"]
        return found
