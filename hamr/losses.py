"""Per-row losses: plain training's and those of the baselines for imbalanced classes.

Each takes logits o [b, C] and labels y [b] and gives l_i [b], differentiable by the logits; the
training objective is their mean over the batch. A step asks for them as an `Objective`, which
takes logits and `Targets`. p = softmax(o), N rows, n_c of them in class c,
pi_c = n_c / N; all counts are those of the training rows. Of a tagged sentence the row is its
hardest word (the one of largest cross-entropy) and the classes are the tags.

    loss               l_i                                    source
    cross_entropy      -log p_iy                              plain training (ERM)
    focal              (1 - p_iy)^gamma * -log p_iy           Lin et al. 2017, eq. 4
    dice               1 - DSC_iy                             Li et al. 2020, self-adjusting
    reweighted         w_y * -log p_iy                        with either of the two below
      inverse_frequency    w_c = N / (C n_c)                  Huang et al. 2016
      class_balanced       w_c ~ (1 - beta) / (1 - beta^n_c)  Cui et al. 2019, eq. 3
    logit_adjusted     cross_entropy of o + tau * log pi      Menon et al. 2021, eq. 10
    soft_targets       w_y * -sum_c t_ic log p_ic             HAMR's own, see there
      power_balanced       w_c ~ n_c^-rho                     Kang et al. 2020, as sampling
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Float, Int, Num

from hamr.config import TrainingSettings

Logits = Float[torch.Tensor, "b c"]
Labels = Int[torch.Tensor, " b"]
Losses = Float[torch.Tensor, " b"]
Counts = Num[torch.Tensor, " c"]
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # (logits, labels) -> losses


@dataclass(frozen=True)
class Targets:
    """What the rows of a batch are trained towards: their labels, and soft targets where used.

    `labels` has the shape [b]; [b, t] for padded sentences and [n] for the n words of sentences
    that are stored one after another.
    """

    labels: Int[torch.Tensor, "b ..."]
    soft: Float[torch.Tensor, "b c"] | None = None  # q_i, class probabilities of each row
    soft_weight: float = 0.0  # epsilon, the share of a row's target that `soft` takes

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: slice | torch.Tensor) -> Targets:
        """The targets of some rows."""
        soft = None if self.soft is None else self.soft[rows]
        return Targets(self.labels[rows], soft, self.soft_weight)

    def to(self, device: torch.device) -> Targets:
        """The same targets on that device."""
        soft = None if self.soft is None else self.soft.to(device, non_blocking=True)
        return Targets(self.labels.to(device, non_blocking=True), soft, self.soft_weight)


Objective = Callable[[torch.Tensor, Targets], torch.Tensor]  # (logits, targets) -> losses


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


def balanced(logits: Logits, labels: Labels, *, weights: Float[torch.Tensor, " c"]) -> Losses:
    """HAMR's balanced loss: reported as cross-entropy, optimised as w_y * -log p_iy."""
    loss = cross_entropy(logits, labels)
    return straight_through(loss, weights.to(logits.device)[labels] * loss)


def straight_through(reported: Losses, optimised: Losses) -> Losses:
    """The value of one loss with the gradient of another.

    Weights and hardness follow the losses' values. Those must say how hard a row is for the model;
    with the class's weight in them the rows of common classes, whose weight is small, would pass
    for easy ones, the weight curve would learn to favour them, and hardness would be highest there.
    """
    return reported.detach() + optimised - optimised.detach()


def inverse_frequency(counts: Counts) -> Float[torch.Tensor, " c"]:
    """w_c = N / (C n_c), so that all classes weigh alike and the mean over the rows is 1.

    Huang et al. 2016, *Learning Deep Representation for Imbalanced Classification*. A class
    without rows weighs nothing.
    """
    present = counts > 0
    weights = counts.sum() / (present.sum() * counts.clamp(min=1).double())
    return torch.where(present, weights, 0.0).float()


