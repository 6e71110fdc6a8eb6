"""Dropout whose masks belong to the rows, not to a generator's state."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from jaxtyping import Float, Int
from torch.overrides import TorchFunctionMode

# Odd constants of well-mixing integer hashes: Wellons' lowbias32 and Weyl steps (Steele et
# al. 2014), as signed 32-bit numbers, since torch has no unsigned ones that multiply.
FIRST, SECOND = 0x7FEB352D, 0x846CA68B - 2**32
WEYL = (0x9E3779B9 - 2**32, 0x85EBCA6B - 2**32, 0x27D4EB2F, 0x165667B1, 0xC2B2AE35 - 2**32)
KEPT_TABLES = 256


class RowDropout(TorchFunctionMode):
    """While it is entered, every dropout of a model drops by `keys`, one number per row.

    Whether a unit of row i is dropped depends on a hash of (key_i, which dropout of the forward
    it is, the unit's coordinates). So a row's masks do not change with the padding of its batch,
    with the process that computes it, or with the step at which a run resumes; and a second
    forward with the same keys has the same masks, which is what the meta step needs.

    Tensors that do not belong to rows, such as relative positions, are not dropped.
    Attention probabilities are not dropped either: with dropout, the fused attention kernels of a
    CPU, and their backward's memory savings elsewhere, would have to be given up.
    """

    def __init__(self, keys: Int[torch.Tensor, " b"]) -> None:
        super().__init__()
        self._keys = keys
        self._calls = 0

    def __enter__(self) -> RowDropout:
        self._calls = 0  # a second forward repeats the masks of the first
        super().__enter__()  # type: ignore[no-untyped-call]  # of torch
        return self

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func is torch.nn.functional.dropout:
            return self._dropout(*args, **kwargs)
        if func is torch.nn.functional.scaled_dot_product_attention and "dropout_p" in kwargs:
            kwargs = {**kwargs, "dropout_p": 0.0}
        return func(*args, **kwargs)

    def _dropout(
        self, x: torch.Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
    ) -> torch.Tensor:
        """x_j / (1 - p) where unit j is kept, 0 elsewhere; `inplace` is ignored."""
        if not training or p == 0 or not x.numel() or not self._by_row(x):
            return x
        self._calls += 1
        return x * kept(self._keys, self._calls, x, p)

    def _by_row(self, x: torch.Tensor) -> bool:
        """Whether the first axis is the rows, or rows times heads of attention [b h, t, t]."""
        rows = len(self._keys)
        folded = x.dim() == 3 and x.shape[1] == x.shape[2] and len(x) % rows == 0
        return len(x) == rows or folded


def kept(
    keys: Int[torch.Tensor, " b"], call: int, x: Float[torch.Tensor, "n ..."], p: float
) -> Float[torch.Tensor, "n ..."]:
    """1 / (1 - p) for the units of `x` that are kept and 0 for those that are dropped.

    The first axis of `x` is the rows, or the rows times something (attention heads), row by
    row.
    """
    rows = x.reshape(len(keys), len(x) // len(keys), *x.shape[1:])
    units = _units(tuple(rows.shape[1:]), x.device)
    low, high = keys.to(torch.int32), (keys >> 32).to(torch.int32)
    row = _mix(_mix(low + call * WEYL[0]) ^ high).to(x.device)
    bits = units ^ row.reshape(-1, *[1] * units.dim())
    # In place: a fresh [b, t, d] block for each operation costs more than the operation.
    bits.mul_(FIRST)
    bits.bitwise_xor_(bits >> 15).mul_(SECOND)
    stays = bits >= round(p * 2**32) - 2**31
    return stays.to(x.dtype).mul_(1 / (1 - p)).reshape(x.shape)


@lru_cache(maxsize=KEPT_TABLES)
def _units(shape: tuple[int, ...], device: torch.device) -> torch.Tensor:
    """A hash of the coordinates of each unit of a row, int32 of that shape.

    Coordinates are hashed, not addresses in memory, so that more padding changes nothing.
    """
    table = torch.zeros((), dtype=torch.int32, device=device)
    for axis, size in enumerate(shape):
        places = torch.arange(size, dtype=torch.int32, device=device)
        places = _mix(places * WEYL[axis % len(WEYL)] + axis)
        table = table.unsqueeze(-1) + places
        table = _mix(table)
    return table


def _mix(x: torch.Tensor) -> torch.Tensor:
    """lowbias32 (Wellons 2018): every bit of the result depends on every bit of x."""
    x = (x ^ (x >> 16)) * FIRST
    x = (x ^ (x >> 15)) * SECOND
    return x ^ (x >> 16)
