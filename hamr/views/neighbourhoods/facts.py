"""The facts that the map says of the row under the pointer. Axis: A rows of all splits, or their
first N, the training rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hamr.store import Run
from hamr.tasks import features
from hamr.views.base.all_rows import AllRows
from hamr.views.base.tips import Fact
from hamr.views.neighbourhoods.held_out import held_out_predictions
from hamr.views.neighbourhoods.row_values import LABEL_ERROR, row_values


def facts(run: Run, epoch: int, *, held_out: bool, errors: bool = True) -> tuple[Fact, ...]:
    """Label, prediction, hardness, loss and p(label error) of each row, where it has them.

    Of training rows as the epoch left them, with `held_out` also of validation and test rows, as
    the best epoch's model sees these. Without `errors` no p(label error).
    """
    found: list[Fact] = []
    if features(run.info.task).one_class_a_row:
        labels, predicted = run.rows().labels, run.signal("prediction", epoch)
        if held_out:
            known = AllRows.of(run)
            labels = np.concatenate([table.labels for table in known.tables])
            predicted = np.concatenate([predicted, held_out_predictions(run)])
        found.append(Fact("label", labels, "name", run.classes))
        found.append(Fact("prediction", predicted, "name", run.classes))
    for by, title in (("hardness", "hardness"), ("loss", "loss (nats)")):
        if by == "loss" or run.info.settings.training.learns_hardness:
            found.append(Fact(title, row_values(run, epoch, by, held_out=held_out)))
    if not errors:
        return tuple(found)
    wrong = row_values(run, epoch, LABEL_ERROR, held_out=held_out)
    return (*found, Fact(LABEL_ERROR, wrong, "share"))


def facts_of(found: tuple[Fact, ...], rows: np.ndarray) -> tuple[Fact, ...]:
    """The facts of some rows, in their order; those that none of them has are left out."""
    own = [replace(fact, values=np.asarray(fact.values, np.float32)[rows]) for fact in found]
    return tuple(fact for fact in own if np.isfinite(fact.values).any())
