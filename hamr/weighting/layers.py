"""Layers as autograd knows them, whose backward keeps a call's derivative and no weight gradient.

Each keeps the layer's input in the forward and the loss's derivative by its output in the backward,
both in its `Call`, and gives the parameters no gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from hamr.weighting.calls import Call, full


class Linear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: Any, bias: Any, call: Call, flat: torch.Tensor
    ) -> torch.Tensor:
        if torch.is_autocast_enabled(x.device.type):
            low = torch.get_autocast_dtype(x.device.type)
            flat, weight = flat.to(low), weight.to(low)
            bias = None if bias is None else bias.to(low)
        ctx.save_for_backward(weight)
        ctx.call, ctx.shape, call.x = call, x.shape, flat
        return call.whole(functional.linear(flat, weight, bias), x.shape)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        call = ctx.call
        (weight,) = ctx.saved_tensors
        call.d = call.flat(gradients[0])
        if not ctx.needs_input_grad[0]:
            return None, None, None, None, None
        return call.whole(call.d @ weight, ctx.shape), None, None, None, None


class Embedding(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, ids: Any, weight: Any, padding: int | None, call: Call) -> torch.Tensor:
        ctx.call, ctx.padding = call, padding
        call.x = call.tokens.pack(ids) if call.tokens is not None else ids.reshape(-1)
        return functional.embedding(ids, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        call = ctx.call
        d = call.flat(gradients[0])
        if ctx.padding is not None:  # the padding's vector learns nothing, as in torch
            d = d * (call.x != ctx.padding).unsqueeze(1)
        call.d = d
        return None, None, None, None


class LayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: Any, bias: Any, eps: float, call: Call
    ) -> torch.Tensor:
        x = full(x)  # as under autocast
        y, mean, reciprocal = torch.native_layer_norm(x, weight.shape, weight, bias, eps)
        ctx.save_for_backward(x, mean, reciprocal, weight)
        ctx.call = call
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        x, mean, reciprocal, weight = ctx.saved_tensors
        call, (d,) = ctx.call, gradients
        call.d = call.flat(d)
        call.x = call.flat((x - mean) * reciprocal)
        by_x = torch.ops.aten.native_layer_norm_backward(
            d, x, weight.shape, mean, reciprocal, weight, None, [True, False, False]
        )[0]
        return by_x, None, None, None, None


class Shared(torch.autograd.Function):
    """Copies of a tensor that all rows share, a slice of the first axis for each row."""

    @staticmethod
    def forward(ctx: Any, leaf: torch.Tensor, call: Call, copies: Callable[..., Any]) -> Any:
        ctx.call = call
        return copies(leaf)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        ctx.call.keep(gradients[0])
        return None, None, None


# An autograd Function's `apply` has no types.
linear: Callable[..., torch.Tensor] = Linear.apply
embedding: Callable[..., torch.Tensor] = Embedding.apply
layer_norm: Callable[..., torch.Tensor] = LayerNorm.apply
shared: Callable[..., torch.Tensor] = Shared.apply
