"""What one training step takes and gives, whatever model and method are behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int

from hamr.losses import Targets


@dataclass(frozen=True)
class Outcome:
    """What one step saw of its batch of B rows, and of its meta batch."""

    loss: Float[torch.Tensor, " b"]  # per row, nats
    z: Float[torch.Tensor, " b"]
    pre: Float[torch.Tensor, " b"]  # weights with theta as it was
    post: Float[torch.Tensor, " b"]  # weights with theta after the meta step
    weight_gradient: Float[torch.Tensor, " b"] | None  # dL_meta/dw; None without a meta step
    meta_loss: Float[torch.Tensor, ""] | None  # mean over the meta batch; None without one
    # Of the form in use to the exact one, in theta; None where it was not asked for.
    cosine: float | None = None


@runtime_checkable
class Step(Protocol):
    """One update of the model (and, where weights are learned, of the weight network)."""

    def __call__(
        self,
        inputs: Any,
        targets: Targets,
        meta_inputs: Any,
        meta_targets: Targets,
        *,
        keys: Int[torch.Tensor, " b"] | None = None,
        sizes: tuple[int, int] | None = None,
        probe: bool = False,
        meta: bool = True,
    ) -> Outcome:
        """Takes a drawn batch and a meta batch (unused by ERM); updates in place."""
