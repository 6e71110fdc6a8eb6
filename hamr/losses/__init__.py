"""Per-row losses: plain training's and those of the methods for imbalanced classes, and HAMR's own.

Each takes logits o [b, C] and labels y [b] and gives l_i [b], differentiable by the logits; the
training objective is their mean over the batch. A step asks for them as an `Objective`, which
takes logits and `Targets`. p = softmax(o), N rows, n_c of them in class c,
pi_c = n_c / N; all counts are those of the training rows. Of a tagged sentence the rows are words,
the classes are the tags, and its loss is the mean over a share of them (`models.word_shares`).

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

targets         what a batch is trained towards
formulas        the losses as functions
class_weights   the classes' weights
objectives      which of them a method trains by
"""

from hamr.losses.class_weights import class_balanced, inverse_frequency, power_balanced
from hamr.losses.formulas import (
    balanced,
    cross_entropy,
    dice,
    focal,
    logit_adjusted,
    reweighted,
    soft_targets,
    straight_through,
)
from hamr.losses.objectives import (
    class_balanced_loss,
    dice_loss,
    focal_loss,
    inverse_frequency_loss,
    logit_adjustment_loss,
    meta_objective,
    objective,
    share_at,
)
from hamr.losses.targets import (
    Counts,
    Labels,
    Logits,
    Loss,
    Losses,
    Objective,
    Targets,
    derived,
    of_labels,
)

__all__ = [
    "Counts",
    "Labels",
    "Logits",
    "Loss",
    "Losses",
    "Objective",
    "Targets",
    "balanced",
    "class_balanced",
    "class_balanced_loss",
    "cross_entropy",
    "derived",
    "dice",
    "dice_loss",
    "focal",
    "focal_loss",
    "inverse_frequency",
    "inverse_frequency_loss",
    "logit_adjusted",
    "logit_adjustment_loss",
    "meta_objective",
    "objective",
    "of_labels",
    "power_balanced",
    "reweighted",
    "share_at",
    "soft_targets",
    "straight_through",
]
