"""The kind of pass for a batch: layer by layer or by autograd, whole or in micro-batches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Float, Int

from hamr.losses import Objective, Targets
from hamr.weighting.calls import NotLayerwise
from hamr.weighting.passes import (
    ForwardConfig,
    GraphPass,
    Parameters,
    Pass,
    TapePass,
    mask_of,
    named,
    tokens_of,
    trainable,
)

CHECKED_ROWS = 4  # rows of the first batch on which the two kinds of pass are compared
TOLERANCE = {None: 1e-3, torch.bfloat16: 5e-2}  # of that comparison, by what it is computed in


class PassFactory:
    """Makes the pass of a batch, of the cheapest kind that the model allows.

    On the first batch, and on the first one with padding, the gradients of a few rows are taken
    both ways. If they differ, because a layer mixes rows or because padding has an effect, all
    later passes go by autograd.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        *,
        autocast: torch.dtype | None = None,
        micro_batches: int = 1,
        head: torch.nn.Module | None = None,
        objective: Objective | None = None,
        meta_objective: Objective | None = None,
        sees_confidence: bool = False,
    ) -> None:
        """`objective` is the loss of training batches, `meta_objective` that of meta batches;
        with `sees_confidence` passes keep the rows' confidence too.
        """
        self._model, self._autocast, self._head = model, autocast, head
        self.objective, self.meta_objective = objective, meta_objective
        self._micro_batches, self._sees_confidence = micro_batches, sees_confidence
        self.layerwise = True  # until a batch shows that it may not be
        self._checked: set[bool] = set()  # on a batch without padding, with padding

    def train(self, inputs: Any, targets: Targets, keys: Int[torch.Tensor, " b"]) -> Pass:
        """The pass of a training batch at phi, with its rows' dropout masks."""
        forward = ForwardConfig(
            self._model, keys, self._autocast, self._head, self.objective, self._sees_confidence
        )
        return self._pass(forward, inputs, targets)

    def meta(self, inputs: Any, targets: Targets, parameters: Parameters | None = None) -> Pass:
        """The pass of a meta batch, without dropout, at phi or at the parameters given."""
        forward = ForwardConfig(
            self._model, None, self._autocast, self._head, self.meta_objective,
            self._sees_confidence,
        )  # fmt: skip
        return self._pass(forward, inputs, targets, parameters)

    def _pass(
        self,
        forward: ForwardConfig,
        inputs: Any,
        targets: Targets,
        parameters: Parameters | None = None,
    ) -> Pass:
        if not len(targets):
            return EmptyPass(forward, targets.labels.device)
        padded = tokens_of(inputs) is not None
        if self.layerwise and padded not in self._checked:
            self.layerwise = self._check(forward, inputs, targets)
            self._checked.add(padded)

        def one_pass(forward: ForwardConfig, inputs: Any, targets: Targets) -> Pass:
            if self.layerwise:
                try:
                    return TapePass(forward, inputs, targets, parameters)
                except NotLayerwise:  # a layer was called in a new way
                    self.layerwise = False
            return GraphPass(forward, inputs, targets, parameters)

        if self._micro_batches == 1:
            return one_pass(forward, inputs, targets)
        return MicroBatchPass(
            _cut(forward, inputs, targets, self._micro_batches), one_pass, parameters
        )

    @torch.enable_grad()
    def _check(self, forward: ForwardConfig, inputs: Any, targets: Targets) -> bool:
        """Whether a layer-by-layer pass finds what autograd does, row by row."""
        few = torch.arange(min(CHECKED_ROWS, len(targets)))
        mask = mask_of(inputs)
        if mask is not None:  # the shortest rows and the longest one, where padding shows most
            by_length = mask.sum(1).argsort(stable=True).cpu()
            few = torch.cat([by_length[: len(few) - 1], by_length[-1:]])
        forward = replace(forward, keys=few, head=None, sees_confidence=False)  # any keys do
        part = rows_of(inputs, few), targets[few.to(targets.labels.device)]
        weights = torch.linspace(0.5, 1.5, len(part[1]), device=targets.labels.device)
        graph = GraphPass(forward, *part)
        wanted = _flat(graph.gradient(weights, last=True))
        try:
            tape = TapePass(forward, *part, least_padding=0.0)
            # Asked with other weights first, so that the rows' shares are put to the test.
            tape.gradient(weights.flip(0))
            found = _flat(tape.gradient(weights, last=True))
        except NotLayerwise:
            return False
        near = TOLERANCE[self._autocast]
        same = torch.linalg.norm(found - wanted) <= near * torch.linalg.norm(wanted)
        return bool(same) and torch.allclose(tape.losses, graph.losses, rtol=near, atol=near)


