"""CMW-Net: a weight network that sees the row's class as well as its loss.

Shu, Yuan, Meng and Xu 2023, "CMW-Net: Learning a Class-Aware Sample Weighting Mapping for Robust
Deep Learning" (arXiv 2202.05613), in the form that their published code gives it for imbalanced
classes: one hidden layer for all rows, and on it one output for each group of classes of like
size. Groups come from k-means of the class counts, with k = 3. As there,

- the network sees the loss itself, not its z-score,
- w_i = s_i / mean_B(s), without a clip, and
- the meta-gradient takes that mean as a constant.

Ours are the meta set and Adam's rate, which are those of HAMR here, and k-means of numbers, which
is exact where theirs starts at random.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from hamr.config import TrainingSettings
from hamr.losses import Counts
from hamr.weighting.weight_model import NO_SCALARS, Curves, Rows, WeightModel

GROUPS = 3  # of classes, as published
SMALLEST_MEAN = 1e-30  # of s: where all outputs vanish, weights are 0, not 0 / 0
LOSS_GRID = np.linspace(0, 6, 61, dtype=np.float32)  # nats at which the curves are recorded


@dataclass(frozen=True)
class ClassScored:
    """The network's forward on one batch, kept for the gradient."""

    loss: Float[torch.Tensor, " b"]
    group: Int[torch.Tensor, " b"]
    hidden: Float[torch.Tensor, "b hidden"]
    s: Float[torch.Tensor, " b"]
    mean: Float[torch.Tensor, ""]


class ClassWeightNetwork(WeightModel):
    """s_i = sigmoid(u_g . relu(a l_i + b) + c_g), with g the group of the row's class."""

    sees_labels = True

    def __init__(self, hidden: int, group_of_class: Int[torch.Tensor, " c"]) -> None:
        """`group_of_class` numbers the groups from 0."""
        super().__init__()
        self.lower = torch.nn.Linear(1, hidden)
        self.upper = torch.nn.Linear(hidden, int(group_of_class.max()) + 1)
        self.group_of_class: torch.Tensor
        self.register_buffer("group_of_class", group_of_class)

    @classmethod
    def build(cls, settings: TrainingSettings, counts: Counts) -> WeightModel:
        """The network of the settings' size, for the training rows' classes."""
        return cls(settings.weight_hidden, grouped(counts, GROUPS))

    def score(self, rows: Rows) -> ClassScored:
        """s of each row, by its loss and its class."""
        assert rows.labels is not None  # `sees_labels` asks for them
        group = self.group_of_class[rows.labels]
        hidden, s = self._forward(rows.loss, group)
        return ClassScored(rows.loss, group, hidden, s, s.mean().clamp(min=SMALLEST_MEAN))

    def _forward(
        self, loss: Float[torch.Tensor, " b"], group: Int[torch.Tensor, " b"]
    ) -> tuple[Float[torch.Tensor, "b hidden"], Float[torch.Tensor, " b"]]:
        hidden = torch.relu(torch.addcmul(self.lower.bias, loss.unsqueeze(1), self.lower.weight.T))
        v = torch.linalg.vecdot(hidden, self.upper.weight[group]) + self.upper.bias[group]
        return hidden, v.sigmoid()

    def weights(self, scored: ClassScored) -> Float[torch.Tensor, " b"]:
        """w_i = s_i / mean_B(s)."""
        return scored.s / scored.mean

    @torch.no_grad()
    def gradient(
        self, scored: ClassScored, weight_gradient: Float[torch.Tensor, " b"]
    ) -> dict[str, torch.Tensor]:
        """dL_meta/dtheta by the chain rule, the batch mean held constant: an output's part comes
        from the rows of its group alone.
        """
        by_v = weight_gradient / scored.mean * scored.s * (1 - scored.s)
        by_upper = torch.zeros_like(self.upper.weight)
        by_upper.index_add_(0, scored.group, by_v.unsqueeze(1) * scored.hidden)
        by_bias = torch.zeros_like(self.upper.bias).index_add_(0, scored.group, by_v)
        # sign() of a ReLU's output is its derivative: 1 where it is open, 0 where not.
        by_hidden = by_v.unsqueeze(1) * self.upper.weight[scored.group] * scored.hidden.sign()
        return {
            "lower.weight": (scored.loss @ by_hidden).unsqueeze(1),
            "lower.bias": by_hidden.sum(0),
            "upper.weight": by_upper,
            "upper.bias": by_bias,
        }

    @torch.no_grad()
    def curves(self) -> Curves:
        """s of each group as a function of the loss."""
        loss = torch.from_numpy(LOSS_GRID)
        groups = torch.arange(self.upper.out_features)
        curves = [self._forward(loss, group.expand(len(loss)))[1].numpy() for group in groups]
        of_class = self.group_of_class.numpy().astype(np.int16)
        return Curves(LOSS_GRID, np.stack(curves), of_class, NO_SCALARS)


def grouped(counts: Counts, most: int) -> Int[torch.Tensor, " c"]:
    """The group of each class: k-means of the class counts, the smallest classes in group 0.

    In one dimension the best clusters are runs of the sorted counts, so that trying where each
    run begins finds them: cost[j] is the least sum of squares of the first j counts in so many
    runs. Fewer groups than `most` where there are fewer different counts.
    """
    values = counts.double().numpy()
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    size, groups = len(ordered), min(most, len(np.unique(ordered)))
    total = np.concatenate([[0.0], np.cumsum(ordered)])
    square = np.concatenate([[0.0], np.cumsum(ordered**2)])

    def spread(first: np.ndarray, last: int) -> np.ndarray:
        """Sum of squares about their mean of the counts from each `first` up to `last`."""
        sums = total[last] - total[first]
        found: np.ndarray = square[last] - square[first] - sums**2 / (last - first)
        return found

    cost = np.concatenate([[0.0], np.full(size, np.inf)])
    begins = np.zeros((groups, size + 1), int)
    for group in range(groups):
        longer = np.full(size + 1, np.inf)
        for last in range(group + 1, size + 1):
            first = np.arange(group, last)
            totals = cost[first] + spread(first, last)
            begins[group, last] = first[totals.argmin()]
            longer[last] = totals.min()
        cost = longer
    found, last = np.zeros(size, np.int64), size
    for group in reversed(range(groups)):
        first_of_run = begins[group, last]
        found[order[first_of_run:last]] = group
        last = first_of_run
    return torch.from_numpy(found)
