"""LiLAW: three numbers decide how much easy, moderate and hard rows count.

Moturu, Muzammil, Goldenberg and Taati 2025, "LiLAW: Lightweight Learnable Adaptive Weighting"
(arXiv 2509.20786). With p_i the model's probability of the row's label and m_i its largest
probability,

    w_i = sigmoid(alpha p_i - m_i)              easy
        + exp(-(delta p_i - m_i)^2 / 2)         moderate
        + sigmoid(-(beta p_i - m_i))            hard,

neither normalised nor clipped. Between two updates of the model, alpha, beta and delta (at first
10, 2 and 6) take one step of gradient descent (rate 0.005, weight decay 1e-4) on a batch of
validation rows, down the *weighted* loss mean(w_j l_j) of those rows, the model held fixed. So
no virtual update leads here: dL_meta/dw is taken for the rows' alignment alone. In the first
epoch all weights are 1 and the numbers rest.

By their signs, alpha can only fall and beta can only rise: the derivative of w by alpha is never
negative, that by beta never positive.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float

from hamr.config import TrainingSettings
from hamr.losses import Counts
from hamr.weighting.weight_model import Curves, Rows, WeightModel

FIRST = (10.0, 2.0, 6.0)  # alpha, beta, delta
RATE, DECAY = 0.005, 1e-4
GRID = np.linspace(0, 1, 51, dtype=np.float32)  # probabilities at which the curve is recorded


class ThreeScalars(WeightModel):
    """alpha, beta and delta."""

    sees_confidence = True
    sees_meta_rows = True

    def __init__(self, rest: float = 0.0) -> None:
        """All weights are 1 during that share of the run, at its beginning."""
        super().__init__()
        first = (torch.nn.Parameter(torch.tensor(value)) for value in FIRST)
        self.alpha, self.beta, self.delta = first
        self._rest, self._rests = rest, rest > 0

    @classmethod
    def build(cls, settings: TrainingSettings, counts: Counts) -> WeightModel:
        """The published first values; the first epoch is the rest."""
        return cls(1 / settings.epochs)

    def optimizer(self, settings: TrainingSettings) -> torch.optim.Optimizer:
        """Gradient descent at the published rate."""
        return torch.optim.SGD(self.parameters(), lr=RATE, weight_decay=DECAY)

    def begin(self, progress: float) -> None:
        """Ends the rest after its share of the run."""
        self._rests = progress < self._rest

    def score(self, rows: Rows) -> Float[torch.Tensor, "b 2"]:
        """The rows' p and m: all that the weights depend on."""
        assert rows.confidence is not None  # `sees_confidence` asks for it
        return rows.confidence

    def weights(self, scored: Float[torch.Tensor, "b 2"]) -> Float[torch.Tensor, " b"]:
        """w_i, the sum of the three parts."""
        if self._rests:
            return torch.ones_like(scored[:, 0])
        p, m = scored.unbind(1)
        moderate = torch.exp(-(self.delta * p - m).square() / 2)
        return (self.alpha * p - m).sigmoid() + moderate + (m - self.beta * p).sigmoid()

    @torch.no_grad()
    def gradient(
        self, scored: Float[torch.Tensor, "b 2"], weight_gradient: Float[torch.Tensor, " b"]
    ) -> dict[str, torch.Tensor]:
        """sum_i dL/dw_i dw_i/d(alpha, beta, delta)."""
        p, m = scored.unbind(1)
        easy, hard = (self.alpha * p - m).sigmoid(), (m - self.beta * p).sigmoid()
        off = self.delta * p - m
        return {
            "alpha": weight_gradient @ (easy * (1 - easy) * p),
            "beta": weight_gradient @ (hard * (hard - 1) * p),
            "delta": weight_gradient @ (-off * p * torch.exp(-off.square() / 2)),
        }

    @torch.no_grad()
    def descend(
        self,
        scored: Float[torch.Tensor, "b 2"],
        weight_gradient: Float[torch.Tensor, " b"],
        optimizer: torch.optim.Optimizer,
        meta: Rows | None = None,
    ) -> None:
        """One step down the meta rows' weighted loss, whose derivative by w_j is l_j / M."""
        assert meta is not None  # `sees_meta_rows` asks for them
        if not self._rests:
            super().descend(self.score(meta), meta.loss / len(meta.loss), optimizer)

    @torch.no_grad()
    def curves(self) -> Curves:
        """w by the label's probability, the rest of the probability being on one other class."""
        p = torch.from_numpy(GRID)
        rests, self._rests = self._rests, False
        weight = self.weights(torch.stack([p, torch.maximum(p, 1 - p)], 1))
        self._rests = rests
        scalars = torch.stack([self.alpha, self.beta, self.delta]).numpy()
        return Curves(GRID, weight.numpy()[None], np.zeros(0, np.int16), scalars)
