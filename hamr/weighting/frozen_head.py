"""The HAMR step for the quick preset's head, in closed form: no autograd, no second pass.

For o = W2 relu(W1 x + b1) + b2 the gradient of a row's loss is a pair of outer products,
delta1_i x_i' and delta2_i h_i', with delta2 = softmax(o) - onehot(y) and
delta1 = (W2' delta2) * [a > 0]. So every inner product of two rows' gradients is a product
of small Gram matrices,

    <g_i, g_m> = (delta1_i . delta1_m)(x_i . x_m + 1) + (delta2_i . delta2_m)(h_i . h_m + 1)

(the 1 is the bias), and neither the virtual weights phi' nor v = grad L_meta(phi') is ever
formed: both act on the meta batch and on the batch through [M, B] matrices only. Ghost clipping
(Li et al. 2022) and in-run data Shapley (Wang et al. 2024) compute gradient products from
activations in the same way; here it gives the exact meta-gradient of HAMR. A step costs a plain
step plus the meta batch's forward through the lower layer. Large batches form phi' and v after
all, which is cheaper there (`virtual_head`).

A tagged sentence (`Words`) has here the loss of its hardest word, so its gradient is that word's
alone: all words go forward, and from there on the hardest ones are the batch. For the meta
batch they are the hardest at phi'. `frozen_words` has the losses that average more words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int

from hamr.losses import Objective, Targets, derived
from hamr.models import Head, Words, hardest
from hamr.weighting.network import normalise
from hamr.weighting.step import Outcome
from hamr.weighting.virtual_head import LARGE, HeadRows, by_virtual_weights
from hamr.weighting.weight_model import Rows, WeightModel, confidence


@dataclass(frozen=True)
class _Pass:
    """A batch and a meta batch at phi: what losses and gradients are made of."""

    x: Float[torch.Tensor, "b d"]
    meta_x: Float[torch.Tensor, "m d"]  # m counts words where rows are sentences
    meta_a: Float[torch.Tensor, "m hidden"]  # lower layer's output for the meta batch at phi
    meta_starts: Int[torch.Tensor, " _"] | None  # where each sentence of it begins
    h: Float[torch.Tensor, "b hidden"]
    o: Float[torch.Tensor, "b c"]
    labels: Int[torch.Tensor, " b"]
    loss: Float[torch.Tensor, " b"]
    lower: Float[torch.Tensor, "b hidden"]  # delta1 = dl_i / da_i; sign(h) is relu's slope
    upper: Float[torch.Tensor, "b c"]  # delta2, dl_i / do_i

    @property
    def rows(self) -> HeadRows:
        """The batch alone."""
        return HeadRows(self.x, self.h, self.lower, self.upper)


class FrozenHeadStep:
    """The step of HAMR on a `Head`, or of plain training where `network` is None."""

    def __init__(
        self,
        head: Head,
        optimizer: torch.optim.Optimizer,
        network: WeightModel | None,
        network_optimizer: torch.optim.Optimizer | None,
        *,
        alpha: float,
        objective: Objective | None = None,
        meta_objective: Objective | None = None,
    ) -> None:
        """`objective` is the loss of the training rows, `meta_objective` that of the meta set;
        None for cross-entropy.
        """
        self._head, self._optimizer, self._objective = head, optimizer, objective
        self._meta_objective = meta_objective
        self._network, self._network_optimizer = network, network_optimizer
        self._alpha = alpha
        self._one = torch.ones(())
        self._onehot = torch.eye(head.upper.out_features)
        # Hears of each virtual update: the batch at phi, and alpha w_i / B of its rows [B, 1].
        self.observer: Callable[[HeadRows, torch.Tensor], None] | None = None
        for parameter in head.parameters():
            parameter.grad = torch.zeros_like(parameter)
        self._gradients = [parameter.grad for parameter in head.parameters()]

    @torch.no_grad()
    def __call__(
        self,
        inputs: Float[torch.Tensor, "b d"] | Words,
        targets: Targets,
        meta_inputs: Float[torch.Tensor, "m d"] | Words,
        meta_targets: Targets,
        *,
        keys: Int[torch.Tensor, " b"] | None = None,
        sizes: tuple[int, int] | None = None,
        probe: bool = False,
        meta: bool = True,
    ) -> Outcome:
        """Pre-meta weights, virtual update, meta step, post-meta weights, outer update.

        `keys`, `sizes` and `probe` change nothing here: there is no dropout, one rank takes the
        whole batch, and the meta-gradient is exact.
        """
        seen = self._forward(inputs, targets, meta_inputs if self._network and meta else None)
        sees_confidence = self._network is not None and self._network.sees_confidence
        rows = rows_seen(seen.o, seen.labels, seen.loss, sees_confidence)
        z = rows.z
        if self._network is None or self._network_optimizer is None:
            ones = torch.ones_like(z)
            self._outer(seen, ones)
            return Outcome(seen.loss, z, ones, ones, None, None)

        scored = self._network.score(rows)
        pre = self._network.weights(scored)
        if not meta:
            self._outer(seen, pre)
            return Outcome(seen.loss, z, pre, pre, None, None)
        weight_gradient, meta_loss = self._weight_gradient(seen, pre, meta_targets)
        meta_rows = self._meta_rows(seen, meta_targets) if self._network.sees_meta_rows else None
        self._network.descend(scored, weight_gradient, self._network_optimizer, meta_rows)
        post = self._network.weights(self._network.score(rows))
        self._outer(seen, post)
        return Outcome(seen.loss, z, pre, post, weight_gradient, meta_loss)

    def _weight_gradient(
        self, seen: _Pass, weights: Float[torch.Tensor, " b"], meta_targets: Targets
    ) -> tuple[Float[torch.Tensor, " b"], Float[torch.Tensor, ""]]:
        """`meta_gradient`, in the way that is cheaper for a batch of that size."""
        scale = self._alpha / len(weights)
        rows, share = seen.rows, (weights * scale).unsqueeze(1)
        if self.observer is not None:
            self.observer(rows, share)
        if len(weights) < LARGE:
            return self.meta_gradient(seen, weights, meta_targets)
        along, meta_loss = by_virtual_weights(
            self._head,
            rows,
            share,
            seen.meta_x,
            seen.meta_starts,
            meta_targets,
            self._meta_objective,
        )
        return along * -scale, meta_loss

    def meta_gradient(
        self,
        seen: _Pass,
        weights: Float[torch.Tensor, " b"],
        meta_targets: Targets,
    ) -> tuple[Float[torch.Tensor, " b"], Float[torch.Tensor, ""]]:
        """(dL_meta/dw [B], L_meta) at phi' = phi - alpha * grad_phi mean_B(w * l)."""
        upper = self._head.upper
        # The virtual update as it acts on other rows: a row's gradient times its share.
        share = (weights * (self._alpha / len(weights))).unsqueeze(1)
        moved_lower, moved_upper = seen.lower * share, seen.upper * share

        gram_x = torch.addmm(self._one, seen.meta_x, seen.x.T)  # [M, B]
        h = torch.addmm(seen.meta_a, gram_x, moved_lower, alpha=-1).relu_()
        gram_h = torch.addmm(self._one, h, seen.h.T)  # [M, B]
        o = torch.addmm(upper.bias, h, upper.weight.T).addmm_(gram_h, moved_upper, alpha=-1)
        log_p = torch.log_softmax(o, dim=1)
        losses = torch.nn.functional.nll_loss(log_p, meta_targets.labels, reduction="none")
        if seen.meta_starts is not None:
            own = hardest(losses, seen.meta_starts)
            meta_targets = meta_targets[own]
            losses, o, log_p, h, gram_x, gram_h = (
                tensor[own] for tensor in (losses, o, log_p, h, gram_x, gram_h)
            )

        # The meta rows' delta2 and delta1, both still to be divided by M. W2' at phi' is W2
        # minus the virtual update's outer products.
        if self._meta_objective is None:
            meta_upper = self._over(log_p, meta_targets.labels)
        else:
            losses, meta_upper = derived(self._meta_objective, o, meta_targets)
        back = (meta_upper @ upper.weight).addmm_(meta_upper @ moved_upper.T, seen.h, alpha=-1)
        meta_lower = back.mul_(h.sign())
        along_v = gram_x.mul_(meta_lower @ seen.lower.T)
        along_v.addcmul_(gram_h, meta_upper @ seen.upper.T)
        scale = -self._alpha / (len(weights) * len(meta_targets))
        return along_v.sum(0) * scale, losses.mean()

    def _forward(
        self,
        inputs: Float[torch.Tensor, "b d"] | Words,
        targets: Targets,
        meta_inputs: Float[torch.Tensor, "m d"] | Words | None,
    ) -> _Pass:
        lower, upper = self._head.lower, self._head.upper
        x, starts = (inputs.x, inputs.starts) if isinstance(inputs, Words) else (inputs, None)
        meta_x, meta_starts = x[:0], None
        if isinstance(meta_inputs, Words):
            meta_x, meta_starts = meta_inputs.x, meta_inputs.starts
        elif meta_inputs is not None:
            meta_x = meta_inputs
        # Both batches in one product: the lower layer's weights pass through the cache once.
        a = torch.addmm(lower.bias, torch.cat([x, meta_x]), lower.weight.T)
        h = torch.relu(a[: len(x)])
        o = torch.addmm(upper.bias, h, upper.weight.T)
        meta_a = a[len(x) :]
        if self._objective is not None and starts is None:
            loss, delta = derived(self._objective, o, targets)
            by_lower = (delta @ upper.weight).mul_(h.sign())
            labels = targets.labels
            return _Pass(x, meta_x, meta_a, meta_starts, h, o, labels, loss, by_lower, delta)
        log_p = torch.log_softmax(o, dim=1)
        loss = torch.nn.functional.nll_loss(log_p, targets.labels, reduction="none")
        if starts is not None:
            own = hardest(loss, starts)
            targets = targets[own]
            x, h, o, log_p, loss = (t[own] for t in (x, h, o, log_p, loss))
        if self._objective is None:
            delta = self._over(log_p, targets.labels)
        else:
            loss, delta = derived(self._objective, o, targets)
        by_lower = (delta @ upper.weight).mul_(h.sign())
        labels = targets.labels
        return _Pass(x, meta_x, meta_a, meta_starts, h, o, labels, loss, by_lower, delta)

    def _meta_rows(self, seen: _Pass, targets: Targets) -> Rows:
        """The meta batch at phi, as the weight model sees it."""
        upper, labels = self._head.upper, targets.labels
        o = torch.addmm(upper.bias, torch.relu(seen.meta_a), upper.weight.T)
        loss = torch.nn.functional.cross_entropy(o, labels, reduction="none")
        if seen.meta_starts is not None:
            own = hardest(loss, seen.meta_starts)
            o, labels, loss = o[own], labels[own], loss[own]
        return rows_seen(o, labels, loss, True)

    def _over(
        self, log_p: Float[torch.Tensor, "b c"], labels: Int[torch.Tensor, " b"]
    ) -> Float[torch.Tensor, "b c"]:
        """softmax(o) - onehot(y), the derivative of cross-entropy by the logits."""
        return log_p.exp().sub_(self._onehot.index_select(0, labels))

    def _outer(self, seen: _Pass, weights: Float[torch.Tensor, " b"]) -> None:
        """phi <- AdamW(phi, grad_phi mean_B(w * l))."""
        share = (weights / len(weights)).unsqueeze(1)
        by_lower, by_upper = seen.lower * share, seen.upper * share
        # Written into buffers that are kept: a fresh [hidden, D] block a step would go back to the
        # operating system each time and cost more in page faults than the product itself.
        lower_weight, lower_bias, upper_weight, upper_bias = self._gradients
        torch.mm(by_lower.T, seen.x, out=lower_weight)
        torch.sum(by_lower, 0, out=lower_bias)
        torch.mm(by_upper.T, seen.h, out=upper_weight)
        torch.sum(by_upper, 0, out=upper_bias)
        self._optimizer.step()


def rows_seen(
    o: Float[torch.Tensor, "n c"],
    labels: Int[torch.Tensor, " n"],
    loss: Float[torch.Tensor, " n"],
    sees_confidence: bool,
) -> Rows:
    """What a weight model may see of those rows."""
    return Rows(loss, normalise(loss), labels, confidence(o, labels) if sees_confidence else None)
