"""The classes of a run and how many training rows each has, read once per figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamr.store import Run
from hamr.views.theme import safe


@dataclass(frozen=True)
class Labels:
    """Class names [C], the label of every training row [N], and rows per class [C]."""

    names: tuple[str, ...]
    rows: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, run: Run) -> Labels:
        """Those of a run. Raises StoreError until its data is loaded."""
        names, rows = run.classes, run.rows().labels
        return cls(names, rows, np.bincount(rows, minlength=len(names)))

    def __len__(self) -> int:
        return len(self.names)

    def rarest_first(self) -> np.ndarray:
        """Class indices by number of training rows, ties in class order, [C]."""
        return np.argsort(self.counts, kind="stable")

    def tick(self, c: int) -> str:
        """A class as an axis names it: "impact (308)"."""
        return f"{safe(self.names[c], 32)} ({self.counts[c]:,})"


@dataclass(frozen=True)
class Scored:
    """What has an F1: the classes, or the entity types, and what they are called on screen."""

    names: tuple[str, ...]  # [K], the first K of the run's classes
    counts: np.ndarray  # training rows of each class, or training entities of each type, [K]
    one: str = "class"
    many: str = "classes"
    unit: str = "rows"  # what is counted

    @classmethod
    def of(cls, run: Run) -> Scored:
        """Those of a run. Raises StoreError until its data is loaded."""
        if run.info.task != "token":
            labels = Labels.of(run)
            return cls(labels.names, labels.counts)
        names = run.info.scored
        # Stored tags are well-formed: each entity has exactly one B, which is an odd number.
        tags = np.bincount(run.rows().all_tags, minlength=1 + 2 * len(names))
        return cls(names, tags[1::2], "entity type", "entity types", "entities")

    def __len__(self) -> int:
        return len(self.names)

    def rarest_first(self) -> np.ndarray:
        """Indices of the rarest in training first, ties in class order, [K]."""
        return np.argsort(self.counts, kind="stable")
