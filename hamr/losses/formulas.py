"""The losses of a batch as plain functions: one loss for each row."""

from __future__ import annotations

import torch
from jaxtyping import Float

from hamr.losses.targets import Counts, Labels, Logits, Losses, Targets


def cross_entropy(logits: Logits, labels: Labels) -> Losses:
    """l_i = -log p_iy."""
    return torch.nn.functional.cross_entropy(logits, labels, reduction="none")


def focal(logits: Logits, labels: Labels, *, gamma: float = 2.0) -> Losses:
    """l_i = (1 - p_iy)^gamma * -log p_iy: rows that are learned count less.

    Lin et al. 2017, *Focal Loss for Dense Object Detection*, eq. 4 (without class weights).
    """
    loss = cross_entropy(logits, labels)
    # 1 - p in a form whose gradient stays finite where p rounds to 1.
    return (-torch.expm1(-loss)).clamp(min=1e-12) ** gamma * loss


def dice(logits: Logits, labels: Labels, *, alpha: float = 1.0, smooth: float = 1.0) -> Losses:
    """l_i = 1 - (2 q_i + s) / (q_i + 1 + s), with q_i = (1 - p_iy)^alpha * p_iy.

    Li et al. 2020, *Dice Loss for Data-imbalanced NLP Tasks*, the self-adjusting form with the
    row as a positive of its own class; (1 - p)^alpha weighs down what is easy. The paper has
    alpha = 1; `smooth` is its gamma. The row's other classes are held down by the softmax
    alone: summed over all of them, the loss of the many negatives leads to one constant class.
    """
    p = logits.softmax(1).gather(1, labels.unsqueeze(1)).squeeze(1)
    q = (1 - p) ** alpha * p
    return 1 - (2 * q + smooth) / (q + 1 + smooth)


def reweighted(logits: Logits, labels: Labels, *, weights: Float[torch.Tensor, " c"]) -> Losses:
    """l_i = w_y * -log p_iy."""
    return weights.to(logits.device)[labels] * cross_entropy(logits, labels)


def logit_adjusted(
    logits: Logits, labels: Labels, *, counts: Counts, strength: float = 1.0
) -> Losses:
    """Cross-entropy of o_c + tau * log pi_c, with tau = `strength`.

    Menon et al. 2021, *Long-Tail Learning via Logit Adjustment*, eq. 10: the prior is taken into
    the loss, so that what the model itself learns is balanced. A class without rows counts as
    one with half a row.
    """
    shares = counts.clamp(min=0.5).float() / counts.sum()
    return cross_entropy(logits + strength * shares.log().to(logits.device), labels)


def balanced(logits: Logits, labels: Labels, *, weights: Float[torch.Tensor, " c"]) -> Losses:
    """HAMR's balanced loss: reported as cross-entropy, optimised as w_y * -log p_iy."""
    loss = cross_entropy(logits, labels)
    return straight_through(loss, weights.to(logits.device)[labels] * loss)


def soft_targets(logits: Logits, targets: Targets, *, weights: Float[torch.Tensor, " c"]) -> Losses:
    """HAMR's loss where a row's target is shared between its label and its soft target.

        w_y * -sum_c t_ic log p_ic,   t_i = (1 - epsilon) onehot(y_i) + epsilon q_i,

    with q_i the class probabilities that leave-one-out classifiers of all other rows give to the
    row's embedding. A row among rows of its class keeps its label; of one that is labelled wrong,
    or between two classes, the label counts less. It is distillation (Hinton et al. 2015) from
    classifiers in closed form that never saw the row. Training lets epsilon fall: soft targets
    count most at first, when the model knows little.

    The gradient is that of the equation, the value the cross-entropy of the row's label.
    """
    if targets.soft is None:
        raise ValueError("this loss needs soft targets, and the batch has none")
    log_p, labels, epsilon = logits.log_softmax(1), targets.labels, targets.soft_weight
    by_label = log_p.gather(1, labels.unsqueeze(1)).squeeze(1)
    by_soft = (targets.soft * log_p).sum(1)
    optimised = -weights.to(logits.device)[labels] * ((1 - epsilon) * by_label + epsilon * by_soft)
    return straight_through(-by_label, optimised)


def straight_through(reported: Losses, optimised: Losses) -> Losses:
    """The value of one loss with the gradient of another.

    Weights and hardness follow the losses' values. Those must say how hard a row is for the model;
    with the class's weight in them the rows of common classes, whose weight is small, would pass
    for easy ones, the weight curve would learn to favour them, and hardness would be highest there.
    """
    return reported.detach() + optimised - optimised.detach()
