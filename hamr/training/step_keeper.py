"""A few whole steps of each epoch, kept so that people can read them stage by stage.

Nearly all of a step is recorded for every step anyway, in the visits of its epoch. What is taken
here as the steps go by is the rest: the weight curve before and after, and the meta loss. It is
read out and never written, draws no random number, and costs a forward of the weight network on a
hundred numbers, so a run learns the same bits with it and without.

Axes: K steps kept of an epoch, V draws in all of them, M rows of a meta batch, G points of the
weight curve's grid, N training rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy

import numpy as np

from hamr.config import TrainingSettings
from hamr.hardness import ema
from hamr.training.epoch import Epoch
from hamr.training.ledger import Ledger
from hamr.training.summary import CURVE_GRID
from hamr.weighting import WeightModel

STEPS_KEPT = 2  # of each epoch: the first, and one in the middle
CURVES = ("s_before", "s_after", "curve_before", "curve_after", "meta_loss")


class StepKeeper:
    """Keeps steps of the epoch under way."""

    def __init__(self, settings: TrainingSettings, network: WeightModel) -> None:
        self._settings, self._network = settings, network
        self._due: frozenset[int] = frozenset()  # steps of the epoch, from 0
        self._seen: dict[int, dict[str, np.ndarray]] = {}  # by step

    def begin(self, epoch: Epoch, saved: Mapping[str, np.ndarray]) -> None:
        """Start an epoch; `saved` is what `save` gave within it, empty at its first step."""
        self._due, self._seen = kept_steps(self._settings, epoch.number, epoch.steps), {}
        for name, array in saved.items():
            step, own = name.split(".", 1)
            self._seen.setdefault(int(step), {})[own] = np.array(array)

    def save(self) -> dict[str, np.ndarray]:
        """What a run resumed within the epoch needs, by name."""
        return {
            f"{step}.{name}": array
            for step, arrays in self._seen.items()
            for name, array in arrays.items()
        }

    def take(self, epoch: Epoch, take: Callable[[Epoch], float | None]) -> float | None:
        """`take(epoch)`, which takes the epoch's next step; what it does is kept if it is due."""
        step = epoch.steps_done
        if step not in self._due:
            return take(epoch)
        batch = epoch.batch
        before = deepcopy(self._network) if self._settings.learns_weights else None
        meta_loss = take(epoch)
        z = epoch.visits.z[batch]
        after = None if before is None else self._network
        self._seen[step] = {
            "s_before": _curve(before, z),
            "s_after": _curve(after, z),
            "curve_before": _curve(before, CURVE_GRID),
            "curve_after": _curve(after, CURVE_GRID),
            "meta_loss": np.array([np.nan if meta_loss is None else meta_loss], np.float32),
        }
        return meta_loss

    def arrays(self, epoch: Epoch, ledger: Ledger) -> dict[str, np.ndarray]:
        """STEP_ARRAYS of an epoch whose steps are done, before the ledger takes them in.

        A step that an older version took before the run was resumed is left out.
        """
        steps = sorted(self._seen)
        if not steps:
            return {}
        visits, starts = epoch.visits, epoch.visits.starts
        batches = [np.arange(starts[step], starts[step + 1]) for step in steps]
        drawn = np.concatenate(batches)
        rows = visits.rows[drawn]
        # Of hardness as the steps leave it, those of later steps of a row come after.
        hardness = [self._hardness(epoch, ledger, step) for step in steps]
        found = {
            "step": np.array(steps, np.int32) + 1,
            "starts": np.cumsum([0, *map(len, batches)]).astype(np.int32),
            "rows": rows.astype(np.int32),
            **{name: getattr(visits, name)[drawn] for name in ("loss", "z", "pre", "post")},
            "observed": visits.hard[drawn],
            "gradient": visits.weight_gradient[drawn],
            "alignment": visits.alignment()[drawn],
            "probability": _of_rows(epoch.probability, rows),
            "factor": _of_rows(ledger.factor, rows),
            "epoch_hardness": _of_rows(ledger.state["hardness"], rows),
            "epoch_boost": _of_rows(ledger.state["boost"], rows),
            "hardness_before": np.concatenate([before for before, _ in hardness]),
            "hardness_after": np.concatenate([after for _, after in hardness]),
            "meta_rows": epoch.meta[steps].astype(np.int32),
            "curve_z": CURVE_GRID,
        }
        for name in ("s_before", "s_after", "meta_loss"):
            found[name] = np.concatenate([self._seen[step][name] for step in steps])
        for name in ("curve_before", "curve_after"):
            found[name] = np.stack([self._seen[step][name] for step in steps])
        return found

    def _hardness(self, epoch: Epoch, ledger: Ledger, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Of each draw of the step, its row's hardness before the step and after it, [B] each."""
        visits, starts = epoch.visits, epoch.visits.starts
        first, end = int(starts[step]), int(starts[step + 1])
        own, place = np.unique(visits.rows[first:end], return_inverse=True)
        start = _of_rows(ledger.state["hardness"], own)
        found = []
        for until in (first, end):
            at = np.minimum(np.searchsorted(own, visits.rows[:until]), len(own) - 1)
            seen = own[at] == visits.rows[:until]
            after = ema(start, at[seen], visits.hard[:until][seen], self._settings.gamma)
            found.append(after[place])
        return found[0], found[1]


def kept_steps(settings: TrainingSettings, number: int, steps: int) -> frozenset[int]:
    """The steps of an epoch of so many that are kept, from 0: spread evenly, each a meta step.

    Where the weight network learns at every m-th step alone, the next such step is taken.
    """
    first, found = (number - 1) * steps, set()
    for at in range(STEPS_KEPT):
        step = at * steps // STEPS_KEPT
        ahead = -(first + step) % settings.meta_every if settings.learns_weights else 0
        found.add(step + ahead if step + ahead < steps else step)
    return frozenset(found)


def _curve(network: WeightModel | None, z: np.ndarray) -> np.ndarray:
    """s = sigmoid(V(z)); NaN without a network, or where s is no function of z."""
    return np.full(len(z), np.nan, np.float32) if network is None else network.curve(z)


def _of_rows(values: np.ndarray | None, rows: np.ndarray) -> np.ndarray:
    """The values of those rows: 1 where there are none, NaN of rows that SMOTE made up."""
    if values is None:
        return np.ones(len(rows), np.float32)
    own = rows < len(values)
    found: np.ndarray = np.where(own, values[np.where(own, rows, 0)], np.nan).astype(values.dtype)
    return found
