"""One HAMR step for any differentiable model."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int, Shaped

from hamr.errors import TrainingError
from hamr.losses import Objective, Targets
from hamr.models import head_of
from hamr.ranks import ALONE, Ranks
from hamr.weighting.calls import NotLayerwise
from hamr.weighting.forms import MetaBatch, Virtual, exact, form_named
from hamr.weighting.network import normalise
from hamr.weighting.pass_factory import PassFactory
from hamr.weighting.passes import Pass, trainable
from hamr.weighting.step import Outcome
from hamr.weighting.weight_model import Rows, WeightModel


class MetaStep:
    """The step of HAMR, or of plain training where `network` is None.

    Both optimisers are the caller's, so that their state can be saved with the rest. The
    weight network is small and stays on the CPU, whichever device the model is on.

    With several ranks, each call gets this rank's share of the rows; z-scores, weights and
    gradients are those of the whole batch, summed explicitly on the bare model.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        network: WeightModel | None,
        network_optimizer: torch.optim.Optimizer | None,
        *,
        alpha: float,
        meta_gradient: str = "exact",
        accumulation: int = 1,
        autocast: torch.dtype | None = None,
        max_gradient_norm: float = 0.0,
        objective: Objective | None = None,
        meta_objective: Objective | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        """`meta_gradient` is one of `forms.FORMS`; `accumulation` is the number of micro-batches
        that a batch is split into; `autocast` is torch.bfloat16, or None for float32; gradients
        longer than `max_gradient_norm` are scaled down to it, 0 leaves them; `objective` is the
        loss of the training rows, `meta_objective` that of the meta set, None for cross-entropy.

        Raises SettingError for an unknown form, ModelError when it needs a head and the model
        has none under a usual name.
        """
        self._model, self._optimizer = model, optimizer
        self._network, self._network_optimizer = network, network_optimizer
        self._alpha, self._form = alpha, form_named(meta_gradient)
        self._max_norm, self._ranks = max_gradient_norm, ranks
        self._head = head_of(model) if network is not None and self._form.head else None
        self._passes = PassFactory(
            model,
            autocast=autocast,
            micro_batches=accumulation,
            head=self._head,
            sees_confidence=network is not None and network.sees_confidence,
            objective=objective,
            meta_objective=meta_objective,
        )

    @property
    def layerwise(self) -> bool:
        """Whether gradients are taken layer by layer, until a batch comes that does not allow it.

        The two ways round differently, so a resumed run must know which one it was using.
        """
        return self._passes.layerwise

    @layerwise.setter
    def layerwise(self, found: bool) -> None:
        self._passes.layerwise = found

    def __call__(
        self,
        inputs: Any,
        targets: Targets,
        meta_inputs: Any,
        meta_targets: Targets,
        *,
        keys: Int[torch.Tensor, " b"] | None = None,
        sizes: tuple[int, int] | None = None,
        probe: bool = False,
        meta: bool = True,
    ) -> Outcome:
        """Pre-meta weights, virtual update, meta step, post-meta weights, outer update."""
        if keys is None:
            keys = torch.randint(2**62, (len(targets),))
        whole, whole_meta = sizes or (len(targets), len(meta_targets))
        meta_batch = MetaBatch(meta_inputs, meta_targets, 1 / whole_meta)
        try:
            seen = self._passes.train(inputs, targets, keys)
            rows = self._rows(seen, targets, whole)
            losses, z = rows.loss, rows.z
            scored, pre = self._weigh(rows)
            if scored is None or not meta:
                self._outer(seen, pre)
                return Outcome(losses, z, pre, pre, None, None)
            meta_rows = self._meta_rows(meta_batch, whole_meta)
            virtual = self._virtual(seen, targets, pre, meta_batch)
            weight_gradient, meta_loss = self._weight_gradient(virtual, self._form.answer, whole)
            cosine = self._cosine(scored, weight_gradient, virtual) if probe else None
        except NotLayerwise:  # nothing has been updated yet: start over, by autograd
            self._give_up_layers()
            options: dict[str, Any] = {"keys": keys, "sizes": sizes, "probe": probe, "meta": meta}
            return self(inputs, targets, meta_inputs, meta_targets, **options)
        post = self._meta_step(rows, scored, weight_gradient, meta_rows)
        self._outer(seen, post)
        return Outcome(losses, z, pre, post, weight_gradient, meta_loss, cosine)

    def _rows(self, seen: Pass, targets: Targets, whole: int) -> Rows:
        """What the weight network may see of the whole batch."""
        losses = self._gather(seen.losses, whole)
        labelled = self._network is not None and self._network.sees_labels
        return Rows(
            losses,
            normalise(losses),
            self._gather(targets.labels, whole) if labelled and targets.labels.dim() == 1 else None,
            None if seen.confidence is None else self._gather(seen.confidence, whole),
        )

    def _meta_rows(self, meta: MetaBatch, whole: int) -> Rows | None:
        """What it may see of the whole meta batch at phi, without dropout."""
        if self._network is None or not self._network.sees_meta_rows:
            return None
        with torch.no_grad():
            seen = self._passes.meta(meta.inputs, meta.targets)
        return self._rows(seen, meta.targets, whole)

    @torch.no_grad()
    def _weigh(self, rows: Rows) -> tuple[Any, Float[torch.Tensor, " B"]]:
        """What the weight network makes of the rows, and the weights: all 1 without a network."""
        if self._network is None:
            return None, torch.ones_like(rows.z)
        scored = self._network.score(rows)
        return scored, self._network.weights(scored)

    def _virtual(
        self, seen: Pass, targets: Targets, weights: Float[torch.Tensor, " B"], meta: MetaBatch
    ) -> Virtual:
        share = self._share(weights, targets.labels)
        return Virtual(
            self._model, self._passes, targets, seen, share, meta, self._alpha, self._head,
            self._ranks,
        )  # fmt: skip

    def _give_up_layers(self) -> None:
        """Takes gradients by autograd from now on."""
        if self._ranks.count > 1:  # the other ranks have already exchanged this step's losses
            raise TrainingError(
                "the model used its parameters differently in this batch than in those "
                "before, which several processes can't follow: train it in one process"
            ) from None
        self._passes.layerwise = False

    @torch.no_grad()
    def _meta_step(
        self,
        rows: Rows,
        scored: Any,
        weight_gradient: Float[torch.Tensor, " B"],
        meta_rows: Rows | None,
    ) -> Float[torch.Tensor, " B"]:
        """theta <- Adam(theta, grad_theta L_meta); returns the same rows' post-meta weights."""
        assert self._network is not None and self._network_optimizer is not None
        self._network.descend(scored, weight_gradient, self._network_optimizer, meta_rows)
        return self._network.weights(self._network.score(rows))

    def _weight_gradient(
        self, virtual: Virtual, answer: Any, whole: int
    ) -> tuple[Float[torch.Tensor, " B"], Float[torch.Tensor, ""]]:
        """dL_meta/dw = -(alpha / B) <g_i, v> of the whole batch, and L_meta."""
        along, meta_loss = answer(virtual)
        return self._gather(along, whole) * (-self._alpha / whole), meta_loss.cpu()

    def _cosine(
        self, scored: Any, weight_gradient: Float[torch.Tensor, " B"], virtual: Virtual
    ) -> float | None:
        """Between the gradients in theta that the form in use and the exact one lead to.

        None where either is zero: in a batch whose losses are all equal, say.
        """
        assert self._network is not None
        wanted, _ = self._weight_gradient(virtual, exact, len(weight_gradient))
        one, other = (
            torch.cat([g.reshape(-1) for g in self._network.gradient(scored, of).values()]).double()
            for of in (weight_gradient, wanted)
        )
        length = float(one.norm() * other.norm())
        return float(one @ other) / length if length > 0 else None

    def _outer(self, seen: Pass, weights: Float[torch.Tensor, " B"]) -> None:
        """phi <- AdamW(phi, grad_phi mean_B(w * l)). The pass ends here."""
        gradients = seen.gradient(self._share(weights, seen.losses), last=True)
        self._ranks.add_(list(gradients.values()))
        for name, parameter in trainable(self._model).items():
            parameter.grad = gradients[name]
        if self._max_norm:
            torch.nn.utils.clip_grad_norm_(trainable(self._model).values(), self._max_norm)
        self._optimizer.step()
        for parameter in trainable(self._model).values():
            parameter.grad = None  # as large as the model: not kept during the next forward

    def _gather(
        self, part: Shaped[torch.Tensor, "b ..."], whole: int
    ) -> Shaped[torch.Tensor, "B ..."]:
        """One value (or several) for each row of the whole batch, on the CPU."""
        return self._ranks.gather(part.detach().cpu(), whole)

    def _share(
        self, weights: Float[torch.Tensor, " B"], like: torch.Tensor
    ) -> Float[torch.Tensor, " b"]:
        """w_i / B of this rank's rows, where the model is."""
        return (weights[self._ranks.share(len(weights))] / len(weights)).to(like.device)
