"""A forward pass that records every call of a layer, for the gradients of single rows.

`Tape` keeps each layer's input in the forward and the loss's derivative by its output in the
backward (see `calls`), and autograd forms no weight gradient at all. Padding has a derivative of
0, so it is left out of all products, in the forward too.

Tensors that depend on the batch's inputs are marked as rows'; what has no mark and a gradient is a
parameter or made of parameters alone (`derived`), such as relative positions. Where such a tensor
meets the rows', each row gets a copy of its own, so that the derivative by it is known by row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from hamr.weighting import layers
from hamr.weighting.calls import (
    Call,
    EmbeddingCall,
    LayerNormCall,
    LinearCall,
    NotLayerwise,
    SharedCall,
    Tokens,
)
from hamr.weighting.marks import is_of_rows, mark, of_rows

# Elementwise, with shapes aligned from the right.
BROADCASTING = frozenset(
    ("add", "add_", "__add__", "__radd__", "__iadd__", "mul", "mul_", "__mul__", "__rmul__",
     "__imul__", "sub", "sub_", "__sub__", "__rsub__", "__isub__", "div", "div_", "__truediv__",
     "__itruediv__", "multiply", "subtract", "divide", "true_divide", "where")
)  # fmt: skip
REPEATING = (torch.Tensor.repeat, torch.Tensor.expand)


class Tape(TorchFunctionMode):
    """While it is entered, records each call of a layer whose input belongs to the b rows.

    Calls whose parameters are all frozen are left to torch. Raises NotLayerwise for a call
    whose first axis is not the b rows of the batch.
    """

    def __init__(self, rows: int, tokens: Tokens | None, inputs: Any) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.leaves: list[torch.Tensor] = []  # what the graph has in place of shared tensors
        self._rows, self._tokens = rows, tokens
        self._packed: tuple[Any, Any] = (None, None)  # the last input, and its tokens alone
        self._copies: dict[tuple[int, tuple[int, ...]], torch.Tensor] = {}
        mark(inputs)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if not of_rows(args, kwargs):
            if func in REPEATING and not kwargs and _is_shared(args[0]):
                return self._repeated(func, *args)
            return func(*args, **kwargs)
        result = None
        if func in _HANDLERS:
            result = _HANDLERS[func](self, *args, **kwargs)
        elif getattr(func, "__name__", "") in BROADCASTING:
            args = self._with_copies(*args)
        if result is None:
            result = func(*args, **kwargs)
        mark(result)
        return result

    # ---- layers --------------------------------------------------------------------------

    def linear(self, x: torch.Tensor, weight: torch.Tensor, bias: Any = None) -> Any:
        if not _trained(weight, bias) or not is_of_rows(x):
            return None
        call = self._call(LinearCall, x, weight, bias)
        if self._packed[0] is not x:  # query, key and value read the same input
            self._packed = x, call.flat(x.detach())
        return layers.linear(x, self._leaf(weight), self._leaf(bias), call, self._packed[1])

    def addmm(self, bias: torch.Tensor, x: torch.Tensor, weight: torch.Tensor) -> Any:
        """b + x W of GPT-2's layers, which see a batch's tokens one after the other."""
        if not _trained(weight, bias) or not is_of_rows(x) or len(x) % self._rows:
            return None
        y = self.linear(mark(x.reshape(self._rows, -1, x.shape[-1])), weight.t(), bias)
        return y.reshape(len(x), -1)

    def matmul(self, x: torch.Tensor, weight: torch.Tensor) -> Any:
        """x W, a linear layer where W is a shared matrix."""
        if not _is_shared(weight) or weight.dim() != 2 or not is_of_rows(x):
            return None
        return self.linear(x, weight.t())

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
        call = self._call(EmbeddingCall, ids, weight, None)
        return layers.embedding(ids, self._leaf(weight), padding_idx, call)

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
        return layers.layer_norm(x, self._leaf(weight), self._leaf(bias), eps, call)

    def rms_norm(
        self, x: torch.Tensor, normalized_shape: Any, weight: Any = None, eps: float | None = None
    ) -> Any:
        if weight is None or not _is_shared(weight):
            return None
        plain = mark(functional.rms_norm(x, normalized_shape, None, eps))
        return torch.mul(*self._with_copies(plain, weight))

    def _call(self, kind: type[Call], x: torch.Tensor, weight: Any, bias: Any) -> Call:
        if len(x) != self._rows:
            raise NotLayerwise(f"a layer is called with {len(x)} rows, not {self._rows}")
        packs = self._tokens is not None and self._tokens.fit(x, kind)
        call = kind(weight, bias, self._rows, self._tokens if packs else None)
        self.calls.append(call)
        return call

    def _leaf(self, weight: Any) -> Any:
        """The weight as the rows' graph has it: cut off from the graph that it was made by."""
        if weight is None or weight.is_leaf:
            return weight
        leaf = weight.detach().requires_grad_()
        self.leaves.append(leaf)
        return leaf

    # ---- tensors that all rows share -----------------------------------------------------

    def attention(
        self,
        query: torch.Tensor,
        key: Any,
        value: Any,
        attn_mask: Any = None,
        *more: Any,
        **by: Any,
    ) -> Any:
        """Attention with a bias that is the same for all rows, such as T5's."""
        if not _is_shared(attn_mask):
            return None
        bias = self._copy(attn_mask, query)
        return functional.scaled_dot_product_attention(query, key, value, bias, *more, **by)

    def _with_copies(self, *args: Any) -> tuple[Any, ...]:
        """The arguments of an elementwise operation, a shared one as a copy for each row."""
        like = max((arg for arg in args if is_of_rows(arg)), key=torch.Tensor.dim, default=None)
        if like is None:
            return args
        return tuple(self._copy(arg, like) if _is_shared(arg) else arg for arg in args)

    def _copy(self, s: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        """A copy of s for each row, to be aligned with `like`; s itself where that can't be."""
        if like.dim() < max(1, s.dim()) or len(like) != self._rows:
            return s
        if s.dim() == like.dim() and len(s) not in (1, self._rows):
            return s
        aligned = s.dim() == like.dim() and len(s) == self._rows > 1
        return self._expanded(s, like.dim(), aligned)

    def _repeated(self, func: Callable[..., Any], s: torch.Tensor, *given: Any) -> Any:
        """s.repeat(b, 1, ...) and s.expand(b, ...): one copy per row from here on."""
        sizes = tuple(given[0]) if len(given) == 1 and not isinstance(given[0], int) else given
        if not sizes or sizes[0] != self._rows or len(sizes) < s.dim():
            return func(s, *given)
        if func is torch.Tensor.expand and (len(sizes) > s.dim() or len(s) == 1):
            return mark(self._expanded(s, len(sizes)).expand(sizes))
        if func is torch.Tensor.repeat and len(sizes) == s.dim() and set(sizes[1:]) <= {1}:
            return self._shared(s, lambda leaf: leaf.repeat(sizes), sizes)
        return func(s, *given)

    def _expanded(self, s: torch.Tensor, axes: int, aligned: bool = False) -> torch.Tensor:
        """[rows, 1, ..., 1, *s.shape] of so many axes; [rows, *s.shape[1:]] if s has as many."""
        own = s.shape if s.dim() < axes else s.shape[1:]
        shape = (self._rows, *[1] * (axes - len(own) - 1), *own)
        return self._shared(s, lambda leaf: leaf.expand(shape), shape, aligned)

    def _shared(
        self,
        s: torch.Tensor,
        copies: Callable[..., Any],
        shape: tuple[int, ...],
        aligned: bool = False,
    ) -> torch.Tensor:
        key = (id(s), shape)
        if key not in self._copies:
            call = SharedCall(s, None, self._rows, None, aligned)
            self.calls.append(call)
            self._copies[key] = mark(layers.shared(self._leaf(s), call, copies))
        return self._copies[key]


_HANDLERS: dict[Callable[..., Any], Callable[..., Any]] = {
    functional.linear: Tape.linear,
    functional.embedding: Tape.embedding,
    functional.layer_norm: Tape.layer_norm,
    functional.rms_norm: Tape.rms_norm,
    functional.scaled_dot_product_attention: Tape.attention,
    torch.addmm: Tape.addmm,
    torch.matmul: Tape.matmul,
    torch.Tensor.matmul: Tape.matmul,
    torch.Tensor.__matmul__: Tape.matmul,
}


def _trained(weight: torch.Tensor, bias: Any) -> bool:
    return weight.requires_grad or (bias is not None and bias.requires_grad)


def _is_shared(x: Any) -> bool:
    """Whether x is a parameter that is trained, or made of such parameters alone."""
    return isinstance(x, torch.Tensor) and x.requires_grad and not is_of_rows(x)
