"""A forward pass that keeps, layer by layer, what the gradients of single rows are made of.

For a layer y = W x + b the gradient of row i's loss is made of the layer's input and of the
loss's derivative by its output, summed over the row's tokens t:

    grad_W l_i = sum_t d_it x_it',   grad_b l_i = sum_t d_it,   d_it = dl_i / dy_it.

`Tape` keeps x in the forward and d in the backward, and autograd forms no weight gradient
at all. From the two follow, without another pass through the model,

    any weighted sum     sum_i c_i grad_W l_i = sum_it c_i d_it x_it'   (`Call.gradient`)
    every inner product  <grad_W l_i, V>      = sum_t d_it . (V x_it)   (`Call.along`)

each at the price of a third of a plain step. This is how differentially private training
reads the norms of rows' gradients (Goodfellow 2015; ghost clipping, Li et al. 2022). The
same holds for embeddings and layer norms. Padding has d = 0, so it is left out of all
products, in the forward too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float, Int, Shaped
from torch.nn import functional
from torch.overrides import TorchFunctionMode


def full(x: torch.Tensor) -> torch.Tensor:
    """x in float32 at least: what is summed or subtracted is never in 16 bits."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


class NotLayerwise(Exception):
    """The model uses a parameter in a way whose gradients can't be told apart by row."""


