"""Whether an export gives the probabilities of the model that it is of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hamr.errors import ModelError
from hamr.exports.model.samples import Sample
from hamr.store import Run

TOLERANCE = 1e-4  # of a probability
# Of a probability as it was recorded: 16 bits, and a GPU may have computed in bf16.
RECORDED_TOLERANCE = 0.05


def largest_difference(samples: Sequence[Sample], read: Callable[[Sample], np.ndarray]) -> float:
    """The largest difference of a probability between the export and the model in memory."""
    worst = 0.0
    for sample in samples:
        found = read(sample)
        if found.shape[:-1] != sample.own.shape:
            return 1.0
        found = found[sample.own]  # a word is read from its first piece
        if found.shape != sample.probabilities.shape or not np.isfinite(found).all():
            return 1.0
        worst = max(worst, float(np.abs(found - sample.probabilities).max(initial=0.0)))
    return worst


def check_same(name: str, difference: float, others: Sequence[str] = ()) -> None:
    """Raises ModelError for an export that is another function than the model; `others` are the
    formats that may hold it.
    """
    if difference > TOLERANCE:
        raise ModelError(
            f"the model as {name} differs from the run's model by {difference:.2g} in a "
            f"probability, and at most {TOLERANCE:g} is allowed, so nothing was written: {name} "
            "computes more, or less, between this encoder and the logits. Choose "
            f"{' or '.join(others) or 'another encoder'}",
            field="format",
        )


def check_recorded(run: Run, predicted: np.ndarray) -> None:
    """Compare the largest probability of the first test rows with what the run recorded of them.

    Raises ModelError where they differ: then the encoder's folder holds another model than that
    which the run was trained with.
    """
    final = run.final()
    kept = {} if final is None else final.held_out.get("test", {})
    classes, shares = kept.get("top_classes"), kept.get("top_probabilities")
    if classes is None or shares is None or not shares.size:
        return  # sentences have no class, and older runs recorded none
    rows = min(len(predicted), len(classes))
    found = predicted[np.arange(rows), classes[:rows, 0]]
    apart = float(np.nanmax(np.abs(found - shares[:rows, 0]), initial=0.0))
    if apart > RECORDED_TOLERANCE:
        raise ModelError(
            f"the encoder {run.info.settings.training.model} was changed since this run was "
            f"trained: a probability of a test row is off by {apart:.2f}. Put the old encoder "
            "back, or train again",
            field="model",
        )
