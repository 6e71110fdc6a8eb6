"""The HAMR step for the quick preset's head on tagged sentences, by the losses of their words.

A sentence's loss is l_i = sum_w a_iw l_iw with the shares of `models.word_shares`, so its gradient
is the same sum of its words' gradients, each a pair of outer products as in `frozen_head`. A batch
has many more words than rows: Gram matrices of words would be larger than the head. So phi' and
v = grad L_meta(phi') are formed here, and the inner products with v are taken word by word,

    <g_i, v> = sum_w a_iw (delta1_iw . (V1 x_iw + c1) + delta2_iw . (V2 h_iw + c2)),

with V1, c1, V2, c2 the parts of v that belong to weights and biases. Memory grows with the words
of the two batches, and a step costs about 2.5 plain ones. The shares of the meta set's words are
those at phi'.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Float, Int

from hamr.losses import Objective, Targets, derived
from hamr.models import Words, hardest, word_shares
from hamr.weighting.frozen_head import FrozenHeadStep, rows_seen
from hamr.weighting.weight_model import Rows

Parameters = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]  # W1, b1, W2, b2


@dataclass(frozen=True)
class WordPass:
    """A batch of b sentences with n words at one point: what losses and gradients are made of."""

    words: Words
    rows: Int[torch.Tensor, " n"]  # the sentence of each word
    h: Float[torch.Tensor, "n hidden"]
    o: Float[torch.Tensor, "b c"]  # logits of each sentence's hardest word
    labels: Int[torch.Tensor, " b"]  # and its tag
    loss: Float[torch.Tensor, " b"]
    lower: Float[torch.Tensor, "n hidden"]  # a_iw delta1, the derivative of l_i by the word's a
    upper: Float[torch.Tensor, "n c"]  # a_iw delta2, and by its logits
    meta_words: Words | None  # of the meta batch, which is seen at phi' only

    def gradient(
        self, weights: Float[torch.Tensor, " b"], out: Parameters | None = None
    ) -> Parameters:
        """sum_i weights_i * grad l_i; into `out` where it is given."""
        by_word = weights[self.rows].unsqueeze(1)
        by_lower, by_upper = self.lower * by_word, self.upper * by_word
        first, second, third, fourth = out or (None, None, None, None)
        return (
            torch.mm(by_lower.T, self.words.x, out=first),
            torch.sum(by_lower, 0, out=second),
            torch.mm(by_upper.T, self.h, out=third),
            torch.sum(by_upper, 0, out=fourth),
        )

    def along(self, v: Parameters) -> Float[torch.Tensor, " b"]:
        """<grad l_i, v> of each sentence."""
        first, second, third, fourth = v
        by_word = torch.linalg.vecdot(self.lower, torch.addmm(second, self.words.x, first.T))
        by_word += torch.linalg.vecdot(self.upper, torch.addmm(fourth, self.h, third.T))
        return torch.zeros_like(self.loss).index_add_(0, self.rows, by_word)


class FrozenWordsStep(FrozenHeadStep):
    """The same step for sentences whose loss is a mean over words.

    Its passes are `WordPass`es: what makes one and what takes one are overridden together.
    """

    def meta_gradient(  # type: ignore[override]
        self, seen: WordPass, weights: Float[torch.Tensor, " b"], meta_targets: Targets
    ) -> tuple[Float[torch.Tensor, " b"], Float[torch.Tensor, ""]]:
        """(dL_meta/dw [B], L_meta) at phi' = phi - alpha * grad_phi mean_B(w * l)."""
        assert seen.meta_words is not None  # `_forward` had the meta batch
        moved = seen.gradient(weights * (self._alpha / len(weights)))
        phi = self._phi
        point = tuple(p - step for p, step in zip(phi, moved, strict=True))
        meta = self._at(
            cast(Parameters, point), seen.meta_words, meta_targets, self._meta_objective
        )
        v = meta.gradient(torch.full_like(meta.loss, 1 / len(meta.loss)))
        return seen.along(v) * (-self._alpha / len(weights)), meta.loss.mean()

    def _weight_gradient(  # type: ignore[override]
        self, seen: WordPass, weights: Float[torch.Tensor, " b"], meta_targets: Targets
    ) -> tuple[Float[torch.Tensor, " b"], Float[torch.Tensor, ""]]:
        """`meta_gradient`, which is the cheaper way for a batch of any size."""
        return self.meta_gradient(seen, weights, meta_targets)

    @property
    def _phi(self) -> Parameters:
        lower, upper = self._head.lower, self._head.upper
        return lower.weight, lower.bias, upper.weight, upper.bias

    def _forward(  # type: ignore[override]
        self, inputs: Words, targets: Targets, meta_inputs: Words | None
    ) -> WordPass:
        return self._at(self._phi, inputs, targets, self._objective, meta_inputs)

    def _at(
        self,
        point: Parameters,
        words: Words,
        targets: Targets,
        objective: Objective | None,
        meta_words: Words | None = None,
    ) -> WordPass:
        """A batch at that point."""
        first, second, third, fourth = point
        h = torch.addmm(second, words.x, first.T).relu_()
        o = torch.addmm(fourth, h, third.T)
        log_p = torch.log_softmax(o, dim=1)
        losses = torch.nn.functional.nll_loss(log_p, targets.labels, reduction="none")
        shares = word_shares(losses, words.starts, targets.word_share)
        own = hardest(losses, words.starts)
        if objective is None:
            delta = self._over(log_p, targets.labels)
        else:
            losses, delta = derived(objective, o, targets)
        lengths = words.starts.diff()
        rows = torch.arange(len(lengths)).repeat_interleave(lengths)
        loss = losses.new_zeros(len(lengths)).index_add_(0, rows, losses * shares)
        delta = delta * shares.unsqueeze(1)
        by_lower = (delta @ third).mul_(h.sign())
        return WordPass(
            words, rows, h, o[own], targets.labels[own], loss, by_lower, delta, meta_words
        )

    def _meta_rows(self, seen: WordPass, targets: Targets) -> Rows:  # type: ignore[override]
        """The meta batch at phi, as the weight model sees it: by each sentence's hardest word."""
        assert seen.meta_words is not None
        meta = self._at(self._phi, seen.meta_words, targets, None)
        return rows_seen(meta.o, meta.labels, meta.loss, True)

    def _outer(  # type: ignore[override]
        self, seen: WordPass, weights: Float[torch.Tensor, " b"]
    ) -> None:
        """phi <- AdamW(phi, grad_phi mean_B(w * l))."""
        seen.gradient(weights / len(weights), cast(Parameters, tuple(self._gradients)))
        self._optimizer.step()
