"""Whether hardness means hard after an epoch of a run, and the sentence that warns where not.

The rule is `hamr.difficulty.agreement`. Where hardness is *turned*, regions, issue types and the
queue sorted by hardness use the loss instead, as for a method that learns no hardness.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from hamr.difficulty import Agreement, agreement
from hamr.store import Run
from hamr.views.base.after_epoch import AfterEpoch

EARLY = 2  # epochs after which a weight curve has usually found its direction
AT_ONCE = 32  # epochs of a signal that are in memory at a time


def agreement_of(run: Run, epoch: int) -> Agreement:
    """That of hardness after an epoch with the mean loss over the epochs up to it.

    Flat for a method that learns no hardness. Raises StoreError where there is no such epoch.
    """
    return _agreement(AfterEpoch.of(run, epoch))


@lru_cache(maxsize=512)
def _agreement(place: AfterEpoch) -> Agreement:
    run, epoch = place.run, place.epoch
    if not run.info.settings.training.learns_hardness:
        return Agreement(float("nan"))
    return agreement(run.signal("hardness", epoch), mean_loss(run, epoch))


def mean_loss(run: Run, epoch: int) -> np.ndarray:
    """The mean loss of each training row over the epochs up to this one, [N] float64."""
    epochs = [one for one in run.epochs() if one <= epoch]
    total = np.zeros(len(run.signal("loss", epoch)))
    for first in range(0, len(epochs), AT_ONCE):
        for loss in run.signal_over("loss", epochs[first : first + AT_ONCE]):
            total += loss
    return total / len(epochs)


def is_turned(run: Run, epoch: int) -> bool:
    """Whether hardness ranks rows of low loss first, so that nothing should be built on it."""
    return agreement_of(run, epoch).kind == "turned"


def warning(run: Run, epoch: int) -> str:
    """What to say of hardness after an epoch, and what to do; "" where it means hard."""
    found = agreement_of(run, epoch)
    rho = f"rank correlation with the mean loss {found.correlation:+.2f}".replace("-", "−")
    if found.kind == "turned":
        or_else = (
            "look at a later epoch"
            if epoch <= EARLY and run.info.settings.training.epochs > EARLY
            else "train again with another seed or method"
        )
        return (
            f"Hardness does not mean hard at epoch {epoch}: it ranks rows of low loss first "
            f"({rho}), so rank rows by mean loss instead, or {or_else}."
        )
    if found.kind == "partly":
        return (
            f"Hardness agrees only in part with the loss at epoch {epoch} ({rho}), so compare it "
            "with the mean loss before you call a row hard."
        )
    return ""
