"""The published way to the meta-gradient: autograd through the virtual step, twice.

Slow and plain on purpose: the graph of the inner gradient is kept, the virtual parameters
stay functions of theta, and L_meta is differentiated back to theta through all of it.
"""

from __future__ import annotations

from contextlib import nullcontext

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from hamr.models import RowDropout
from hamr.weighting import WeightNetwork, normalise


def weights_by_formula(network: WeightNetwork, z: torch.Tensor) -> torch.Tensor:
    """w = clip(s / mean(s), low, high) with s = sigmoid(V(z)), from the layers themselves."""
    v = network.upper(torch.relu(network.lower(z.reshape(-1, 1)))).reshape(-1)
    s = torch.sigmoid(v)
    return torch.clip(s / s.mean(), network.low, network.high)


def double_backward(
    model, network, batch, meta_batch, alpha, *, keys=None, names=None, class_weights=None
):
    """(dL_meta/dtheta by parameter, dL_meta/dw [B], L_meta).

    The virtual step moves the trainable parameters, or those of `names`; the batch is seen
    with the dropout masks of `keys`, the meta batch without dropout. `class_weights` [C] weigh
    the meta rows' losses.
    """
    (x, targets), (meta_x, meta_targets) = batch, meta_batch
    y, meta_y = targets.labels, meta_targets.labels
    cross_entropy = torch.nn.functional.cross_entropy
    with sdpa_kernel(SDPBackend.MATH):  # the fused kernels have no second derivative
        model.train()
        with RowDropout(keys) if keys is not None else nullcontext():
            losses = cross_entropy(model(x), y, reduction="none")
        weights = weights_by_formula(network, normalise(losses))
        weights.retain_grad()
        phi = {
            name: p
            for name, p in model.named_parameters()
            if p.requires_grad and (names is None or name in names)
        }
        inner = torch.autograd.grad(
            (weights * losses).mean(), list(phi.values()), create_graph=True
        )
        virtual = {n: p - alpha * g for (n, p), g in zip(phi.items(), inner, strict=True)}
        model.eval()
        meta_logits = torch.func.functional_call(model, virtual, (meta_x,))
        meta_losses = cross_entropy(meta_logits, meta_y, weight=class_weights, reduction="none")
        meta_loss = meta_losses.mean()
    theta = list(network.parameters())
    found = torch.autograd.grad(meta_loss, [*theta, weights])
    return found[:-1], found[-1], meta_loss.detach()
