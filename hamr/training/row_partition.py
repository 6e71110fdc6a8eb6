"""Which rows are drawn, which form the meta set, and which are scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamr.config import TrainingSettings
from hamr.errors import DataError
from hamr.methods import check_suitable, resolved
from hamr.records import Dataset
from hamr.tasks import label_kind
from hamr.training.chosen import ChosenRows
from hamr.training.meta_set import meta_set


@dataclass(frozen=True)
class RowPartition:
    """Rows by index: training rows first, then validation, then test."""

    train: np.ndarray  # consecutive, as are the next two
    validation: np.ndarray
    test: np.ndarray
    meta: np.ndarray  # D_meta: by default validation, and training rows that fill up rare classes
    drawable: np.ndarray  # [N] bool: rows moved into the meta set or excluded are never drawn
    made: np.ndarray  # of rows that SMOTE makes up, after all others; empty for other methods

    @property
    def drawn(self) -> np.ndarray:
        """All that an epoch may draw: drawable training rows and made-up ones."""
        return np.concatenate([np.flatnonzero(self.drawable), self.made])

    @staticmethod
    def of(
        dataset: Dataset, settings: TrainingSettings, chosen: ChosenRows | None = None
    ) -> RowPartition:
        """The partition of the data set's rows under these settings.

        Rows that are excluded are neither drawn nor in the meta set.

        Raises DataError when weights are to be learned and the meta set lacks a class: the weights
        of its rows would only serve the other classes. Raises SettingError where the method does
        not support the task or the preset.
        """
        check_suitable(settings.method, dataset.task, settings.preset)
        bounds = np.cumsum([0, len(dataset.train), len(dataset.validation), len(dataset.test)])
        train, validation, test = (np.arange(bounds[i], bounds[i + 1]) for i in range(3))
        meta = meta_set(dataset, settings, chosen).rows
        supplementary = meta[meta < len(train)]
        if settings.learns_weights:
            _check_classes(dataset, meta)
        drawable = np.ones(len(train), bool)
        # Copied by default: moving the few rows of a rare class out of the training set
        # starves it (10 points of macro-F1 on a set whose rarest class has 13 rows).
        if settings.supplementary == "move":
            drawable[supplementary] = False
        if chosen is not None:
            drawable &= ~chosen.excluded
        made = np.arange(bounds[3], bounds[3] + _made_count(dataset, settings, chosen))
        return RowPartition(train, validation, test, meta, drawable, made)


def _made_count(dataset: Dataset, settings: TrainingSettings, chosen: ChosenRows | None) -> int:
    """How many rows the method makes up."""
    adds = settings.traits.adds
    if adds is None:
        return 0
    count = resolved(adds, f"what method {settings.method} adds")
    labels = dataset.train.labels if chosen is None else dataset.train.labels[chosen.kept]
    return int(count(np.bincount(labels, minlength=len(dataset.classes))))


def _check_classes(dataset: Dataset, meta: np.ndarray) -> None:
    """Raises DataError unless D_meta has a row of every class that the training rows have.

    It lacks a class where more than half of the classes have no validation rows: the median
    count, up to which classes are filled up from the training rows, is then 0. A sentence counts
    for every entity type in it; "no entity" needs no row.
    """
    count = len(dataset.classes)
    named = len(label_kind(dataset.task).names(dataset.classes))  # those that a row can lack
    members = dataset.train.members(count)[:, :named]
    both = np.concatenate([members, dataset.validation.members(count)[:, :named]])
    known = both[meta].any(0)
    absent = np.flatnonzero(members.any(0) & ~known)
    if len(absent):
        names = ", ".join(repr(dataset.classes[label]) for label in absent[:3])
        more = f" and {len(absent) - 3} more classes" if len(absent) > 3 else ""
        raise DataError(
            f"the meta set has no row of {names}{more}, and weights are learned from rows of every "
            f"class: only {count - len(absent)} of {count} classes have validation rows; raise "
            "validation_share, give a validation file that has them, or choose a method that "
            "learns no weights, such as erm",
            field="validation_share",
        )
