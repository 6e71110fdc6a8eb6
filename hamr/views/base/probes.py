"""How far the meta-gradient in use is from the exact one: the probes of a run, summed up.

A probe takes the gradient of the weight network V's parameters theta twice at one step, by
the form in use (g) and exactly (g*), and keeps their cosine <g, g*> / (|g| |g*|). The weight
network's Adam rescales the gradient anyway, so its direction is what a shortcut can spoil.

Axes: P probes, in the order of their steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamr.config import META_GRADIENT_TITLES, TrainingSettings
from hamr.errors import DamagedError, StoreError
from hamr.methods import method_title
from hamr.store import Run

ARRAYS = ("probe_step", "probe_cosine")
LOW_SHARE = 5  # percent of the probes that lie below the low percentile
CLOSER = ("exact", "first_order")  # forms to choose where the one in use differs too much


@dataclass(frozen=True)
class Probes:
    """The probes of a run with a finite cosine, and how many others there are."""

    step: np.ndarray  # [P] int64, steps since the run began
    epoch: np.ndarray  # [P] int64, 1-based
    cosine: np.ndarray  # [P] float64, in [-1, 1]
    undefined: int = 0  # probes at which one of the two gradients was zero
    unprobed: tuple[int, ...] = ()  # epochs recorded by a version that did not probe

    @classmethod
    def of(cls, run: Run) -> Probes:
        """All probes of a run's complete epochs.

        Epochs recorded before there were probes are left out and named in `unprobed`.
        Raises DamagedError if an epoch's file is missing or was altered.
        """
        epochs = run.epochs()
        known = _known(run, epochs)
        steps = [np.asarray(arrays["probe_step"], np.int64) for arrays in known.values()]
        cosines = [np.asarray(arrays["probe_cosine"], float) for arrays in known.values()]
        step, cosine = (np.concatenate([np.zeros(0), *parts]) for parts in (steps, cosines))
        epoch = np.repeat(np.array(list(known), np.int64), [len(part) for part in steps])
        finite = np.isfinite(cosine)
        return cls(
            step=step[finite].astype(np.int64),
            epoch=epoch[finite],
            cosine=np.clip(cosine[finite], -1, 1),  # rounding may carry it past 1
            undefined=int((~finite).sum()),
            unprobed=tuple(e for e in epochs if e not in known),
        )

    def __len__(self) -> int:
        return len(self.step)

    @property
    def mean(self) -> float:
        """The mean cosine; NaN without a probe."""
        return float(self.cosine.mean()) if len(self) else float("nan")

    @property
    def low(self) -> float:
        """The 5th percentile of the cosines; NaN without a probe."""
        return float(np.percentile(self.cosine, LOW_SHARE)) if len(self) else float("nan")

    def at(self, epoch: int) -> Probes:
        """Those of one epoch."""
        own = self.epoch == epoch
        return Probes(self.step[own], self.epoch[own], self.cosine[own])

    def by_epoch(self) -> list[dict[str, Any]]:
        """For each epoch with a probe: how many, their mean, 5th percentile and lowest."""
        parts = [(int(epoch), self.at(int(epoch))) for epoch in np.unique(self.epoch)]
        return [
            {
                "epoch": epoch,
                "probes": len(part),
                "mean": part.mean,
                "5th percentile": part.low,
                "lowest": float(part.cosine.min()),
            }
            for epoch, part in parts
        ]


def _known(run: Run, epochs: Sequence[int]) -> dict[int, dict[str, np.ndarray]]:
    """The probe arrays of each epoch that has them."""
    try:
        return dict(zip(epochs, run.arrays_over(epochs, ARRAYS), strict=True))
    except DamagedError:
        raise
    except StoreError:
        pass  # an epoch has none, so read the epochs one by one
    known = {}
    for epoch in epochs:
        try:
            known[epoch] = run.arrays(epoch, ARRAYS)
        except DamagedError:
            raise
        except StoreError:
            continue
    return known


def form_in_words(name: str) -> tuple[str, str]:
    """A form's title and what it does: ("Last layer", "the virtual step moves the head alone")."""
    title, _, meaning = META_GRADIENT_TITLES[name].partition(": ")
    return title, meaning


def never_probed(training: TrainingSettings) -> str | None:
    """Why runs of these settings have nothing to probe, in sentences; None for those that have."""
    if not training.learns_weights:
        return (
            f"{method_title(training.method)} takes no meta step, so it has no meta-gradient. "
            "Train with HAMR+ to see one."
        )
    if not training.fine_tunes:
        return (
            "The quick preset's gradient is exact, in closed form: nothing is lost to a shortcut. "
            "The full preset has shortcuts to choose from, and probes them here."
        )
    if training.meta_gradient == "exact":
        return (
            "This run takes the exact meta-gradient at every step: there is no shortcut to check. "
            "A run with another meta gradient is probed here."
        )
    if training.probe_every == 0:
        return (
            "This run does not check its meta-gradient, because probe_every is 0. Set it to 50 "
            "in the next run to check one step in 50."
        )
    return None


def none_yet(run: Run, probes: Probes) -> str | None:
    """Why a run that probes has no probe to show, in sentences; None if it has one."""
    if len(probes):
        return None
    if probes.undefined:
        return (
            f"In all {probes.undefined:,} probes one of the two gradients was zero, so they have "
            "no cosine. This happens when all rows of a batch have the same weight."
        )
    if probes.unprobed:
        return (
            "This run was recorded by an earlier version, which did not check its meta-gradient. "
            "Train it again to see what the shortcut costs."
        )
    every = run.info.settings.training.probe_every
    return (
        f"No probe yet: one step in {every:,} is checked, and the epochs so far have "
        f"{run.scalars()[-1]['step']:,} steps. Probes appear at the end of an epoch."
    )


def closer_forms(name: str) -> tuple[str, ...]:
    """The forms that follow the exact gradient more closely than the named one."""
    return CLOSER[: CLOSER.index(name)] if name in CLOSER else CLOSER
