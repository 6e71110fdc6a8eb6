"""Which rows form the meta set D_meta: validation rows, verified rows, or both.

By default D_meta is the validation set, supplemented from the training rows (`hamr.data.meta`), as
in the paper. A *verified* row is one whose label in the data is what a person has decided on, of
training or validation. With `meta_set = "verified"` these rows alone are D_meta, with "both" they
join it. Verified training rows stay in the training set unless `supplementary` moves them, as
supplementary rows do.

A class with one or two verified rows would be learned from these alone, so D_meta is verified only
once each class has FEWEST of them; until then it is what "both" would give, and the run says so.

Axes: N training rows, M validation rows, C classes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamr.config import TrainingSettings
from hamr.data import meta_rows
from hamr.legible import legible_name
from hamr.records import Dataset
from hamr.tasks import label_kind
from hamr.training.chosen import ChosenRows

FEWEST = 5  # verified rows of each class (entity type) that D_meta needs to consist of them alone
SHOWN = 3  # classes that a sentence names


class MetaSet(NamedTuple):
    """The rows of D_meta, and what a run says about them."""

    # Validation rows, then training rows; those of older versions in this order too.
    rows: np.ndarray
    said: str  # "" where it is as by default


def meta_set(
    dataset: Dataset, settings: TrainingSettings, chosen: ChosenRows | None = None
) -> MetaSet:
    """D_meta of the data set under these settings; rows are counted training rows first."""
    trained = len(dataset.train)
    validation = np.arange(trained, trained + len(dataset.validation))
    excluded = None if chosen is None else chosen.excluded
    supplementary = meta_rows(
        dataset.train,
        dataset.validation,
        len(dataset.classes),
        seed=settings.seed,
        excluded=excluded,
    )
    usual = np.concatenate([validation, supplementary])
    if settings.meta_set == "validation" or not settings.learns_weights:
        return MetaSet(usual, "")
    verified = _verified(dataset, chosen)
    own = np.concatenate([verified[verified >= trained], verified[verified < trained]])
    if settings.meta_set == "verified":
        lacking = _lacking(dataset, own)
        if not lacking:
            return MetaSet(own, f"The meta set is the {len(own):,} verified rows")
        why = f"The meta set needs {FEWEST} verified rows of each class and has {lacking}. "
    else:
        why = ""
    joined = np.union1d(supplementary, own[own < trained])
    said = f"{why}The meta set is the validation set and {len(own):,} verified rows"
    return MetaSet(np.concatenate([validation, joined]), said)


def _verified(dataset: Dataset, chosen: ChosenRows | None) -> np.ndarray:
    """The verified rows that are not excluded, ascending."""
    if chosen is None or not len(chosen.verified):
        return np.zeros(0, np.int64)
    found = chosen.verified.copy()
    found[: len(dataset.train)] &= ~chosen.excluded
    return np.flatnonzero(found)


def _lacking(dataset: Dataset, rows: np.ndarray) -> str:
    """Which classes of the training rows have too few of these rows; "" where none has."""
    count = len(dataset.classes)
    named = len(label_kind(dataset.task).names(dataset.classes))
    members = dataset.train.members(count)[:, :named]
    every = np.concatenate([members, dataset.validation.members(count)[:, :named]])
    held = every[rows].sum(0)
    few = np.flatnonzero(members.any(0) & (held < FEWEST))
    names = ", ".join(f"{held[at]} of {legible_name(dataset.classes[at])}" for at in few[:SHOWN])
    more = f" and too few of {len(few) - SHOWN:,} more classes" if len(few) > SHOWN else ""
    return f"{names}{more}"
