"""What a training step takes and returns, the same for every model and method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int

from hamr.losses import Targets


@dataclass(frozen=True)
class Outcome:
    """What one step found for its batch of B rows and for its meta batch."""

    loss: Float[torch.Tensor, " b"]  # per row, nats
    z: Float[torch.Tensor, " b"]
    pre: Float[torch.Tensor, " b"]  # weights with theta as it was
    post: Float[torch.Tensor, " b"]  # weights with theta after the meta step
    weight_gradient: Float[torch.Tensor, " b"] | None  # dL_meta/dw; None without a meta step
    meta_loss: Float[torch.Tensor, ""] | None  # mean over the meta batch; None without one
    # Between the gradients in theta of the form in use and of the exact one; None unless probed.
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
        """Takes a drawn batch and a meta batch (unused by ERM); updates in place.

        `keys` decide the rows' dropout masks (without them, torch's generator does); `sizes` are
        the rows of the whole batch and of the whole meta batch, where other ranks have some of
        them; with `probe` the outcome says how near the form of the meta-gradient in use is to
        the exact one. Without `meta` the weight network stays as it is, and the step costs as
        much as a plain one.
        """
