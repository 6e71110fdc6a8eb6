"""One HAMR step for any differentiable model."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int

from hamr.losses import weighted_mean
from hamr.models import per_sample_loss
from hamr.weighting.exact import exact
from hamr.weighting.network import WeightNetwork, normalise
from hamr.weighting.step import Outcome


@runtime_checkable
class MetaGradient(Protocol):
    """dL_meta/dw and L_meta after the virtual step; see `exact` for the arguments."""

    def __call__(
        self,
        model: torch.nn.Module,
        batch: tuple[Any, Int[torch.Tensor, " b"]],
        meta_batch: tuple[Any, Int[torch.Tensor, " m"]],
        gradient: dict[str, torch.Tensor],
        alpha: float,
        random_state: torch.Tensor,
    ) -> tuple[Float[torch.Tensor, " b"], Float[torch.Tensor, ""]]: ...


class MetaStep:
    """The step of HAMR, or of plain training where `network` is None.

    Both optimisers are the caller's, so that their state can be saved with the rest.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        network: WeightNetwork | None,
        network_optimizer: torch.optim.Optimizer | None,
        *,
        alpha: float,
        meta_gradient: MetaGradient = exact,
    ) -> None:
        self._model, self._optimizer = model, optimizer
        self._network, self._network_optimizer = network, network_optimizer
        self._alpha, self._meta_gradient = alpha, meta_gradient

    def __call__(
        self,
        inputs: Any,
        labels: Int[torch.Tensor, " b"],
        meta_inputs: Any,
        meta_labels: Int[torch.Tensor, " m"],
    ) -> Outcome:
        """Pre-meta weights, virtual update, meta step, post-meta weights, outer update."""
        self._model.train()
        random_state = torch.get_rng_state()
        losses = per_sample_loss(self._model(inputs), labels)
        z = normalise(losses)
        if self._network is None or self._network_optimizer is None:
            ones = torch.ones_like(z)
            self._outer(losses, ones)
            return Outcome(losses.detach(), z, ones, ones, None, None)

        with torch.no_grad():
            scored = self._network(z)
            pre = self._network.weights(scored)
        weight_gradient, meta_loss = self._meta_gradient(
            self._model,
            (inputs, labels),
            (meta_inputs, meta_labels),
            self._gradient(losses, pre, keep_graph=True),
            self._alpha,
            random_state,
        )
        self._network.descend(scored, weight_gradient, self._network_optimizer)
        with torch.no_grad():
            post = self._network.weights(self._network(z))
        self._outer(losses, post)
        return Outcome(losses.detach(), z, pre, post, weight_gradient, meta_loss)

    def _gradient(
        self, losses: torch.Tensor, weights: torch.Tensor, *, keep_graph: bool
    ) -> dict[str, torch.Tensor]:
        """grad_phi mean_B(w * l), by name; zero for parameters the loss does not touch."""
        named = dict(self._model.named_parameters())
        gradients = torch.autograd.grad(
            weighted_mean(losses, weights),
            list(named.values()),
            retain_graph=keep_graph,
            allow_unused=True,
        )
        return {
            name: torch.zeros_like(p) if g is None else g
            for (name, p), g in zip(named.items(), gradients, strict=True)
        }

    def _outer(self, losses: torch.Tensor, weights: torch.Tensor) -> None:
        """phi <- AdamW(phi, grad_phi mean_B(w * l)). The graph of `losses` ends here."""
        gradients = self._gradient(losses, weights, keep_graph=False)
        for name, parameter in self._model.named_parameters():
            parameter.grad = gradients[name]
        self._optimizer.step()
