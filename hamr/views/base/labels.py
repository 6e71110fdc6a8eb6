"""What rows count under and what has an F1, read once per figure, and what both are called.

A text counts under its class. A tagged sentence counts under its rarest entity type, and F1 is of
entity types. Figures and pages take their words from `hamr.tasks`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamr.store import Run
from hamr.tasks import TaskWords, features
from hamr.tasks.words import TEXTS
from hamr.views.base.theme import safe


def tick(name: str, count: int) -> str:
    """A class or a type as an axis names it, with its count: "impact (308)"."""
    return f"{safe(name, 32)} ({count:,})"


@dataclass(frozen=True)
class Labels:
    """Class names [C], the label of every training row [N], and rows per class [C]."""

    names: tuple[str, ...]
    rows: np.ndarray
    counts: np.ndarray
    words: TaskWords = TEXTS
    only_used: bool = False  # leave out what no row counts under

    @classmethod
    def of(cls, run: Run) -> Labels:
        """Those of a run. Raises StoreError until its data is loaded."""
        names, rows = run.classes, run.rows().labels
        counts = np.bincount(rows, minlength=len(names))
        entities = features(run.info.task).entities
        return cls(names, rows, counts, TaskWords.of(run.info.task), entities)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def many(self) -> str:
        """What they are called on screen."""
        return self.words.many

    def rarest_first(self) -> np.ndarray:
        """Class indices by number of training rows, ties in class order.

        Of sentences without those that none counts under, as "no entity" where each has one.
        """
        order = np.argsort(self.counts, kind="stable")
        return order[self.counts[order] > 0] if self.only_used else order

    def tick(self, c: int) -> str:
        """A class as an axis names it: "impact (308)"."""
        return tick(self.names[c], self.counts[c])


@dataclass(frozen=True)
class Held:
    """Which row counts under what: a text under its class, a sentence under each type it holds.

    P pairs of a row and what it counts under; sentences without entities count as such.
    """

    names: tuple[str, ...]  # [C]
    rows: np.ndarray  # [P]
    under: np.ndarray  # [P], indices of the names
    one: str = "class"
    many: str = "classes"
    unit: str = "rows"
    axis: str = TEXTS.axis

    @classmethod
    def of(cls, run: Run) -> Held:
        """Those of a run. Raises StoreError until its data is loaded."""
        table = run.rows()
        if not features(run.info.task).entities:
            return cls(run.classes, np.arange(len(table)), np.asarray(table.labels))
        tags, last = np.asarray(table.all_tags), len(run.classes) - 1
        begins = np.flatnonzero(tags % 2 == 1)  # stored tags are well-formed: a B an entity
        rows = np.searchsorted(table.word_starts, begins, side="right") - 1
        pairs = np.unique(rows * len(run.classes) + (tags[begins] - 1) // 2)
        words = TaskWords.of(run.info.task)
        bare = np.setdiff1d(np.arange(len(table)), rows)
        return cls(
            run.classes,
            np.concatenate([pairs // len(run.classes), bare]),
            np.concatenate([pairs % len(run.classes), np.full(len(bare), last)]),
            words.scored,
            words.scored_many,
            words.unit,
            f"{words.scored} ({words.unit})",
        )

    def __len__(self) -> int:
        return len(self.names)

    def count(self, chosen: np.ndarray | None = None) -> np.ndarray:
        """Rows under each name, [C]; with `chosen` [N] bool only those."""
        under = self.under if chosen is None else self.under[chosen[self.rows]]
        return np.bincount(under, minlength=len(self))


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
        if not features(run.info.task).entities:
            labels = Labels.of(run)
            return cls(labels.names, labels.counts)
        names = run.info.scored
        # Stored tags are well-formed: each entity has exactly one B, which is an odd number.
        tags = np.bincount(run.rows().all_tags, minlength=1 + 2 * len(names))
        words = TaskWords.of(run.info.task)
        return cls(names, tags[1::2], words.scored, words.scored_many, words.scored_unit)

    def __len__(self) -> int:
        return len(self.names)

    def rarest_first(self) -> np.ndarray:
        """Indices of the rarest in training first, ties in class order, [K]."""
        return np.argsort(self.counts, kind="stable")
