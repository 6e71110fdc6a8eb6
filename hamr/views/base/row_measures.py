"""The measures of difficulty of a run's training rows, from what each epoch recorded.

Of tagged sentences loss, margin and probability are those of the hardest word, and a sentence is
right where all its entities are. Axes: N training rows.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from hamr.difficulty import FLAT, MEASURES, Dynamics, correlation, percentile
from hamr.errors import DamagedError, StoreError
from hamr.store import Run
from hamr.views.base import mistakes
from hamr.views.base.after_epoch import AfterEpoch


def row_measures(run: Run, epoch: int) -> dict[str, np.ndarray]:
    """The measures that a run has after an epoch, by their names in MEASURES, [N] float32 each.

    Hardness is left out where it is the same for all rows, AUM where a run of an older version
    recorded no margins. Raises StoreError where there is no such epoch.

    The last few results are kept: callers leave them as they are.
    """
    return _measures(AfterEpoch.of(run, epoch))


@lru_cache(maxsize=4)
def _measures(place: AfterEpoch) -> dict[str, np.ndarray]:
    run, epoch = place.run, place.epoch
    dynamics, hardness = Dynamics(), run.signal("hardness", epoch)
    for one in run.epochs():
        if one <= epoch:
            dynamics.add(
                run.signal("loss", one),
                run.signal("label_probability", one),
                ~mistakes.wrong(run, one),
                _margin(run, one),
            )
    found = dynamics.measures()
    if np.ptp(hardness) >= FLAT:
        found["hardness"] = hardness
    return {name: found[name].astype(np.float32) for name in MEASURES if name in found}


def _margin(run: Run, epoch: int) -> np.ndarray | None:
    try:
        return run.signal("margin", epoch)
    except DamagedError:
        raise
    except StoreError:
        return None


def lacking(found: dict[str, np.ndarray], epoch: int) -> list[str]:
    """What the measures lack besides hardness, and why, in sentences."""
    said = []
    if "aum" not in found:
        said.append(
            "There is no AUM: the run was trained by an older version, which recorded no margins."
        )
    if epoch == 1:
        said.append("After one epoch no row varies, and none is forgotten.")
    return said


def percentile_of(found: dict[str, np.ndarray], name: str) -> np.ndarray:
    """How hard each row is by a measure: its percentile, 100 the hardest, [N]."""
    return percentile(MEASURES[name].as_difficulty(found[name]))


def correlations(found: dict[str, np.ndarray]) -> np.ndarray:
    """Rank correlations between all measures in their order, as difficulties; NaN if constant."""
    ranked = {name: percentile_of(found, name) for name in found}  # ranked once, not once a pair
    return np.array([[correlation(x, y) for y in ranked.values()] for x in ranked.values()])
