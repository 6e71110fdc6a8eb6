"""Tensors computed from parameters alone, once for all rows, and gradients through them.

A relative position's key, W LayerNorm(r), does not depend on the row. With s such a tensor and
J = ds/dphi, a row's gradient has the part J' dl_i/ds. So

    sum_i c_i grad l_i = J' (sum_i c_i dl_i/ds),    <grad l_i, v> = <dl_i/ds, J v>,

and J is applied once for the whole batch, to a vector, instead of to each row's derivative.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch

from hamr.weighting.calls import Call, full

Tangents = dict[int, torch.Tensor]  # by id of the derived tensor


class Derived:
    """The derived tensors of a pass, with the graph from the parameters to them."""

    def __init__(self, made: Iterable[torch.Tensor]) -> None:
        self._made = list(made)
        self._ids = {id(s) for s in self._made}

    def has(self, call: Call) -> bool:
        """Whether the call's weight or bias is one of them."""
        return id(call.weight) in self._ids or id(call.bias) in self._ids

    def back(
        self, gradients: Tangents, parameters: dict[str, torch.Tensor], *, last: bool
    ) -> dict[str, torch.Tensor]:
        """J' u: what gradients by the derived tensors give by the parameters named."""
        made = [s for s in self._made if id(s) in gradients]
        if not made or not parameters:
            return {}
        found = torch.autograd.grad(
            made,
            list(parameters.values()),
            [gradients[id(s)].to(s.dtype) for s in made],
            retain_graph=not last,
            allow_unused=True,
        )
        return {name: full(g) for name, g in zip(parameters, found, strict=True) if g is not None}

    @torch.enable_grad()
    def along(self, v: dict[str, torch.Tensor], parameters: dict[str, torch.Tensor]) -> Tangents:
        """J v, by tensor.

        J' u is linear in u, so that its derivative by u along v is J v, whatever u is.
        """
        names = [name for name in v if name in parameters]
        if not self._made or not names:
            return {}
        u = [torch.zeros_like(s, requires_grad=True) for s in self._made]
        back = torch.autograd.grad(
            self._made, [parameters[n] for n in names], u, create_graph=True, allow_unused=True
        )
        pairs = [(g, v[n]) for g, n in zip(back, names, strict=True) if g is not None]
        if not pairs:
            return {}
        moved = torch.autograd.grad(
            [g for g, _ in pairs], u, [of.to(g.dtype) for g, of in pairs], allow_unused=True
        )
        return {id(s): m for s, m in zip(self._made, moved, strict=True) if m is not None}
