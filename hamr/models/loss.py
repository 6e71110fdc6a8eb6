"""The per-sample loss of either task: the one place where weighting meets it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float, Int

IGNORED = -100  # the label of a word piece that is not scored, as in torch's cross_entropy


def per_sample_loss(
    logits: Float[torch.Tensor, "b ..."],
    labels: Int[torch.Tensor, "b ..."],
    objective: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] | None = None,
) -> Float[torch.Tensor, " b"]:
    """l_i of each row, in nats.

    Sequence, logits [b, c] and labels [b]: the row's cross-entropy. Token, logits [b, t, c] and
    labels [b, t]: the largest cross-entropy among the row's scored pieces (HAMR's choice: a
    sentence is as hard as its hardest token). IGNORED pieces have a loss of 0, below any other.

    Another `objective` (logits [b, c], labels [b]) stands in for cross-entropy, of the same piece.
    """
    plain = objective or _cross_entropy
    if labels.dim() == 1:
        return plain(logits, labels)
    losses = torch.nn.functional.cross_entropy(
        logits.transpose(1, 2), labels, reduction="none", ignore_index=IGNORED
    )
    if objective is None:
        return losses.max(1).values
    own = losses.detach().argmax(1)
    rows = torch.arange(len(own), device=own.device)
    scored = labels[rows, own] != IGNORED  # false where a row has no scored piece at all
    return objective(logits[rows, own], labels[rows, own].clamp(min=0)) * scored


def _cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.cross_entropy(logits, labels, reduction="none")


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
    """The place of each row's largest loss; row i has those from starts[i] to starts[i + 1]."""
    lengths = starts.diff()
    column = torch.arange(int(lengths.max()))
    places = (starts[:-1, None] + column).clamp(max=len(losses) - 1)
    own = losses[places].masked_fill(column >= lengths[:, None], -torch.inf)
    return starts[:-1] + own.argmax(1)
