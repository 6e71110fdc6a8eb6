"""Held-out rows with their labels as given and as reviewed, and what a model's F1 on them is of.

The labels as given are those that the rows were loaded with. As reviewed, those that people decided
on take their place. A run's recorded predictions are scored against either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

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
    decisions: Decisions
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
        called = called_now(self.decisions, run)
        number = np.array([place[called[name]] for name in kind.names(run.classes)], np.int64)
        if own.tags is None:
            return Tally.of_labels(own.labels.astype(np.int64), number[found], len(self.names))
        inside = found > 0  # 0 is no entity; a type has two tags
        tags = np.zeros_like(found)
        tags[inside] = 1 + 2 * number[(found[inside] - 1) // 2] + (found[inside] - 1) % 2
        starts = np.concatenate([[0], np.cumsum([len(row) for row in own.tags])])
        return Tally.of_tags(np.concatenate(own.tags), tags, starts, len(self.names))


def held_out(dataset: Dataset, decisions: Decisions, split: Split, runs: Sequence[Run]) -> HeldOut:
    """The rows of a split of `dataset`, as it was loaded, for these runs on its rows.

    Classes that were renamed or merged since are called as they are now, in either kind of labels
    and in the predictions of all runs: a new name makes no model better or worse.
    """
    kind, now = label_kind(dataset.task), decisions.class_names()
    current = {"given": decisions.current({}), "reviewed": decisions.corrections(split).current}
    given = now.among(kind.names(dataset.classes))
    others = {name for run in runs for name in called_now(decisions, run).values()}
    others |= {n for own in current.values() for one in own.decided.values() for n in names_in(one)}
    names = (*given, *sorted(others.difference(given)))
    rows: dict[Labels, Rows] = {
        labels: kind.apply(dataset, current[labels], names)[split] for labels in LABELS
    }
    return HeldOut(names, decisions, rows, _differing(rows["given"], rows["reviewed"]))


def called_now(decisions: Decisions, run: Run) -> dict[str, str]:
    """What the classes of a run (or its entity types) are called now, by their name in the run."""
    then, now = decisions.class_names(at=run.info.origin_version or 0), decisions.class_names()
    names = label_kind(run.info.task).names(run.classes)
    return {name: now.name(then.key(name)) for name in names}


def _differing(one: Rows, other: Rows) -> int:
    if one.tags is None or other.tags is None:
        return int((one.labels != other.labels).sum())
    return sum(not np.array_equal(a, b) for a, b in zip(one.tags, other.tags, strict=True))


def predictions(run: Run, split: Split) -> np.ndarray | None:
    """The predicted class of each row, or the tag of each word, by the model at the best epoch.

    None before the run's end, and where they were not kept: those of validation rows of texts by
    runs of older versions.
    """
    final = run.final()
    if final is None:
        return None
    if features(run.info.task).entities:
        return None if split not in final.tags else final.tags[split].astype(np.int64)
    if split in final.held_out:
        return final.held_out[split]["top_classes"][:, 0].astype(np.int64)
    return final.test_prediction.astype(np.int64) if split == "test" else None
