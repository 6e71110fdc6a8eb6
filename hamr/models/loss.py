"""The per-sample loss of both tasks, and what is derived from the same logits."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float, Int

from hamr.losses import Objective, Targets, cross_entropy

ROUNDING = 1e-9  # 0.3 * 10 is slightly more than 3 in floating point; it is 3 words
IGNORED = -100  # the label of a word piece that is not scored, as in torch's cross_entropy


def per_sample_loss(
    logits: Float[torch.Tensor, "b ..."], targets: Targets, objective: Objective | None = None
) -> Float[torch.Tensor, " b"]:
    """l_i of each row, in nats.

    Sequence, logits [b, c] and labels [b]: the row's cross-entropy. Token, logits [b, t, c] and
    labels [b, t]: sum_t a_it l_it over the scored pieces, with the shares a_it of `word_shares`.
    Where `targets.word_share` is 0, that is the largest cross-entropy (the paper's choice: a
    sentence is as hard as its hardest token). IGNORED pieces have a loss of 0, below any other.

    Another `objective` (logits [b, c], targets [b]) replaces cross-entropy, for the same pieces.
    """
    labels = targets.labels
    if labels.dim() == 1:
        return cross_entropy(logits, labels) if objective is None else objective(logits, targets)
    losses = torch.nn.functional.cross_entropy(
        logits.transpose(1, 2), labels, reduction="none", ignore_index=IGNORED
    )
    if targets.word_share:
        return _mean_of_words(logits, losses, targets, objective)
    if objective is None:
        return losses.max(1).values
    own = losses.detach().argmax(1)
    rows = torch.arange(len(own), device=own.device)
    scored = labels[rows, own] != IGNORED  # false where a row has no scored piece at all
    chosen = targets[rows, own]
    return objective(logits[rows, own], replace(chosen, labels=chosen.labels.clamp(min=0))) * scored


def _mean_of_words(
    logits: Float[torch.Tensor, "b t c"],
    losses: Float[torch.Tensor, "b t"],
    targets: Targets,
    objective: Objective | None,
) -> Float[torch.Tensor, " b"]:
    """The mean over a share of each row's scored pieces; 0 for a row without any."""
    scored = targets.labels != IGNORED
    rows = torch.arange(len(scored), device=scored.device).repeat_interleave(scored.sum(1))
    starts = torch.nn.functional.pad(scored.sum(1).cumsum(0), (1, 0))
    own = losses[scored]
    shares = word_shares(own.detach(), starts, targets.word_share)
    if objective is not None:
        own = objective(logits[scored], targets[scored])
    return own.new_zeros(len(scored)).index_add(0, rows, own * shares)


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


def word_shares(
    losses: Float[torch.Tensor, " n"], starts: Int[torch.Tensor, " _"], share: float
) -> Float[torch.Tensor, " n"]:
    """a_iw, with which a sentence's loss is sum_w a_iw l_iw: they are not differentiated.

    1 / m for each of the m = max(1, ceil(share * n_i)) largest losses among the n_i words of row
    i, which are those from starts[i] to starts[i + 1], and 0 for the others. A share of 1 is the
    mean over all words, as token classifiers are usually trained; the mean of the largest losses
    is that of Fan et al. 2017, *Learning with Average Top-k Loss*, taken within a sentence.
    """
    lengths = starts.diff()
    if share >= 1:
        return (1 / lengths).to(losses.dtype).repeat_interleave(lengths)
    kept = torch.ceil(share * lengths.double() - ROUNDING).clamp(min=1).long()
    rows = torch.arange(len(lengths), device=starts.device).repeat_interleave(lengths)
    order = losses.argsort(descending=True, stable=True)
    order = order[rows[order].argsort(stable=True)]  # by row, the largest losses of each first
    rank = torch.arange(len(losses), device=starts.device) - starts[:-1].repeat_interleave(lengths)
    chosen = rank < kept.repeat_interleave(lengths)
    shares = torch.zeros_like(losses)
    shares[order] = chosen * (1 / kept).to(losses.dtype).repeat_interleave(lengths)
    return shares
