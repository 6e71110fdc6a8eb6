"""The published way to the meta-gradient: autograd through the virtual step, twice.

Slow and plain on purpose: the graph of the inner gradient is kept, the virtual parameters
stay functions of theta, and L_meta is differentiated back to theta through all of it.
"""

from __future__ import annotations

import torch

from hamr.weighting import WeightNetwork, normalise


def weights_by_formula(network: WeightNetwork, z: torch.Tensor) -> torch.Tensor:
    """w = clip(s / mean(s), low, high) with s = sigmoid(V(z)), from the layers themselves."""
    v = network.upper(torch.relu(network.lower(z.reshape(-1, 1)))).reshape(-1)
    s = torch.sigmoid(v)
    return torch.clip(s / s.mean(), network.low, network.high)


def double_backward(model, network, batch, meta_batch, alpha):
    """(dL_meta/dtheta by parameter, dL_meta/dw [B], L_meta)."""
    (x, y), (meta_x, meta_y) = batch, meta_batch
    cross_entropy = torch.nn.functional.cross_entropy
    losses = cross_entropy(model(x), y, reduction="none")
    weights = weights_by_formula(network, normalise(losses))
    weights.retain_grad()
    phi = dict(model.named_parameters())
    inner = torch.autograd.grad((weights * losses).mean(), list(phi.values()), create_graph=True)
    virtual = {name: p - alpha * g for (name, p), g in zip(phi.items(), inner, strict=True)}
    meta_loss = cross_entropy(torch.func.functional_call(model, virtual, (meta_x,)), meta_y)
    theta = list(network.parameters())
    found = torch.autograd.grad(meta_loss, [*theta, weights])
    return found[:-1], found[-1], meta_loss.detach()
