"""The per-sample loss of both tasks, and what is derived from the same logits."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int

from hamr.losses import Objective, Targets, cross_entropy

IGNORED = -100  # the label of a word piece that is not scored, as in torch's cross_entropy


def per_sample_loss(
    logits: Float[torch.Tensor, "b ..."], targets: Targets, objective: Objective | None = None
) -> Float[torch.Tensor, " b"]:
    """l_i of each row, in nats.

    Sequence, logits [b, c] and labels [b]: the row's cross-entropy. Token, logits [b, t, c] and
    labels [b, t]: the largest cross-entropy among the row's scored pieces (HAMR's choice: a
    sentence is as hard as its hardest token). IGNORED pieces have a loss of 0, below any other.

    Another `objective` (logits [b, c], targets [b]) replaces cross-entropy, for the same piece.
    """
    labels = targets.labels
    if labels.dim() == 1:
        return cross_entropy(logits, labels) if objective is None else objective(logits, targets)
    losses = torch.nn.functional.cross_entropy(
        logits.transpose(1, 2), labels, reduction="none", ignore_index=IGNORED
    )
    if objective is None:
        return losses.max(1).values
    own = losses.detach().argmax(1)
    rows = torch.arange(len(own), device=own.device)
    scored = labels[rows, own] != IGNORED  # false where a row has no scored piece at all
    return objective(logits[rows, own], Targets(labels[rows, own].clamp(min=0))) * scored


def margins(
    logits: Float[torch.Tensor, "n c"], labels: Int[torch.Tensor, " n"]
) -> Float[torch.Tensor, " n"]:
    """The label's logit minus the largest other one: negative where the model is wrong."""
    own = labels.unsqueeze(1)
    others = logits.scatter(1, own, -torch.inf)
    return logits.gather(1, own).squeeze(1) - others.max(1).values


def hardest(
    losses: Float[torch.Tensor, " n"], starts: Int[torch.Tensor, " _"]
) -> Int[torch.Tensor, " b"]:
    """The position of each row's largest loss; row i has those from starts[i] to starts[i + 1]."""
    lengths = starts.diff()
    column = torch.arange(int(lengths.max()))
    positions = (starts[:-1, None] + column).clamp(max=len(losses) - 1)
    own = losses[positions].masked_fill(column >= lengths[:, None], -torch.inf)
    return starts[:-1] + own.argmax(1)
