"""Rows that people chose: left out of training, drawn more often, or verified by them.

Axes: N training rows, M validation rows, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hamr.config import TrainingSettings
from hamr.errors import SettingError
from hamr.legible import legible_name
from hamr.methods import draws_every_row_once
from hamr.records import SPLITS, Dataset
from hamr.tasks import label_kind

SHOWN_IDS = 3  # of unknown rows that a sentence names


@dataclass(frozen=True)
class ChosenRows:
    """What a run does with some of its N training rows.

    An excluded row stays in the record, with its loss and prediction of each epoch, but nothing
    learns from it: it is never drawn, nor copied into D_meta, and its label counts neither for
    class frequencies nor for soft targets.
    """

    excluded: np.ndarray  # [N] bool
    factor: np.ndarray  # [N] float64, of the probability of a draw; 1 where nothing changes
    # [N + M] bool, training rows first: whose label a person has reviewed; empty if nobody asked
    verified: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))

    @property
    def kept(self) -> np.ndarray:
        """The rows that training uses, [K] indices."""
        return np.flatnonzero(~self.excluded)

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        settings: TrainingSettings,
        excluded: Sequence[str] = (),
        more: Sequence[str] = (),
        verified: Sequence[str] | None = None,
    ) -> ChosenRows:
        """Those of these ids; of `verified` those of training and validation rows count.

        Raises SettingError, with its field, for an id that no training row has (of verified rows:
        no row at all), a class of which no row would be left, and a method that draws no row more
        often than another.
        """
        if more and not settings.resamples:
            raise draws_every_row_once(settings.method)
        index = {row_id: row for row, row_id in enumerate(dataset.train.ids)}
        left_out = _mask(index, excluded, "exclude_rows")
        _check_left(dataset, left_out)
        chosen = _mask(index, more, "draw_more")
        factor = np.where(chosen, settings.draw_more_factor, 1.0)
        if verified is None:
            return cls(left_out, factor)
        every = [row_id for split in SPLITS for row_id in dataset.split(split).ids]
        index = {row_id: row for row, row_id in reversed([*enumerate(every)])}
        mask = _mask(index, verified, "verified_rows", size=len(every), kind="row")
        return cls(left_out, factor, mask[: len(dataset.train) + len(dataset.validation)])


def _mask(
    index: dict[str, int],
    ids: Sequence[str],
    field: str,
    *,
    size: int | None = None,
    kind: str = "training row",
) -> np.ndarray:
    """Which rows have these ids, [N] bool or of that size."""
    unknown = [row_id for row_id in ids if row_id not in index]
    if unknown:
        names = ", ".join(repr(legible_name(row_id)) for row_id in unknown[:SHOWN_IDS])
        more = f" and {len(unknown) - SHOWN_IDS:,} more" if len(unknown) > SHOWN_IDS else ""
        raise SettingError(
            f"{field} names {names}{more}, which no {kind} of these data has: take these "
            "ids out, or choose the data that the rows are from",
            field=field,
        )
    found = np.zeros(len(index) if size is None else size, bool)
    found[[index[row_id] for row_id in ids]] = True
    return found


def _check_left(dataset: Dataset, excluded: np.ndarray) -> None:
    """Raises SettingError where all rows, or all of a class, would be excluded."""
    if not excluded.any():
        return
    if excluded.all():
        raise SettingError(
            "exclude_rows names every training row, so nothing would be left to train on: "
            "exclude fewer rows",
            field="exclude_rows",
        )
    members = dataset.train.members(len(dataset.classes))
    members = members[:, : len(label_kind(dataset.task).names(dataset.classes))]
    gone = np.flatnonzero(members.any(0) & ~members[~excluded].any(0))
    if len(gone):
        names = ", ".join(repr(legible_name(dataset.classes[at])) for at in gone[:SHOWN_IDS])
        raise SettingError(
            f"exclude_rows leaves no training row of {names}: keep some of its rows, or merge the "
            "class with another one",
            field="exclude_rows",
        )
