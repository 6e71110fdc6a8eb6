"""A batch run through a model: its losses, and gradients of its rows in any weighting."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int, Shaped
from torch.nn.attention import SDPBackend, sdpa_kernel

from hamr.losses import Objective, Targets
from hamr.models import RowDropout, per_sample_loss
from hamr.weighting.calls import Call, NotLayerwise, Tokens, full
from hamr.weighting.derived import Derived, Tangents
from hamr.weighting.tape import Tape
from hamr.weighting.weight_model import confidence

Parameters = dict[str, torch.Tensor]
LEAST_PADDING = 0.05  # share of the positions; below it, skipping padding costs more than it saves
SMALLEST_CARRIED = 1e-3  # a row's derivative is kept at no less than this times its weight


@runtime_checkable
class Pass(Protocol):
    """One batch of b rows at one point phi in parameter space."""

    losses: Float[torch.Tensor, " b"]  # detached, float32
    features: torch.Tensor | None  # [b, ...], the head's inputs, where they were asked for
    confidence: Float[torch.Tensor, "b 2"] | None  # `Rows.confidence`, likewise

    def gradient(
        self,
        weights: Float[torch.Tensor, " b"],
        names: Collection[str] | None = None,
        *,
        last: bool = False,
    ) -> Parameters:
        """sum_i weights_i * grad l_i, by name, over all trainable parameters or those named.

        `last` frees what the pass has kept: it can't be used afterwards.
        """

    def along(self, v: Parameters) -> Float[torch.Tensor, " b"]:
        """<grad l_i, v> for each row; parameters that `v` does not name count as zero."""


@dataclass(frozen=True)
class ForwardConfig:
    """How a model is called: its mode, dropout masks, precision and loss."""

    model: torch.nn.Module
    keys: Int[torch.Tensor, " b"] | None = None  # given: training mode, with these rows' masks
    autocast: torch.dtype | None = None  # None: float32
    head: torch.nn.Module | None = None  # its inputs are kept as `features`
    objective: Objective | None = None  # the per-row loss; None: cross-entropy
    sees_confidence: bool = False  # `Rows.confidence` is kept, for rows with one label

    def losses(
        self,
        inputs: Any,
        targets: Targets,
        parameters: Parameters | None = None,
        tape: Tape | None = None,
    ) -> Float[torch.Tensor, " b"]:
        """l_i at the model's own parameters, or at those given by name."""
        return self.losses_and_more(inputs, targets, parameters, tape)[0]

    def losses_and_more(
        self,
        inputs: Any,
        targets: Targets,
        parameters: Parameters | None = None,
        tape: Tape | None = None,
    ) -> tuple[Float[torch.Tensor, " b"], torch.Tensor | None, torch.Tensor | None]:
        """`losses`, the head's inputs and the rows' confidence, detached."""
        self.model.train(self.keys is not None)
        seen: list[torch.Tensor] = []
        with ExitStack() as entered:
            if self.head is not None:
                hook = self.head.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
                entered.callback(hook.remove)
            if self.keys is not None:
                entered.enter_context(RowDropout(self.keys))
            if tape is not None:
                entered.enter_context(tape)
            if self.autocast is not None:
                entered.enter_context(torch.autocast(targets.labels.device.type, self.autocast))
            if parameters is None:
                logits = self.model(inputs)
            else:
                logits = torch.func.functional_call(self.model, parameters, (inputs,))
        logits = full(logits)
        losses = per_sample_loss(logits, targets, self.objective)
        sure = None
        if self.sees_confidence and targets.labels.dim() == 1:
            sure = confidence(logits, targets.labels)
        return losses, full(seen[0].detach()) if seen else None, sure


def trainable(model: torch.nn.Module) -> Parameters:
    """The parameters that are not frozen, by name."""
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


class GraphPass:
    """A pass kept as an autograd graph: any model, at a full backward for each gradient."""

    def __init__(
        self,
        forward: ForwardConfig,
        inputs: Any,
        targets: Targets,
        parameters: Parameters | None = None,
    ) -> None:
        self._forward, self._inputs, self._targets = forward, inputs, targets
        self._point = trainable(forward.model) if parameters is None else parameters
        self._graph, self.features, self.confidence = forward.losses_and_more(
            inputs, targets, parameters
        )
        self.losses = self._graph.detach()

    def gradient(
        self,
        weights: Float[torch.Tensor, " b"],
        names: Collection[str] | None = None,
        *,
        last: bool = False,
    ) -> Parameters:
        """sum_i weights_i * grad l_i; zero for parameters that the loss does not depend on."""
        moving = named(self._point, names)
        found = torch.autograd.grad(
            self._graph,
            list(moving.values()),
            weights,
            retain_graph=not last,
            allow_unused=True,
        )
        return {
            name: torch.zeros_like(p) if g is None else g
            for (name, p), g in zip(moving.items(), found, strict=True)
        }

    def along(self, v: Parameters) -> Float[torch.Tensor, " b"]:
        """<grad l_i, v>: the directional derivatives of the losses, by forward mode.

        A second forward with the same dropout masks. Forward mode does not know the fused
        attention kernels; the plain formula that it uses instead is the same function.
        """
        point = {name: self._point[name].detach() for name in v}
        with sdpa_kernel(SDPBackend.MATH), torch.no_grad():
            along: torch.Tensor = torch.func.jvp(
                lambda parameters: self._forward.losses(self._inputs, self._targets, parameters),
                (point,),
                (v,),
            )[1]
        return along