def rows_of(inputs: Any, rows: slice | torch.Tensor) -> Any:
    """Some rows of a model's inputs: a tensor, or tensors by name, rows first."""
    if isinstance(inputs, Mapping):
        return {name: rows_of(tensor, rows) for name, tensor in inputs.items()}
    return inputs[rows.to(inputs.device) if isinstance(rows, torch.Tensor) else rows]


def _cut(
    forward: ForwardConfig, inputs: Any, targets: Targets, count: int
) -> list[tuple[ForwardConfig, Any, Targets]]:
    """The batch in `count` micro-batches of like size (fewer where it has fewer rows)."""
    size = -(-len(targets) // count)
    parts = [slice(start, start + size) for start in range(0, len(targets), size)]
    keys = forward.keys
    return [
        (
            forward if keys is None else replace(forward, keys=keys[part]),
            rows_of(inputs, part),
            targets[part],
        )
        for part in parts
    ]


def _flat(gradients: Parameters) -> torch.Tensor:
    return torch.cat([gradient.reshape(-1) for gradient in gradients.values()])


class MicroBatchPass:
    """A pass in micro-batches, one after the other, for a batch that memory can't hold.

    Nothing is kept between two calls: each one runs every micro-batch again, with the same
    dropout masks, at the price of another forward (and backward).
    """

    def __init__(
        self,
        parts: Sequence[tuple[ForwardConfig, Any, Targets]],
        one_pass: Callable[[ForwardConfig, Any, Targets], Pass],
        parameters: Parameters | None = None,
    ) -> None:
        self._parts, self._one_pass = parts, one_pass
        with torch.no_grad():
            seen = [forward.losses_and_more(x, y, parameters) for forward, x, y in parts]
        self.losses = torch.cat([losses for losses, _, _ in seen])
        features = [kept for _, kept, _ in seen if kept is not None]
        self.features = torch.cat(features) if features else None
        confidences = [kept for _, _, kept in seen if kept is not None]
        self.confidence = torch.cat(confidences) if confidences else None

    def gradient(
        self,
        weights: Float[torch.Tensor, " b"],
        names: Collection[str] | None = None,
        *,
        last: bool = False,
    ) -> Parameters:
        """The sum over the micro-batches."""
        total: Parameters = {}
        for part, own in zip(self._parts, self._split(weights), strict=True):
            for name, gradient in self._one_pass(*part).gradient(own, names, last=True).items():
                total[name] = total[name].add_(gradient) if name in total else gradient
        return total

    def along(self, v: Parameters) -> Float[torch.Tensor, " b"]:
        """<grad l_i, v> of each micro-batch, one after the other."""
        return torch.cat([self._one_pass(*part).along(v) for part in self._parts])

    def _split(self, weights: Float[torch.Tensor, " b"]) -> Sequence[torch.Tensor]:
        return torch.split(weights, [len(targets) for _, _, targets in self._parts])


class EmptyPass:
    """The pass of a rank that has no row of this batch."""

    def __init__(self, forward: ForwardConfig, device: torch.device) -> None:
        self._model = forward.model
        self.features: torch.Tensor | None = None
        self.losses = torch.zeros(0, device=device)
        self.confidence = torch.zeros(0, 2, device=device) if forward.sees_confidence else None

    def gradient(
        self,
        weights: Float[torch.Tensor, " 0"],
        names: Collection[str] | None = None,
        *,
        last: bool = False,
    ) -> Parameters:
        """Zeros."""
        moving = named(trainable(self._model), names)
        return {name: torch.zeros_like(p) for name, p in moving.items()}

    def along(self, v: Parameters) -> Float[torch.Tensor, " 0"]:
        """An empty vector."""
        return self.losses
