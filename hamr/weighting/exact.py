"""The exact meta-gradient of any model, without a second backward."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int
from torch.nn.attention import SDPBackend, sdpa_kernel

from hamr.models import per_sample_loss

Parameters = dict[str, torch.Tensor]


def exact(
    model: torch.nn.Module,
    batch: tuple[Any, Int[torch.Tensor, " b"]],
    meta_batch: tuple[Any, Int[torch.Tensor, " m"]],
    gradient: Parameters,
    alpha: float,
    random_state: torch.Tensor,
) -> tuple[Float[torch.Tensor, " b"], Float[torch.Tensor, ""]]:
    """(dL_meta/dw [B], L_meta) at phi' = phi - alpha * grad_phi mean_B(w_pre * l).

    `gradient` is that gradient, by parameter name. With g_i = grad l_i(phi) and
    v = grad L_meta(phi'),

        dL_meta/dw_i = -(alpha / B) <g_i, v>,

    and all <g_i, v> together are the directional derivative of the per-sample losses along
    v, which one forward-mode pass gives (torch.func.jvp). Equal to double backward up to
    rounding. Cost: one forward and backward on the meta batch and one forward-mode pass,
    about twice a forward.

    Dropout: the batch's pass repeats the masks of the training forward, whose generator
    state is `random_state`; the meta loss is taken without dropout.
    """
    phi = dict(model.named_parameters())
    virtual = {
        name: (p.detach() - alpha * gradient[name]).requires_grad_() for name, p in phi.items()
    }
    meta_loss, v = _meta_direction(model, virtual, meta_batch)
    inputs, labels = batch

    def losses(parameters: Parameters) -> torch.Tensor:
        return per_sample_loss(torch.func.functional_call(model, parameters, (inputs,)), labels)

    point = {name: p.detach() for name, p in phi.items()}
    # Forward mode does not know the fused attention kernels; the plain formula is the same.
    with torch.random.fork_rng(devices=[]), sdpa_kernel(SDPBackend.MATH), torch.no_grad():
        torch.set_rng_state(random_state)
        along_v = torch.func.jvp(losses, (point,), (v,))[1]
    return -alpha / len(labels) * along_v, meta_loss


def _meta_direction(
    model: torch.nn.Module,
    virtual: Parameters,
    meta_batch: tuple[Any, Int[torch.Tensor, " m"]],
) -> tuple[Float[torch.Tensor, ""], Parameters]:
    """L_meta(phi') and v, its gradient there; zero for parameters it does not touch."""
    inputs, labels = meta_batch
    was_training = model.training
    model.eval()
    logits = torch.func.functional_call(model, virtual, (inputs,))
    model.train(was_training)
    meta_loss = per_sample_loss(logits, labels).mean()
    v = torch.autograd.grad(meta_loss, list(virtual.values()), allow_unused=True)
    filled = {
        name: torch.zeros_like(p) if g is None else g
        for (name, p), g in zip(virtual.items(), v, strict=True)
    }
    return meta_loss.detach(), filled
