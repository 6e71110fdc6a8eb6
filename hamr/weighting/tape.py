"""A forward pass that records every call of a layer, for the gradients of single rows.

`Tape` keeps each layer's input in the forward and the loss's derivative by its output in the
backward (see `calls`), and autograd forms no weight gradient at all. Padding has a derivative of
0, so it is left out of all products, in the forward too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from hamr.weighting.calls import (
    Call,
    EmbeddingCall,
    LayerNormCall,
    LinearCall,
    NotLayerwise,
    Tokens,
    full,
)


class Tape(TorchFunctionMode):
    """While it is entered, records each call of a linear layer, an embedding or a layer norm.

    Calls whose parameters are all frozen are left to torch. Raises NotLayerwise for a call
    whose first axis is not the b rows of the batch.
    """

    def __init__(self, rows: int, tokens: Tokens | None) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._rows, self._tokens = rows, tokens
        self._packed: tuple[Any, Any] = (None, None)  # the last input, and its tokens alone

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        known = _HANDLERS.get(func)
        if known is None:
            return func(*args, **kwargs)
        result = known(self, *args, **kwargs)
        return func(*args, **kwargs) if result is None else result

    def linear(self, x: torch.Tensor, weight: torch.Tensor, bias: Any = None) -> Any:
        if not _trained(weight, bias):
            return None
        call = self._call(LinearCall, x, weight, bias)
        if self._packed[0] is not x:  # query, key and value read the same input
            self._packed = x, call.flat(x.detach())
        return _linear(x, weight, bias, call, self._packed[1])

    def embedding(
        self,
        ids: torch.Tensor,
        weight: torch.Tensor,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Any:
        if not _trained(weight, None):
            return None
        if max_norm is not None or scale_grad_by_freq:
            raise NotLayerwise("an embedding renormalises or scales by frequency")
        if len(ids) == 1:  # positions, the same for all rows: one copy per row from here on
            ids = ids.expand(self._rows, *ids.shape[1:])
        call = self._call(EmbeddingCall, ids, weight, None)
        return _embedding(ids, weight, padding_idx, call)

    def layer_norm(
        self,
        x: torch.Tensor,
        normalized_shape: Any,
        weight: Any = None,
        bias: Any = None,
        eps: float = 1e-5,
    ) -> Any:
        if weight is None or not _trained(weight, bias):
            return None
        if len(normalized_shape) != 1:
            raise NotLayerwise("a layer norm runs over several axes")
        call = self._call(LayerNormCall, x, weight, bias)
        return _layer_norm(x, weight, bias, eps, call)

    def _call(self, kind: type[Call], x: torch.Tensor, weight: Any, bias: Any) -> Call:
        if len(x) != self._rows:
            raise NotLayerwise(f"a layer is called with {len(x)} rows, not {self._rows}")
        packs = self._tokens is not None and self._tokens.fit(x, kind)
        call = kind(weight, bias, self._rows, self._tokens if packs else None)
        self.calls.append(call)
        return call


_HANDLERS: dict[Callable[..., Any], Callable[..., Any]] = {
    functional.linear: Tape.linear,
    functional.embedding: Tape.embedding,
    functional.layer_norm: Tape.layer_norm,
}


def _trained(weight: torch.Tensor, bias: Any) -> bool:
    return weight.requires_grad or (bias is not None and bias.requires_grad)


class _Linear(torch.autograd.Function):
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


class _Embedding(torch.autograd.Function):
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


class _LayerNorm(torch.autograd.Function):
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


# An autograd Function's `apply` has no types.
_linear: Callable[..., torch.Tensor] = _Linear.apply
_embedding: Callable[..., torch.Tensor] = _Embedding.apply
_layer_norm: Callable[..., torch.Tensor] = _LayerNorm.apply