class TapePass:
    """A pass that keeps each layer's input and derivative (see `tape`), and no graph.

    After the forward (one third of a plain step) and the derivatives' way back through the
    layers (another third), each gradient and each set of inner products is one third more.
    """

    def __init__(
        self,
        forward: ForwardConfig,
        inputs: Any,
        targets: Targets,
        parameters: Parameters | None = None,
        *,
        least_padding: float = LEAST_PADDING,
    ) -> None:
        self._point = trainable(forward.model) if parameters is None else parameters
        self._name = {id(p): name for name, p in self._point.items() if p.requires_grad}
        tape = Tape(len(targets), tokens_of(inputs, least_padding), inputs)
        losses, self.features, self.confidence = forward.losses_and_more(
            inputs, targets, parameters, tape
        )
        self._graph: torch.Tensor | None = losses
        self.losses = losses.detach()
        self._calls, self._leaves = tape.calls, tape.leaves
        used = [s for call in tape.calls for s in (call.weight, call.bias) if s is not None]
        self._derived = Derived({id(s): s for s in used if _is_made(s)}.values())
        self._carried: torch.Tensor | None = None

    def gradient(
        self,
        weights: Float[torch.Tensor, " b"],
        names: Collection[str] | None = None,
        *,
        last: bool = False,
    ) -> Parameters:
        """sum_i weights_i * grad l_i; zero for parameters that the loss does not depend on."""
        self._carry(weights)
        assert self._carried is not None
        scale = None if weights is self._carried else weights / self._carried
        moving = named(self._point, names)
        found: Parameters = {}
        made: Tangents = {}
        with torch.no_grad():
            for call in self._calls:
                if call.d is not None and (self._derived.has(call) or self._names(call, moving)):
                    self._add(found, made, call.gradient(scale))
                if last:
                    call.d = None
            for name, gradient in self._derived.back(made, moving, last=last).items():
                found[name] = found[name] + gradient if name in found else gradient
        return {n: found[n] if n in found else torch.zeros_like(p) for n, p in moving.items()}

    def along(self, v: Parameters) -> Float[torch.Tensor, " b"]:
        """<grad l_i, v>, layer by layer."""
        self._carry(torch.ones_like(self.losses))
        assert self._carried is not None
        total = torch.zeros_like(self.losses)
        moved = self._derived.along(v, self._point)
        moved.update({i: v[name] for i, name in self._name.items() if name in v})
        with torch.no_grad():
            for call in self._calls:
                if call.d is not None and {id(call.weight), id(call.bias)} & moved.keys():
                    total += call.along(lambda p: moved.get(id(p)))
        return total / self._carried

    def _names(self, call: Call, moving: Parameters) -> bool:
        """Whether a parameter of a layer that was called is among those named."""
        return any(self._name.get(id(p)) in moving for p in (call.weight, call.bias))

    def _add(
        self, found: Parameters, made: Tangents, gradients: list[tuple[Any, torch.Tensor]]
    ) -> None:
        """Adds each gradient to its parameter's, or to that of the tensor it is by."""
        for of, gradient in gradients:
            name = self._name.get(id(of))
            if name is not None:
                found[name] = found[name] + gradient if name in found else gradient
            elif _is_made(of):
                made[id(of)] = made[id(of)] + gradient if id(of) in made else gradient

    def _carry(self, weights: Float[torch.Tensor, " b"]) -> None:
        """Takes each row's derivative, times its weight, back through the layers, once.

        Since the weights are included, the first gradient needs no scaling. A weight of zero
        would lose the row for later gradients, so a small one is used instead.
        """
        if self._graph is None:
            return
        least = SMALLEST_CARRIED * float(weights.abs().mean().clamp(min=1e-30))
        self._carried = weights if float(weights.min()) >= least else weights.clamp(min=least)
        moving = [p for p in self._point.values() if p.requires_grad]
        sources = [*moving, *self._leaves]
        stray = torch.autograd.grad(self._graph, sources, self._carried, allow_unused=True)
        self._graph = None
        if any(g is not None for g in stray):
            raise NotLayerwise("a parameter is used outside a layer of a known kind")


def _is_made(s: torch.Tensor) -> bool:
    """Whether it is computed from trainable parameters, and not one itself."""
    return s.requires_grad and not s.is_leaf


def named(point: Parameters, names: Collection[str] | None) -> Parameters:
    """The trainable ones of these parameters, all or those named."""
    return {n: p for n, p in point.items() if p.requires_grad and (names is None or n in names)}


def tokens_of(inputs: Any, least_padding: float = LEAST_PADDING) -> Tokens | None:
    """The tokens of a batch, by its attention mask.

    None where it has no mask, and where less than that share of it is padding.
    """
    mask = mask_of(inputs)
    if mask is None or float(mask.to(torch.float32).mean()) > 1 - least_padding:
        return None
    return Tokens.of(mask)


def mask_of(inputs: Any) -> Shaped[torch.Tensor, "b t"] | None:
    """The batch's attention mask, where it has one of two axes."""
    mask = inputs.get("attention_mask") if isinstance(inputs, Mapping) else None
    return None if mask is None or mask.dim() != 2 else mask
