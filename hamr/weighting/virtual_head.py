"""The meta-gradient of a head for large batches: the virtual weights are formed.

`frozen_head` forms neither the virtual weights phi' nor v = grad L_meta(phi'): two batches of B
and M rows meet in [M, B] matrices, which costs about M B (2 D + 4 H) products a step. Here

    phi' = phi - alpha / B sum_i w_i g_i,    dL_meta/dw_i = -(alpha / B) <g_i, v>

are computed as they are written, with one product of [B, H] and [B, D] for phi' and one for all
<g_i, v>: about 2 (B + M) D H. Small batches are cheaper the other way, and large ones this way.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int

from hamr.losses import Objective, Targets, derived
from hamr.models import Head, hardest

LARGE = 128  # rows of a batch; smaller ones keep to the bits of `frozen_head`


@dataclass(frozen=True)
class HeadRows:
    """A batch at phi: what its rows' gradients are made of."""

    x: Float[torch.Tensor, "b d"]
    h: Float[torch.Tensor, "b hidden"]
    lower: Float[torch.Tensor, "b hidden"]  # dl_i / da_i
    upper: Float[torch.Tensor, "b c"]  # dl_i / do_i


@dataclass(frozen=True)
class VirtualHead:
    """phi' = phi - alpha / B sum_i w_i g_i: the head after the inner (virtual) update."""

    w1: Float[torch.Tensor, "hidden d"]
    b1: Float[torch.Tensor, " hidden"]
    w2: Float[torch.Tensor, "c hidden"]
    b2: Float[torch.Tensor, " c"]

    @staticmethod
    def of(head: Head, rows: HeadRows, share: Float[torch.Tensor, "b 1"]) -> VirtualHead:
        """The head after the update by those rows; `share` holds alpha w_i / B."""
        moved_lower, moved_upper = rows.lower * share, rows.upper * share
        return VirtualHead(
            torch.addmm(head.lower.weight, moved_lower.T, rows.x, alpha=-1),
            head.lower.bias - moved_lower.sum(0),
            torch.addmm(head.upper.weight, moved_upper.T, rows.h, alpha=-1),
            head.upper.bias - moved_upper.sum(0),
        )

    def hidden(self, x: Float[torch.Tensor, "m d"]) -> Float[torch.Tensor, "m hidden"]:
        """The lower layer's output for those rows."""
        return torch.addmm(self.b1, x, self.w1.T).relu_()

    def logits(self, hidden: Float[torch.Tensor, "m hidden"]) -> Float[torch.Tensor, "m c"]:
        """The logits made of it."""
        return torch.addmm(self.b2, hidden, self.w2.T)


def by_virtual_weights(
    head: Head,
    rows: HeadRows,
    share: Float[torch.Tensor, "b 1"],
    meta_x: Float[torch.Tensor, "m d"],
    meta_starts: Int[torch.Tensor, " _"] | None,
    meta_targets: Targets,
    objective: Objective | None,
) -> tuple[Float[torch.Tensor, " b"], Float[torch.Tensor, ""]]:
    """(<g_i, v> [B], L_meta) at phi'; `share` holds alpha w_i / B.

    Where `meta_starts` says that the meta rows are words, each sentence has the loss of its
    hardest word at phi'.
    """
    virtual = VirtualHead.of(head, rows, share)
    h = virtual.hidden(meta_x)
    o = virtual.logits(h)
    labels = meta_targets.labels
    losses = torch.nn.functional.cross_entropy(o, labels, reduction="none")
    if meta_starts is not None:
        own = hardest(losses, meta_starts)
        meta_targets = meta_targets[own]
        losses, o, h, meta_x, labels = losses[own], o[own], h[own], meta_x[own], labels[own]
    if objective is None:
        upper = o.softmax(1)
        upper[torch.arange(len(labels)), labels] -= 1
    else:
        losses, upper = derived(objective, o, meta_targets)
    upper = upper / len(losses)
    lower = (upper @ virtual.w2).mul_(h.sign())
    # v, as it acts on the rows: W1 and b1 by `lower`, W2 and b2 by `upper`.
    along = torch.addmm(lower.sum(0), rows.x, (lower.T @ meta_x).T).mul_(rows.lower).sum(1)
    along += torch.addmm(upper.sum(0), rows.h, (upper.T @ h).T).mul_(rows.upper).sum(1)
    return along, losses.mean()
