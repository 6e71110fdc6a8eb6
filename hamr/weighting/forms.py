"""The forms of the meta-gradient: which weights lower the loss on the meta set, and at what cost.

All forms compute the same quantity. With g_i = grad l_i(phi), the virtual step
phi' = phi - alpha * sum_i (w_i / B) g_i, and v = grad L_meta(phi'),

    dL_meta/dw_i = -(alpha / B) <g_i, v>,

so what is needed is <g_i, v> for every row of the batch. They differ in which parameters the
virtual step moves and at which point v is taken. Costs are in plain steps (forward, backward,
optimiser), for a meta batch as large as the batch, and include the plain step itself; where
gradients are taken layer by layer (`tape`), 1/3 each for a forward, for the derivatives' way
back, and for each product with the weights:

    form         virtual step moves           v at   cost      error
    exact        everything                   phi'   8/3       rounding
    first_order  everything                   phi    7/3       O(alpha)
    upper        top encoder layer and head   phi'   about 3/2 leaves out the lower layers
    last_layer   head                         phi'   about 4/3 leaves out the encoder

How near a form comes to `exact` depends on the run, which is why training probes it. The
cheap forms are near it while the head still learns; once the model fits its rows, most of
the gradient is below the head, and `last_layer` can point the other way. A choice that stays
right and costs as little is `exact` at every fourth step (`meta_every`): the weight network
moves slowly, and each step in between costs no more than a plain one.

Where gradients can't be taken layer by layer, `exact` and `first_order` cost 10/3 and more
(a forward-mode pass and full backwards); the other forms stay cheap.

Dropout: the rows' gradients g_i are those of the training forward, masks included; the meta
loss is taken without dropout. Normalisation by the batch mean and the clip of the weights
are the network's part, `WeightNetwork.gradient`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float, Int

from hamr.errors import SettingError, TrainingError
from hamr.losses import Targets, cross_entropy, derived, of_labels
from hamr.models import encoder_layers
from hamr.ranks import ALONE, Ranks
from hamr.weighting.pass_factory import PassFactory
from hamr.weighting.passes import ForwardConfig, GraphPass, Parameters, Pass, trainable


@dataclass(frozen=True)
class MetaBatch:
    """This rank's rows of a meta batch."""

    inputs: Any
    targets: Targets
    share: float  # 1 / M, M rows in the whole meta batch


Answer = tuple[Float[torch.Tensor, " b"], Float[torch.Tensor, ""]]  # <g_i, v> and L_meta


@dataclass(frozen=True)
class Virtual:
    """A virtual step that has not been taken yet; tensors hold this rank's rows of the batches."""

    model: torch.nn.Module
    passes: PassFactory
    targets: Targets
    seen: Pass  # the training batch at phi
    share: Float[torch.Tensor, " b"]  # w_i / B, B rows in the whole batch
    meta: MetaBatch
    alpha: float
    head: torch.nn.Module | None = None
    ranks: Ranks = ALONE

    def moved(self, names: Collection[str] | None = None) -> Parameters:
        """phi': all parameters, those named (or all trainable ones) moved and the only ones
        that gradients are taken by.
        """
        gradient = self.seen.gradient(self.share, names)
        self.ranks.add_(list(gradient.values()))
        with torch.no_grad():
            virtual = {name: p.detach() for name, p in self.model.named_parameters()}
            for name, by_name in gradient.items():
                virtual[name] = virtual[name].sub(by_name, alpha=self.alpha).requires_grad_()
        return virtual

    def answer(self, point: Parameters) -> Answer:
        """<g_i, v> and L_meta, with v taken at `point` by its trainable parameters."""
        meta = self.passes.meta(self.meta.inputs, self.meta.targets, point)
        loss = meta.losses.sum() * self.meta.share
        v = meta.gradient(torch.full_like(meta.losses, self.meta.share), last=True)
        v = {name: v[name] for name, p in point.items() if p.requires_grad}
        self.ranks.add_([loss, *v.values()])
        return self.seen.along(v), loss


def exact(virtual: Virtual) -> Answer:
    """The virtual step moves every trainable parameter; equal to double backward."""
    return virtual.answer(virtual.moved())


def first_order(virtual: Virtual) -> Answer:
    """v = grad L_meta(phi) replaces v at phi': off by alpha times a second derivative."""
    names = trainable(virtual.model).keys()
    point = {
        name: p.detach().requires_grad_(name in names)
        for name, p in virtual.model.named_parameters()
    }
    return virtual.answer(point)


