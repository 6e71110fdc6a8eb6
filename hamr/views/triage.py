"""What a run has recorded, as triage wants it."""

from __future__ import annotations

import numpy as np

from hamr.errors import DamagedError, StoreError
from hamr.store import Run
from hamr.triage import Learned

TOKEN = "Triage is for texts with a class: a tagged sentence has no single label to be wrong"


def learned(run: Run, epoch: int) -> Learned:
    """The run's signals up to an epoch; it may still be under way.

    A run of an older version knows neither margins nor the classes it named first: its
    prediction stands for these, with the probability that its label has, or what that leaves.

    Raises StoreError for a run on tagged sentences, or where there is no such epoch.
    """
    if run.info.task == "token":
        raise StoreError(TOKEN, field="run")
    epochs = [number for number in run.epochs() if number <= epoch]
    named, chances = _named_first(run, epoch)
    return Learned(
        loss=np.stack(run.signal_over("loss", epochs)),
        hardness=np.stack(run.signal_over("hardness", epochs)),
        top_classes=named,
        top_probabilities=chances,
        margin=_margin(run, epochs),
        post=run.signal("post", epoch),
    )


def _named_first(run: Run, epoch: int) -> tuple[np.ndarray, np.ndarray]:
    """(classes, probabilities), [N, T] each."""
    try:
        found = run.arrays(epoch, ["top_classes", "top_probabilities"])
        return found["top_classes"], found["top_probabilities"]
    except DamagedError:
        raise
    except StoreError:
        prediction = run.signal("prediction", epoch)
        own = run.signal("label_probability", epoch)
        chance = np.where(prediction == run.rows().labels, own, 1 - own)
        return prediction[:, None], chance[:, None]


def _margin(run: Run, epochs: list[int]) -> np.ndarray | None:
    """[E, N], or None where one of the epochs lacks it."""
    try:
        return np.stack(run.signal_over("margin", epochs))
    except DamagedError:
        raise
    except StoreError:
        return None
