"""How the prediction of an unlabelled row moved over the epochs, for people.

Axis: S rows.
"""

from __future__ import annotations

import numpy as np

from hamr.jobs.pool_history import History
from hamr.legible import legible_name
from hamr.store import Run
from hamr.views.base.tips import Fact


def in_words(run: Run, found: History) -> str:
    """The history of one row, its arrays [E], in a sentence."""
    name = legible_name(run.classes[int(found.classes[-1])])
    changes, since = int(found.changes), int(found.since)
    epochs = len(found.epochs)
    if epochs == 1:
        return f"predicted {name} at epoch {found.epochs[0]}, the only one whose model is kept"
    if not changes:
        return f"predicted {name} at all of {epochs} epochs"
    times = "once" if changes == 1 else "twice" if changes == 2 else f"{changes:,} times"
    return (
        f"predicted {name} since epoch {since}; the prediction changed {times} over {epochs} epochs"
    )


def course(run: Run, found: History, best: int) -> tuple[str, list[float], str]:
    """What is drawn of one row: a name, the probability at each epoch, and what that means; `best`
    is the class that the best epoch's model predicts.
    """
    name = legible_name(run.classes[best])
    first, last = found.epochs[0], found.epochs[-1]
    meaning = f"probability of {name} after each epoch, from epoch {first} to epoch {last}"
    return f"probability of {name}", [float(chance) for chance in found.chances], meaning


def facts(found: History) -> tuple[Fact, ...]:
    """What a map says of each of S rows, [E, S]."""
    if len(found.epochs) == 1:
        return ()
    return (
        Fact("predicted so since epoch", found.since.astype(np.float32)),
        Fact("prediction changed, times", found.changes.astype(np.float32)),
    )
