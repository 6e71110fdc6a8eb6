"""What each method trains by, made from its settings and the training rows' class counts.

The table of methods (`hamr.methods`) names the factories here: (settings, counts [C]) -> loss.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from hamr import methods
from hamr.config import TrainingSettings
from hamr.errors import SettingError, TrainingError
from hamr.losses.class_weights import class_balanced, inverse_frequency, power_balanced
from hamr.losses.formulas import (
    balanced,
    dice,
    focal,
    logit_adjusted,
    reweighted,
    soft_targets,
)
from hamr.losses.targets import Counts, Loss, Objective, of_labels


def focal_loss(settings: TrainingSettings, counts: Counts) -> Loss:
    """`focal` with the settings' gamma."""
    return partial(focal, gamma=settings.focal_gamma)


def dice_loss(settings: TrainingSettings, counts: Counts) -> Loss:
    """`dice` with the settings' alpha and smoothing."""
    return partial(dice, alpha=settings.dice_alpha, smooth=settings.dice_smooth)


def inverse_frequency_loss(settings: TrainingSettings, counts: Counts) -> Loss:
    """Cross-entropy weighted by `inverse_frequency`."""
    return partial(reweighted, weights=inverse_frequency(counts))


def class_balanced_loss(settings: TrainingSettings, counts: Counts) -> Loss:
    """Cross-entropy weighted by `class_balanced`."""
    weights = class_balanced(counts, beta=settings.class_balanced_beta)
    return partial(reweighted, weights=weights)


def logit_adjustment_loss(settings: TrainingSettings, counts: Counts) -> Loss:
    """`logit_adjusted` by the training rows' class counts."""
    return partial(logit_adjusted, counts=counts, strength=settings.adjustment)


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
    factory = methods.loss_of(settings.method)
    if factory is None:
        if not settings.effective_balance:
            return None
        return partial(balanced, weights=power_balanced(counts, power=settings.effective_balance))
    if methods.is_built_in(settings.method):
        return factory(settings, counts)
    return _of_users(settings.method, factory, settings, counts)


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


def share_at(progress: float, first: float, last: float) -> float:
    """epsilon after a share of all steps: it goes linearly from `first` to `last`."""
    return first + (last - first) * progress


def _of_users(
    method: str, factory: Callable[[Any, Any], Any], settings: TrainingSettings, counts: Counts
) -> Loss | None:
    """The loss of a registered method, with errors that say what is wrong with it."""
    try:
        found = factory(settings, counts)
    except Exception as error:
        raise SettingError(
            f"the loss of method {method} can't be made ({type(error).__name__}: {error}): correct "
            "the function that it was registered with",
            field="method",
        ) from error
    if found is not None and not callable(found):
        raise SettingError(
            f"the loss of method {method} must return a function of (logits, labels), got "
            f"{type(found).__name__}: correct the function that it was registered with",
            field="method",
        )
    return None if found is None else partial(_one_a_row, method=method, loss=found)


def _one_a_row(
    logits: torch.Tensor, labels: torch.Tensor, *, method: str, loss: Loss
) -> torch.Tensor:
    """The losses of a registered method. Raises TrainingError unless there is one a row."""
    found: object = loss(logits, labels)
    if not isinstance(found, torch.Tensor):
        given = type(found).__name__
    elif found.shape != labels.shape:
        given = f"a tensor of shape {list(found.shape)}"
    else:
        return found
    raise TrainingError(
        f"the loss of method {method} must give one loss a row, of shape {list(labels.shape)}, got "
        f"{given}: return the rows' losses themselves, without their mean or sum",
        field="method",
    )
