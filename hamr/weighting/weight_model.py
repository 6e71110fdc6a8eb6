"""What turns the rows of a batch into weights: the interface that every weight model has."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Int

from hamr import methods
from hamr.config import TrainingSettings
from hamr.losses import Counts


@dataclass(frozen=True)
class Rows:
    """What a weight model may see of the B rows of a batch: detached, the same on every rank."""

    loss: Float[torch.Tensor, " b"]  # nats
    z: Float[torch.Tensor, " b"]  # z-score of the loss within the batch
    labels: Int[torch.Tensor, " b"] | None = None  # where the model asks for them
    # p_iy and max_c p_ic, where the model asks for them.
    confidence: Float[torch.Tensor, "b 2"] | None = None


def confidence(
    logits: Float[torch.Tensor, "b c"], labels: Int[torch.Tensor, " b"]
) -> Float[torch.Tensor, "b 2"]:
    """`Rows.confidence` from the rows' logits, detached."""
    p = logits.detach().softmax(1)
    return torch.stack([p.gather(1, labels.unsqueeze(1)).squeeze(1), p.max(1).values], 1)


@dataclass(frozen=True)
class Curves:
    """Weights of a model that is not one function of z: G points on each of K curves."""

    x: Float32[np.ndarray, " g"]
    weight: Float32[np.ndarray, "k g"]
    of_class: Int[np.ndarray, " c"]  # the curve that each class follows; empty: all follow all
    scalars: Float32[np.ndarray, " p"]  # learned numbers that people can read; mostly none


NO_SCALARS = np.zeros(0, np.float32)
NO_CURVES = Curves(
    np.zeros(0, np.float32), np.zeros((0, 0), np.float32), np.zeros(0, np.int16), NO_SCALARS
)


class WeightModel(torch.nn.Module):
    """Weights w of a batch's rows, from parameters theta that the meta step trains.

    A step calls `score` on what it may see of the rows, `weights` on the result, `descend` with
    dL_meta/dw, then `score` and `weights` again. A method of the table names its model by the
    trait `weights`; all state is in parameters and buffers, so that checkpoints hold it.
    """

    sees_labels = False  # whether `Rows.labels` is filled in, for rows with one label
    sees_confidence = False  # whether `Rows.confidence` is filled in
    sees_meta_rows = False  # whether `descend` gets the meta batch's rows, at the present phi

    @classmethod
    @abstractmethod
    def build(cls, settings: TrainingSettings, counts: Counts) -> WeightModel:
        """The model at its first step; `counts` [C] are the training rows of each class."""

    def optimizer(self, settings: TrainingSettings) -> torch.optim.Optimizer:
        """What trains it: Adam, as in Meta-Weight-Net and HAMR."""
        return torch.optim.Adam(self.parameters(), lr=settings.meta_rate, fused=True)

    def begin(self, progress: float) -> None:
        """Hears before each step which share of the run is done, in [0, 1)."""

    @abstractmethod
    def score(self, rows: Rows) -> Any:
        """The forward on one batch, and what `gradient` needs of it."""

    @abstractmethod
    def weights(self, scored: Any) -> Float[torch.Tensor, " b"]:
        """w_i of one batch."""

    @abstractmethod
    def gradient(
        self, scored: Any, weight_gradient: Float[torch.Tensor, " b"]
    ) -> dict[str, torch.Tensor]:
        """dL_meta/dtheta by parameter name, given dL_meta/dw."""

    @torch.no_grad()
    def descend(
        self,
        scored: Any,
        weight_gradient: Float[torch.Tensor, " b"],
        optimizer: torch.optim.Optimizer,
        meta: Rows | None = None,
    ) -> None:
        """One optimiser step on theta, given dL_meta/dw (and the meta rows, where asked for)."""
        gradient = self.gradient(scored, weight_gradient)
        for name, parameter in self.named_parameters():
            parameter.grad = gradient[name]
        optimizer.step()

    def curve(self, z: Float32[np.ndarray, " g"]) -> Float32[np.ndarray, " g"]:
        """s as a function of z, before a batch's mean divides it; NaN where it is none of z."""
        return np.full_like(z, np.nan)

    def curves(self) -> Curves:
        """What it has learned, where that is not one function of z."""
        return NO_CURVES


def weight_model(settings: TrainingSettings, counts: Counts) -> WeightModel:
    """The weight model that the settings' method names. Raises SettingError where there is none."""
    found: type[WeightModel] = methods.weights_of(settings.method)
    return found.build(settings, counts)
