"""The step as published: double backward through the virtual update, fused attention off."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import cross_entropy

from hamr.losses import Targets
from hamr.models import RowDropout
from hamr.weighting import WeightNetwork, normalise

Batch = tuple[Any, Targets]


class PublishedStep:
    """Pre-meta weights, inner update with its graph kept, meta step, outer update."""

    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        network: WeightNetwork,
        network_optimizer: torch.optim.Optimizer,
        *,
        alpha: float,
    ) -> None:
        self._model, self._optimizer = model, optimizer
        self._network, self._network_optimizer = network, network_optimizer
        self._alpha = alpha

    def __call__(self, batch: Batch, meta_batch: Batch, keys: torch.Tensor) -> None:
        """One update of the weight network and of the model."""
        theta, losses = self.gradient(batch, meta_batch, keys)
        for parameter, gradient in zip(self._network.parameters(), theta, strict=True):
            parameter.grad = gradient
        self._network_optimizer.step()
        with torch.no_grad():
            post = self._weights(normalise(losses))
        phi = list(self._model.parameters())
        for parameter, gradient in zip(
            phi, torch.autograd.grad((post * losses).mean(), phi), strict=True
        ):
            parameter.grad = gradient
        self._optimizer.step()

    def gradient(
        self, batch: Batch, meta_batch: Batch, keys: torch.Tensor
    ) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
        """dL_meta/dtheta by parameter, and the batch's losses with their graph."""
        (x, targets), (meta_x, meta_targets) = batch, meta_batch
        # Fused attention can't be differentiated twice.
        with sdpa_kernel(SDPBackend.MATH):
            self._model.train()
            with RowDropout(keys):
                losses = cross_entropy(self._model(x), targets.labels, reduction="none")
            phi = dict(self._model.named_parameters())
            weighted = (self._weights(normalise(losses)) * losses).mean()
            inner = torch.autograd.grad(weighted, list(phi.values()), create_graph=True)
            virtual = {
                name: p - self._alpha * g for (name, p), g in zip(phi.items(), inner, strict=True)
            }
            self._model.eval()
            logits = torch.func.functional_call(self._model, virtual, (meta_x,))
            theta = list(self._network.parameters())
            meta_loss = cross_entropy(logits, meta_targets.labels)
            found = torch.autograd.grad(meta_loss, theta, retain_graph=True)
        return found, losses

    def _weights(self, z: torch.Tensor) -> torch.Tensor:
        """clip(s / mean(s)) with s = sigmoid(V(z)), with its graph."""
        network = self._network
        v = network.upper(torch.relu(network.lower(z.unsqueeze(1)))).squeeze(1)
        s = torch.sigmoid(v)
        return torch.clip(s / s.mean(), network.low, network.high)
