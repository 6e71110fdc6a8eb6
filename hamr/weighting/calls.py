"""One call of a layer, and what the gradients of single rows are made of.

For a layer y = W x + b the gradient of row i's loss is made of the layer's input and of the
loss's derivative by its output, summed over the row's tokens t:

    grad_W l_i = sum_t d_it x_it',   grad_b l_i = sum_t d_it,   d_it = dl_i / dy_it.

A `Call` holds x and d. From the two follow, without another pass through the model,

    any weighted sum     sum_i c_i grad_W l_i = sum_it c_i d_it x_it'   (`Call.gradient`)
    every inner product  <grad_W l_i, V>      = sum_t d_it . (V x_it)   (`Call.along`)

each at the price of a third of a plain step. This is how differentially private training
computes the norms of rows' gradients (Goodfellow 2015; ghost clipping, Li et al. 2022). The
same holds for embeddings, layer norms, and tensors that all rows read (`SharedCall`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float, Int, Shaped
from torch.nn import functional


def full(x: torch.Tensor) -> torch.Tensor:
    """x in float32 at least: what is summed or subtracted is never in 16 bits."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


LARGE = 1 << 14  # numbers in what rows share; below it, unused columns are not looked for
WORTH_PACKING = 0.75  # columns are left out where at most this share of them is used


class NotLayerwise(Exception):
    """The model uses a parameter in a way that hides the gradient of a single row."""


@dataclass
class Tokens:
    """Which positions of a padded batch [b, t] hold a token; n of them do."""

    rows: int
    width: int
    positions: Int[torch.Tensor, " n"]  # in the flattened batch
    owner: Int[torch.Tensor, " n"]  # the row of each

    @staticmethod
    def of(mask: Shaped[torch.Tensor, "b t"]) -> Tokens:
        """The tokens where `mask` is not zero."""
        positions = mask.reshape(-1).nonzero()[:, 0]
        rows, width = mask.shape
        return Tokens(rows, width, positions, positions // width)

    def fit(self, x: torch.Tensor, kind: type[Call]) -> bool:
        """Whether `x` has an id or a vector for each position of the batch, padding included.

        A pooled batch [b, k] has none, even where k happens to be the batch's width.
        """
        axes = 2 if kind is EmbeddingCall else 3
        return x.dim() >= axes and x.shape[:2] == (self.rows, self.width)

    def pack(self, x: torch.Tensor) -> torch.Tensor:
        """[b, t, ...] -> [n, ...]"""
        return x.reshape(-1, *x.shape[2:]).index_select(0, self.positions)

    def pad(self, packed: torch.Tensor) -> torch.Tensor:
        """[n, ...] -> [b, t, ...], zero where there is no token."""
        whole = packed.new_zeros(self.rows * self.width, *packed.shape[1:])
        return whole.index_copy_(0, self.positions, packed).reshape(
            self.rows, self.width, *packed.shape[1:]
        )


@dataclass
class Call(ABC):
    """One call of a layer: its input x [n, ...] and dl/dy, d [n, out], by token.

    n counts the tokens of all rows (or the rows, for a layer that gets one vector a row).
    """

    weight: torch.Tensor
    bias: torch.Tensor | None
    rows: int
    tokens: Tokens | None  # None: n is rows * tokens of a row, padding and all
    x: torch.Tensor = field(init=False)
    d: torch.Tensor | None = field(init=False, default=None)  # None: the loss does not depend on it

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
        d = full(self.d)  # small differences need float32, even after a pass in bf16
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


@dataclass
class SharedCall(Call):
    """y_i = s: every row reads the same s, a parameter or what is made of parameters alone.

    `weight` is s. Of the derivatives d [b, n] only the columns are kept that are not zero in
    every row: of a table of relative positions, a batch of short texts reads a small part.
    `aligned`: s has a slice for each row on its first axis, and row i reads its own alone.
    """

    aligned: bool = False
    columns: torch.Tensor | None = None  # of s, flattened, that d has; None: all

    def keep(self, d: torch.Tensor) -> None:
        """Keeps dl_i/dy_i of all rows, [b, ...]."""
        self.d = d.reshape(self.rows, -1)
        if not self.aligned and self.d.shape[1] >= LARGE:
            used = (self.d != 0).any(0).nonzero()[:, 0]
            if len(used) < WORTH_PACKING * self.d.shape[1]:
                self.d, self.columns = self.d.index_select(1, used), used

    def gradient(self, scale: Float[torch.Tensor, " b"] | None) -> list[tuple[Any, torch.Tensor]]:
        if self.aligned:
            return [(self.weight, full(self.scaled(scale)).reshape(self.weight.shape))]
        assert self.d is not None
        d = full(self.d)
        total = d.sum(0) if scale is None else scale.to(d.dtype) @ d
        if self.columns is not None:
            total = total.new_zeros(self.weight.numel()).index_copy_(0, self.columns, total)
        return [(self.weight, total.reshape(self.weight.shape))]

    def along(self, v: Callable[[Any], torch.Tensor | None]) -> Float[torch.Tensor, " b"]:
        assert self.d is not None
        moved, d = v(self.weight), full(self.d)
        if moved is None:
            return d.new_zeros(self.rows)
        if self.aligned:
            along: torch.Tensor = torch.linalg.vecdot(d, full(moved).reshape(self.rows, -1))
            return along
        moved = full(moved).reshape(-1)
        return d @ (moved if self.columns is None else moved.index_select(0, self.columns))
