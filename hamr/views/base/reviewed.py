"""Held-out rows with their labels as given and as reviewed, and what a model's F1 on them is of.

The labels as given are those that the rows were loaded with. As reviewed, those that people decided
on take their place. A run's recorded predictions are scored against either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hamr.decisions import CurrentLabels
from hamr.decisions.log import names_in
from hamr.records import Dataset, Rows, Split
from hamr.store import Decisions, Run
from hamr.tasks import features, label_kind
from hamr.views.base.significance import Tally

Labels = Literal["given", "reviewed"]
LABELS: dict[Labels, str] = {"reviewed": "as reviewed", "given": "as given"}


@dataclass(frozen=True)
class HeldOut:
    """The rows of a split with either kind of label, as numbers of the same names."""

    names: tuple[str, ...]  # classes, or entity types, those that only decisions name included
    rows: dict[Labels, Rows]
    changed: int  # rows whose label differs

    def tally(self, run: Run, split: Split, labels: Labels) -> Tally | None:
        """What the run's F1 is made of; None where its predictions were not kept.

        The classes are `names`, those of the run included.
        """
        own, kind = self.rows[labels], label_kind(run.info.task)
        found = predictions(run, split)
        if found is None:
            return None
        place = {name: at for at, name in enumerate(self.names)}
        number = np.array([place[name] for name in kind.names(run.classes)], np.int64)
        if own.tags is None:
            return Tally.of_labels(own.labels.astype(np.int64), number[found], len(self.names))
        inside = found > 0  # 0 is no entity; a type has two tags
        tags = np.zeros_like(found)
        tags[inside] = 1 + 2 * number[(found[inside] - 1) // 2] + (found[inside] - 1) % 2
        starts = np.concatenate([[0], np.cumsum([len(row) for row in own.tags])])
        return Tally.of_tags(np.concatenate(own.tags), tags, starts, len(self.names))


def held_out(dataset: Dataset, decisions: Decisions, split: Split, runs: Sequence[Run]) -> HeldOut:
    """The rows of a split of `dataset`, as it was loaded, for these runs on its rows."""
    kind = label_kind(dataset.task)
    current = decisions.corrections(split).current
    given = kind.names(dataset.classes)
    others = {name for run in runs for name in kind.names(run.classes)}
    others |= {name for label in current.decided.values() for name in names_in(label)}
    names = (*given, *sorted(others.difference(given)))
    as_given = kind.apply(dataset, CurrentLabels(), names)[split]
    reviewed = kind.apply(dataset, current, names)[split]
    changed = sum(row in current.decided for row in as_given.ids)
    return HeldOut(names, {"given": as_given, "reviewed": reviewed}, changed)


def predictions(run: Run, split: Split) -> np.ndarray | None:
    """The predicted class of each row, or the tag of each word, by the model at the best epoch.

    None before the run's end, and where they were not kept: those of validation rows of texts.
    """
    final = run.final()
    if final is None:
        return None
    if features(run.info.task).entities:
        return None if split not in final.tags else final.tags[split].astype(np.int64)
    return final.test_prediction.astype(np.int64) if split == "test" else None
