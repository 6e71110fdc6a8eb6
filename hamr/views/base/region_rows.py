"""The rows of a region: its own, or the sentences of its entity mentions."""

from __future__ import annotations

import numpy as np

from hamr.regions import Region, Regions
from hamr.store import Run
from hamr.tasks import features
from hamr.views.base import mentions


def training_rows(run: Run, region: Region) -> np.ndarray:
    """The indices of its training rows, ascending.

    Where rows are tagged sentences, a region holds entity mentions (`hamr.views.base.regions`).
    """
    if not features(run.info.task).entities:
        return region.rows
    return np.unique(mentions.mentions(run).row[region.rows])


def held_out_rows(run: Run, region: Region) -> np.ndarray:
    """The validation and test rows that fall in it, as indices among the rows of all splits."""
    if not features(run.info.task).entities or not len(region.held_out):
        return region.held_out
    return np.unique(mentions.all_mentions(run).row[region.held_out])


def all_rows_of(run: Run, region: Region) -> np.ndarray:
    """Its training rows, and the validation and test rows that fall in it, ascending."""
    return np.concatenate([training_rows(run, region), held_out_rows(run, region)])


def region_of_row(run: Run, found: Regions, row: int) -> Region | None:
    """The smallest region that holds a training row, or one of its mentions; None without one."""
    at = np.array([row])
    if features(run.info.task).entities:
        at = mentions.of_row(mentions.mentions(run), row)
    held = found.of_row[at[at < len(found.of_row)]]
    held = held[held >= 0]
    return found.found[int(held[0])] if len(held) else None
