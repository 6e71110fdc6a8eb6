"""Weights of the classes, from the class counts of the training rows."""

from __future__ import annotations

import torch
from jaxtyping import Float

from hamr.losses.targets import Counts


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