@dataclass
class Tokens:
    """Which places of a padded batch [b, t] hold a token; n of them do."""

    rows: int
    width: int
    places: Int[torch.Tensor, " n"]  # in the flattened batch
    owner: Int[torch.Tensor, " n"]  # the row of each

    @staticmethod
    def of(mask: Shaped[torch.Tensor, "b t"]) -> Tokens:
        """The tokens where `mask` is not zero."""
        places = mask.reshape(-1).nonzero()[:, 0]
        rows, width = mask.shape
        return Tokens(rows, width, places, places // width)

    def fit(self, x: torch.Tensor, kind: type[Call]) -> bool:
        """Whether `x` has an id or a vector for each place of the batch, padding included.

        A pooled batch [b, k] has none, even where k happens to be the batch's width.
        """
        axes = 2 if kind is EmbeddingCall else 3
        return x.dim() >= axes and x.shape[:2] == (self.rows, self.width)

    def pack(self, x: torch.Tensor) -> torch.Tensor:
        """[b, t, ...] -> [n, ...]"""
        return x.reshape(-1, *x.shape[2:]).index_select(0, self.places)

    def pad(self, packed: torch.Tensor) -> torch.Tensor:
        """[n, ...] -> [b, t, ...], zero where no token is."""
        whole = packed.new_zeros(self.rows * self.width, *packed.shape[1:])
        return whole.index_copy_(0, self.places, packed).reshape(
            self.rows, self.width, *packed.shape[1:]
        )


@dataclass
class Call(ABC):
    """One call of a layer: its input x [n, ...] and dl/dy, d [n, out], by token.

    n counts the tokens of all rows (or the rows, for a layer that sees one vector a row).
    """

    weight: torch.Tensor
    bias: torch.Tensor | None
    rows: int
    tokens: Tokens | None  # None: n is rows * tokens of a row, padding and all
    x: torch.Tensor = field(init=False)
    d: torch.Tensor | None = field(init=False, default=None)  # None: the loss does not see it

    def flat(self, x: torch.Tensor) -> torch.Tensor:
        """[b, ..., k] -> [n, k], tokens only."""
        if self.tokens is not None:
            return self.tokens.pack(x)
        return x.reshape(-1, x.shape[-1])

    def whole(self, flat: torch.Tensor, like: torch.Size) -> torch.Tensor:
        """[n, k] -> [b, ..., k], the way back."""
        if self.tokens is not None:
            return self.tokens.pad(flat)
        return flat.reshape(*like[:-1], flat.shape[-1])

    def owner(self) -> Int[torch.Tensor, " n"]:
        """The row that each of the n belongs to."""
        if self.tokens is not None:
            return self.tokens.owner
        assert self.d is not None
        rows = torch.arange(self.rows, device=self.d.device)
        return rows.repeat_interleave(len(self.d) // self.rows)

    def by_row(self, values: Float[torch.Tensor, " n"]) -> Float[torch.Tensor, " b"]:
        """The sum over each row's tokens."""
        if self.tokens is None:
            return values.reshape(self.rows, -1).sum(1)
        return values.new_zeros(self.rows).index_add_(0, self.tokens.owner, values)

    def scaled(self, scale: Float[torch.Tensor, " b"] | None) -> torch.Tensor:
        """d, each row's times its scale."""
        assert self.d is not None
        if scale is None:
            return self.d
        return self.d * scale.index_select(0, self.owner()).to(self.d.dtype).unsqueeze(1)

    @abstractmethod
    def gradient(self, scale: Float[torch.Tensor, " b"] | None) -> list[tuple[Any, torch.Tensor]]:
        """(parameter, sum_i scale_i grad l_i), for weight and bias."""

    @abstractmethod
    def along(self, v: Callable[[Any], torch.Tensor | None]) -> Float[torch.Tensor, " b"]:
        """<grad l_i, v> over weight and bias, where v(parameter) is its direction or None."""


class LinearCall(Call):
    """y = W x + b."""

    def gradient(self, scale: Float[torch.Tensor, " b"] | None) -> list[tuple[Any, torch.Tensor]]:
        d = self.scaled(scale)
        found = [(self.weight, full(d.T @ self.x))]
        if self.bias is not None:
            found.append((self.bias, full(d).sum(0)))
        return found

    def along(self, v: Callable[[Any], torch.Tensor | None]) -> Float[torch.Tensor, " b"]:
        assert self.d is not None
        weight, bias = v(self.weight), v(self.bias)
        d = full(self.d)  # small differences stay in float32, whatever the pass was in
        if weight is None:
            return self.by_row(d @ bias) if bias is not None else d.new_zeros(self.rows)
        moved = functional.linear(full(self.x), weight, bias)
        return self.by_row(torch.linalg.vecdot(d, moved))


class EmbeddingCall(Call):
    """y = W[id]."""

    def gradient(self, scale: Float[torch.Tensor, " b"] | None) -> list[tuple[Any, torch.Tensor]]:
        d = full(self.scaled(scale))
        return [(self.weight, torch.zeros_like(self.weight).index_add_(0, self.x, d))]

    def along(self, v: Callable[[Any], torch.Tensor | None]) -> Float[torch.Tensor, " b"]:
        assert self.d is not None
        weight = v(self.weight)
        if weight is None:
            return self.weight.new_zeros(self.rows)
        return self.by_row(torch.linalg.vecdot(full(self.d), weight.index_select(0, self.x)))


@dataclass
class LayerNormCall(Call):
    """y = W * (u - mean) / deviation + b; x is u as normalised."""

    def gradient(self, scale: Float[torch.Tensor, " b"] | None) -> list[tuple[Any, torch.Tensor]]:
        d = full(self.scaled(scale))
        found = [(self.weight, (d * self.x).sum(0))]
        if self.bias is not None:
            found.append((self.bias, d.sum(0)))
        return found

    def along(self, v: Callable[[Any], torch.Tensor | None]) -> Float[torch.Tensor, " b"]:
        assert self.d is not None
        weight, bias = v(self.weight), v(self.bias)
        moved = self.d.new_zeros(())
        if weight is not None:
            moved = self.x * weight
        if bias is not None:
            moved = moved + bias
        return self.by_row((full(self.d) * moved).sum(1))


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
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
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
        return _Linear.apply(x, weight, bias, call, self._packed[1])

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
            raise NotLayerwise("an embedding that renormalises or scales by frequency")
        if len(ids) == 1:  # positions, the same for all rows: told apart by row from here on
            ids = ids.expand(self._rows, *ids.shape[1:])
        call = self._call(EmbeddingCall, ids, weight, None)
        return _Embedding.apply(ids, weight, padding_idx, call)

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
            raise NotLayerwise("a layer norm over several axes")
        call = self._call(LayerNormCall, x, weight, bias)
        return _LayerNorm.apply(x, weight, bias, eps, call)

    def _call(self, kind: type[Call], x: torch.Tensor, weight: Any, bias: Any) -> Call:
        if len(x) != self._rows:
            raise NotLayerwise(f"a layer that is called with {len(x)} rows, not {self._rows}")
        packs = self._tokens is not None and self._tokens.fit(x, kind)
        call = kind(weight, bias, self._rows, self._tokens if packs else None)
        self.calls.append(call)
        return call


_HANDLERS: dict[Callable, Callable[..., Any]] = {
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
