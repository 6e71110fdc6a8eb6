"""One HAMR step for any differentiable model."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int

from hamr.errors import TrainingError
from hamr.losses import Objective, Targets
from hamr.models import head_of
from hamr.ranks import ALONE, Ranks
from hamr.weighting.calls import NotLayerwise
from hamr.weighting.forms import MetaBatch, Virtual, exact, form_named
from hamr.weighting.network import Scored, WeightNetwork, normalise
from hamr.weighting.pass_factory import PassFactory
from hamr.weighting.passes import Pass, trainable
from hamr.weighting.step import Outcome


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
        network: WeightNetwork | None,
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
            losses = self._gather(seen.losses, whole)
            z = normalise(losses)
            scored, pre = self._weigh(z)
            if scored is None or not meta:
                self._outer(seen, pre)
                return Outcome(losses, z, pre, pre, None, None)
            virtual = self._virtual(seen, targets, pre, meta_batch)
            weight_gradient, meta_loss = self._weight_gradient(virtual, self._form.answer, whole)
            cosine = self._cosine(scored, weight_gradient, virtual) if probe else None
        except NotLayerwise:  # nothing has been updated yet: start over, by autograd
            self._give_up_layers()
            options: dict[str, Any] = {"keys": keys, "sizes": sizes, "probe": probe, "meta": meta}
            return self(inputs, targets, meta_inputs, meta_targets, **options)
        post = self._meta_step(scored, weight_gradient)
        self._outer(seen, post)
        return Outcome(losses, z, pre, post, weight_gradient, meta_loss, cosine)

    @torch.no_grad()
    def _weigh(
        self, z: Float[torch.Tensor, " B"]
    ) -> tuple[Scored | None, Float[torch.Tensor, " B"]]:
        """What the weight network makes of z, and the weights: all 1 without a network."""
        if self._network is None:
            return None, torch.ones_like(z)
        scored: Scored = self._network(z)
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
        self, scored: Scored, weight_gradient: Float[torch.Tensor, " B"]
    ) -> Float[torch.Tensor, " B"]:
        """theta <- Adam(theta, grad_theta L_meta); returns the post-meta weights of the same z."""
        assert self._network is not None and self._network_optimizer is not None
        self._network.descend(scored, weight_gradient, self._network_optimizer)
        return self._network.weights(self._network(scored.z))

    def _weight_gradient(
        self, virtual: Virtual, answer: Any, whole: int
    ) -> tuple[Float[torch.Tensor, " B"], Float[torch.Tensor, ""]]:
        """dL_meta/dw = -(alpha / B) <g_i, v> of the whole batch, and L_meta."""
        along, meta_loss = answer(virtual)
        return self._gather(along, whole) * (-self._alpha / whole), meta_loss.cpu()

    def _cosine(
        self, scored: Scored, weight_gradient: Float[torch.Tensor, " B"], virtual: Virtual
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

    def _gather(self, part: Float[torch.Tensor, " b"], whole: int) -> Float[torch.Tensor, " B"]:
        """One value for each row of the whole batch, on the CPU."""
        return self._ranks.gather(part.detach().cpu(), whole)

    def _share(
        self, weights: Float[torch.Tensor, " B"], like: torch.Tensor
    ) -> Float[torch.Tensor, " b"]:
        """w_i / B of this rank's rows, where the model is."""
        return (weights[self._ranks.share(len(weights))] / len(weights)).to(like.device)
