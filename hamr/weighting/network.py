"""The weight network: from a row's normalised loss to its weight, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32

from hamr.config import TrainingSettings
from hamr.losses import Counts
from hamr.weighting.weight_model import Rows, WeightModel

LEAST_SLOPE = 0.1  # c of a rising curve, in logits a standard deviation of the loss
SMALLEST_SPREAD = 1e-6  # a batch whose losses are all equal has z = 0, not 0 / 0


def normalise(losses: Float[torch.Tensor, " b"]) -> Float[torch.Tensor, " b"]:
    """z_i = (l_i - mean_B) / max(std_B, 1e-6), detached.

    The standard deviation is the population's (divided by B), so that a batch of one row
    has z = 0 instead of no value.
    """
    losses = losses.detach()
    variance, mean = torch.var_mean(losses, correction=0)
    return (losses - mean) / variance.sqrt().clamp(min=SMALLEST_SPREAD)


@dataclass(frozen=True)
class Scored:
    """The network's forward on one batch: z and what V(z) is made of, kept for the gradient."""

    z: Float[torch.Tensor, " b"]
    hidden: Float[torch.Tensor, "b hidden"]
    s: Float[torch.Tensor, " b"]
    mean: Float[torch.Tensor, ""]  # of s over the batch
    ratio: Float[torch.Tensor, " b"]  # s / mean, not yet clipped


class WeightNetwork(WeightModel):
    """V_theta, an MLP 1-hidden-1 with ReLU, and the weights made from it.

    s_i = sigmoid(V(z_i)),  w_i = clip(s_i / mean_B(s), low, high).

    The paper's V may learn any curve. Where many labels are wrong, the rows with the largest losses
    are to a good part mislabelled: the meta step lowers their weights, the curve falls, and
    hardness, the moving average of the weights, ranks the easiest rows first. Whether that happens
    can depend on the seed. A `rising` V keeps its size and its meta step, but

        V(z) = c z + b + sum_k u_k relu(v_k z + a_k)   with   u_k v_k >= 0,   c = LEAST_SLOPE,

    so that no hidden unit falls, and of two rows the one with the larger loss has the larger s.
    After each optimiser step a unit that would fall is set to u_k = 0 (projected gradient descent).
    """

    def __init__(self, hidden: int, low: float, high: float, *, rising: bool = False) -> None:
        super().__init__()
        self.lower = torch.nn.Linear(1, hidden)
        self.upper = torch.nn.Linear(hidden, 1)
        self.low, self.high, self.rising = low, high, rising
        if rising:
            with torch.no_grad():
                self.upper.weight.copy_(self.upper.weight.abs() * self.lower.weight.T.sign())

    @classmethod
    def build(cls, settings: TrainingSettings, counts: Counts) -> WeightModel:
        """The network of the settings' size, clips and shape; it does not see the classes."""
        return cls(
            settings.weight_hidden, settings.weight_low, settings.weight_high,
            rising=settings.weight_curve == "rising",
        )  # fmt: skip

    def score(self, rows: Rows) -> Scored:
        """The forward on the rows' z."""
        scored: Scored = self(rows.z)
        return scored

    def forward(self, z: Float[torch.Tensor, " b"]) -> Scored:
        """s = sigmoid(V(z)), the weight curve before a batch's mean divides it."""
        hidden = torch.relu(torch.addcmul(self.lower.bias, z.unsqueeze(1), self.lower.weight.T))
        v = torch.addmv(self.upper.bias, hidden, self.upper.weight[0])
        if self.rising:
            v.add_(z, alpha=LEAST_SLOPE)
        s = v.sigmoid_()
        mean = s.mean()
        return Scored(z, hidden, s, mean, s / mean)

    def weights(self, scored: Scored) -> Float[torch.Tensor, " b"]:
        """w_i of one batch, in [low, high]."""
        return scored.ratio.clamp(self.low, self.high)

    @torch.no_grad()
    def curve(self, z: Float32[np.ndarray, " g"]) -> Float32[np.ndarray, " g"]:
        """The weight curve s = sigmoid(V(z)) at these points."""
        found: Scored = self(torch.from_numpy(z))
        return found.s.numpy().copy()

    @torch.no_grad()
    def gradient(
        self, scored: Scored, weight_gradient: Float[torch.Tensor, " b"]
    ) -> dict[str, torch.Tensor]:
        """dL_meta/dtheta by parameter name, given dL_meta/dw: the chain rule by hand.

        A clipped weight passes no gradient; through the batch mean m = mean(s),
        dL/ds_j = g_j / m - (sum_i g_i s_i) / (B m^2), with g masked by the clip. Written
        out because autograd's bookkeeping would cost more than these few products.
        """
        hidden, s, ratio = scored.hidden, scored.s, scored.ratio
        passed = weight_gradient * (ratio == ratio.clamp(self.low, self.high))
        by_s = passed.sub_(passed.dot(ratio) / len(s)).div_(scored.mean)
        by_v = by_s.mul_(torch.addcmul(s, s, s, value=-1))  # dL / dV(z); s' = s (1 - s)
        if not scored.z.any():
            by_v.zero_()  # equal losses: dividing by the mean leaves nothing but rounding errors
        # sign() of a ReLU's output is its derivative: 1 where it is open, 0 where not.
        by_hidden = torch.outer(by_v, self.upper.weight[0]).mul_(hidden.sign())
        return {
            "upper.weight": (by_v @ hidden).unsqueeze(0),
            "upper.bias": by_v.sum().unsqueeze(0),
            "lower.weight": (scored.z @ by_hidden).unsqueeze(1),
            "lower.bias": by_hidden.sum(0),
        }

    @torch.no_grad()
    def descend(
        self,
        scored: Scored,
        weight_gradient: Float[torch.Tensor, " b"],
        optimizer: torch.optim.Optimizer,
        meta: Rows | None = None,
    ) -> None:
        """One optimiser step on theta, given dL_meta/dw; a unit of a rising curve never falls."""
        found = self.gradient(scored, weight_gradient)
        self.upper.weight.grad, self.upper.bias.grad = found["upper.weight"], found["upper.bias"]
        self.lower.weight.grad, self.lower.bias.grad = found["lower.weight"], found["lower.bias"]
        optimizer.step()
        if self.rising:
            self.upper.weight.mul_(self.upper.weight * self.lower.weight.T >= 0)