def class_balanced(counts: Counts, *, beta: float = 0.999) -> Float[torch.Tensor, " c"]:
    """w_c proportional to (1 - beta) / (1 - beta^n_c), scaled to sum to C.

    Cui et al. 2019, *Class-Balanced Loss Based on Effective Number of Samples*, eq. 3: n_c rows
    are worth (1 - beta^n_c) / (1 - beta) distinct ones. beta = 0 leaves all weights at 1. A
    class without rows weighs nothing.
    """
    present = counts > 0
    effective = 1 - torch.tensor(beta, dtype=torch.float64) ** counts.clamp(min=1).double()
    weights = torch.where(present, (1 - beta) / effective, 0.0)
    return (weights * present.sum() / weights.sum()).float()


def power_balanced(counts: Counts, *, power: float = 0.5) -> Float[torch.Tensor, " c"]:
    """w_c proportional to n_c^-rho, scaled so that the mean over the rows is 1.

    rho = 0 leaves all weights at 1, rho = 1 is `inverse_frequency`, 1/2 lies between: as if rows
    were sampled with class shares ~ sqrt(n_c) (Mahajan et al. 2018; Kang et al. 2020, *Decoupling
    Representation and Classifier*, eq. 1). Unlike the effective number of rows it has no size of
    class from which on nothing is evened out. A class without rows weighs nothing.
    """
    weights = torch.where(counts > 0, counts.clamp(min=1).double() ** -power, 0.0)
    return (weights * counts.sum() / (weights * counts).sum()).float()


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


def of_labels(loss: Loss) -> Objective:
    """The objective that asks for the rows' labels alone."""
    return lambda logits, targets: loss(logits, targets.labels)


@torch.enable_grad()
def derived(objective: Objective, logits: Logits, targets: Targets) -> tuple[Losses, Logits]:
    """Each row's loss, and its derivative by the row's own logits."""
    logits = logits.detach().requires_grad_()
    loss = objective(logits, targets)
    return loss.detach(), torch.autograd.grad(loss.sum(), logits)[0]


def share_at(progress: float, first: float, last: float) -> float:
    """epsilon after a share of all steps: in a line from `first` to `last`."""
    return first + (last - first) * progress


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


def objective(
    settings: TrainingSettings, counts: Counts, *, soft: bool = False
) -> Objective | None:
    """The loss that the method trains by; None for cross-entropy, which has closed forms.

    `soft` says whether the batches' targets have soft targets.
    """
    if soft:
        weights = power_balanced(counts, power=settings.effective_balance)
        return partial(soft_targets, weights=weights)
    loss = _loss(settings, counts)
    return None if loss is None else of_labels(loss)


def _loss(settings: TrainingSettings, counts: Counts) -> Loss | None:
    weights = None
    if settings.method == "inverse-frequency":
        weights = inverse_frequency(counts)
    elif settings.method == "class-balanced":
        weights = class_balanced(counts, beta=settings.class_balanced_beta)
    elif settings.effective_balance:
        return partial(balanced, weights=power_balanced(counts, power=settings.effective_balance))
    if weights is not None:
        return partial(reweighted, weights=weights)
    others: dict[str, Loss] = {
        "focal": partial(focal, gamma=settings.focal_gamma),
        "dice": partial(dice, alpha=settings.dice_alpha, smooth=settings.dice_smooth),
        "logit-adjustment": partial(logit_adjusted, counts=counts, strength=settings.adjustment),
    }
    return others.get(settings.method)


def meta_objective(settings: TrainingSettings, counts: Counts) -> Objective | None:
    """The loss of the meta set: as far balanced as that of the training rows.

    Otherwise the meta step undoes what the balanced loss does: the meta set holds many rows of
    common classes too, and the weights that serve these are small where rows are rare and hard.
    None for cross-entropy, as published.
    """
    if not settings.effective_balance:
        return None
    weights = power_balanced(counts, power=settings.effective_balance)
    return of_labels(partial(reweighted, weights=weights))
