"""Which corrections a run was trained on: how many labels, and by which decisions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from hamr.errors import StoreError
from hamr.records import SPLITS, Split
from hamr.store.info import RunInfo

if TYPE_CHECKING:
    from hamr.store.base import StoreBase


@dataclass(frozen=True)
class HeldCorrections:
    """The corrections that the rows of a run hold."""

    by_split: dict[Split, int]  # labels that differ from those of the data as it was loaded
    version: int  # of the last decision that they include
    parent: str | None  # the run that they were first trained for
    added: int = 0  # training rows that the data as it was loaded lacks

    @property
    def labels(self) -> int:
        """How many labels of all splits are corrected."""
        return sum(self.by_split.values())

    def __str__(self) -> str:
        """Such as "24 labels corrected, 9 rows added, decisions up to 56"."""
        labels = "1 label" if self.labels == 1 else f"{self.labels:,} labels"
        rows = "1 row" if self.added == 1 else f"{self.added:,} rows"
        added = f", {rows} added" if self.added else ""
        return f"{labels} corrected{added}, decisions up to {self.version:,}"


def held_corrections(store: StoreBase, info: RunInfo) -> HeldCorrections | None:
    """The corrections of a run; None for a run on labels as given.

    Rows of either data set that can't be read count as not corrected: a list of runs is shown
    whatever has happened to one of them.
    """
    if info.origin is None or info.fingerprint is None:
        return None
    try:
        found = _differing(store, info.origin, info.fingerprint)
        added = info.train_rows - len(store.rows(info.origin, "train"))
    except StoreError:
        found, added = dict.fromkeys(SPLITS, 0), 0
    return HeldCorrections(found, info.origin_version or 0, info.parent, added)


@lru_cache(maxsize=512)
def _differing(store: StoreBase, origin: str, fingerprint: str) -> dict[Split, int]:
    """Rows of each split whose label differs. The rows of a fingerprint never change."""
    return {split: _changed(store, origin, fingerprint, split) for split in SPLITS}


def _changed(store: StoreBase, origin: str, fingerprint: str, split: Split) -> int:
    before, after = (store.rows(data, split) for data in (origin, fingerprint))
    if not len(before):
        return 0
    # By name: a class may be called otherwise, or be one with another, so that numbers moved.
    was, now = (np.array(table.classes, object) for table in (before, after))
    if not before.has_words:
        return int((was[before.labels] != now[after.labels[: len(before)]]).sum())
    # Rows that people have labelled since come after those of the data, as their words do.
    tags = after.all_tags[: len(before.all_tags)]
    other = _named(before.all_tags, was) != _named(tags, now)
    return int(np.logical_or.reduceat(other, before.word_starts[:-1]).sum())


def _named(tags: np.ndarray, types: np.ndarray) -> np.ndarray:
    """Tags as texts that say whether a word begins an entity, and of which type, [W]."""
    names = ["", *(f"{part} {name}" for name in types for part in ("first", "later"))]
    found: np.ndarray = np.array(names, object)[tags]
    return found
