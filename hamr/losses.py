"""Losses of the baselines. Plain training (ERM) averages the per-sample losses."""

from __future__ import annotations

import torch
from jaxtyping import Float


def weighted_mean(
    losses: Float[torch.Tensor, " b"], weights: Float[torch.Tensor, " b"]
) -> Float[torch.Tensor, ""]:
    """mean_B(w * l): HAMR's inner and outer objective; with all weights 1 it is ERM's."""
    return (weights * losses).mean()
