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