def upper(virtual: Virtual) -> Answer:
    """The virtual step moves the top encoder layer and all that comes after it."""
    layers = encoder_layers(virtual.model)
    below = {id(p) for layer in layers[:-1] for p in layer.parameters()}
    above = {id(p) for p in layers[-1].parameters()}
    named = list(trainable(virtual.model).items())
    # Parameters are listed in the order of the model's parts: after the layers comes the head.
    last_below = max((i for i, (_, p) in enumerate(named) if id(p) in below), default=-1)
    names = {name for i, (name, p) in enumerate(named) if i > last_below or id(p) in above}
    return virtual.answer(virtual.moved(names))


def last_layer(virtual: Virtual) -> Answer:
    """The virtual step moves the head alone, whose inputs are known: no second backward.

    For a linear head o = W x + b everything is in closed form: with e = dl/do, which for
    cross-entropy is softmax(o) - onehot(y), grad_W l = e x' and grad_b l = e. A deeper head is
    treated as a model of its own on its inputs: exact form, no dropout.
    """
    head = virtual.head
    assert head is not None  # MetaStep found it, or raised
    with torch.no_grad():
        meta = virtual.passes.meta(virtual.meta.inputs, virtual.meta.targets)
    # Which token of a sentence sets its loss can change with the step: no closed form there.
    if isinstance(head, torch.nn.Linear) and virtual.targets.labels.dim() == 1:
        return _linear_head(virtual, head, meta.features)
    features = virtual.seen.features
    if features is None or meta.features is None:
        raise TrainingError(
            "a batch has fewer rows than there are processes, and last_layer can't split it when "
            "the model's head has several layers: raise batch_size and meta_batch_size to at least "
            "the number of processes, or set meta_gradient to exact",
            field="batch_size",
        )
    return exact(
        replace(
            virtual,
            model=head,
            passes=PassFactory(head, meta_objective=virtual.passes.meta_objective),
            seen=GraphPass(
                ForwardConfig(head, objective=virtual.passes.objective), features, virtual.targets
            ),
            meta=replace(virtual.meta, inputs=meta.features),
        )
    )


def _linear_head(virtual: Virtual, head: torch.nn.Linear, meta_x: torch.Tensor | None) -> Answer:
    """The closed form: a product of a few [b, d] and [m, d] matrices."""
    with torch.no_grad():
        x, meta_x = _with_one(virtual.seen.features, head), _with_one(meta_x, head)
        matrix = head.weight.detach()  # [C, d], below with b as one more column
        if head.bias is not None:
            matrix = torch.cat([matrix, head.bias.detach().unsqueeze(1)], 1)

        logits, objective = x @ matrix.T, virtual.passes.objective
        if objective is None:
            error = _error(logits, virtual.targets.labels)  # [b, C]
        else:
            error = derived(objective, logits, virtual.targets)[1]
        gradient = (error * virtual.share.unsqueeze(1)).T @ x
        virtual.ranks.add_([gradient])
        logits = meta_x @ (matrix - virtual.alpha * gradient).T
        losses, meta_error = derived(
            virtual.passes.meta_objective or of_labels(cross_entropy), logits, virtual.meta.targets
        )
        loss = losses.sum() * virtual.meta.share
        v = meta_error.T @ meta_x * virtual.meta.share
        virtual.ranks.add_([loss, v])
        return torch.linalg.vecdot(error, x @ v.T), loss


def _with_one(x: torch.Tensor | None, head: torch.nn.Linear) -> Float[torch.Tensor, "b d"]:
    """The features, with a column of ones for the bias; no rows where this rank has none."""
    if x is None:
        x = head.weight.new_zeros(0, head.in_features)
    return x if head.bias is None else torch.cat([x, x.new_ones(len(x), 1)], 1)


def _error(
    logits: Float[torch.Tensor, "b c"], labels: Int[torch.Tensor, " b"]
) -> Float[torch.Tensor, "b c"]:
    """softmax(o) - onehot(y), the derivative of cross-entropy by the logits."""
    return logits.softmax(1) - torch.nn.functional.one_hot(labels, logits.shape[1])


@dataclass(frozen=True)
class Form:
    """A meta-gradient, and what it needs of the training pass."""

    answer: Callable[[Virtual], Answer]
    head: bool = False  # whether it asks for the head's inputs


FORMS: dict[str, Form] = {
    "exact": Form(exact),
    "first_order": Form(first_order),
    "upper": Form(upper),
    "last_layer": Form(last_layer, head=True),
}


def form_named(name: str) -> Form:
    """The form of that name. Raises SettingError where there is none."""
    if name not in FORMS:
        raise SettingError(
            f"meta_gradient must be one of {', '.join(FORMS)}, got {name!r}", field="meta_gradient"
        )
    return FORMS[name]
