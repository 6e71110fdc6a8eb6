"""The queue of Relabel as a list that leaves the app: a line for each row, the most doubtful first.

The order is that of `queue`, which alone ranks rows. By default it is about the labels that the run
was trained on, as the page is; with `current` about the labels as people have corrected them, as
the page is after *Re-rank with corrections*. Classes are called as they are called now.

Axes: A rows of all splits, n rows of a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hamr.entities import tag_names
from hamr.errors import DamagedError, SettingError, StoreError
from hamr.jobs.neighbour_evidence import neighbour_evidence_of
from hamr.records import Split
from hamr.store import Decisions, Run
from hamr.tasks import features, label_kind
from hamr.triage import NeighbourEvidence, RowIssues, SentenceIssues, TagStatistics
from hamr.triage.stopping import count_interval, errors_left
from hamr.views.base import metadata
from hamr.views.base.all_rows import AllRows
from hamr.views.base.current_labels import LabelChanges, label_changes
from hamr.views.base.issue_signals import tag_statistics
from hamr.views.base.reviewed import called_now
from hamr.views.relabel.by_column import changed_ids, table
from hamr.views.relabel.context import evidence
from hamr.views.relabel.enough import Review
from hamr.views.relabel.queue import Queue, queue
from hamr.views.relabel.suggestion import prefers_other, probability_of_other, suggested_tags

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "id", "text", "label", "issue", "p_label_error", "suggested_label", "suggested_probability",
    "evidence",
)  # fmt: skip
CHUNK = 2000  # rows that are read at once
BETWEEN = "; "  # evidence sentences


@dataclass(frozen=True)
class Estimate:
    """How many labels of some rows are wrong, those included that people have corrected since."""

    rows: int
    reviewed: int
    found: int  # reviewed rows whose label was wrong
    errors: int  # estimated number of label errors
    low: int  # of the interval that holds it with a probability of 95 %
    high: int

    def in_words(self) -> str:
        """One line."""
        found = f", {self.found:,} of them found in {self.reviewed:,} reviewed rows"
        return (
            f"estimated number of label errors: {self.errors:,} ({self.low:,} to {self.high:,}) in "
            f"{self.rows:,} rows{found if self.reviewed else ''}"
        )


@dataclass(frozen=True)
class Line:
    """A row of the list; texts and numbers, None where something is not known."""

    id: str
    text: str
    label: str | list[str]  # the class; of a sentence its tags
    issue: str
    p_label_error: float | None
    suggested_label: str | list[str] | None
    suggested_probability: float | None
    evidence: str

    def cells(self) -> tuple[Any, ...]:
        """Its values in the order of COLUMNS."""
        return tuple(getattr(self, name) for name in COLUMNS)


@dataclass(frozen=True)
class IssueList:
    """All rows of a run after an epoch, with what is known of their labels."""

    run: Run
    epoch: int
    queue: Queue
    rows: AllRows
    decisions: Decisions
    changes: LabelChanges  # from the labels that the run was trained on to those that are ranked
    version: int  # of the last decision that these follow
    why_none: str  # why labels are not scored; "" where they are

    @classmethod
    def of(cls, run: Run, epoch: int, *, current: bool = False) -> IssueList:
        """Of a run after an epoch. Computes what evidence is missing, which may load the encoder.

        Raises StoreError for a run without rows or without that epoch.
        """
        if run.info.label_source is None:
            raise StoreError(
                f"{run.info.name!r} has no rows: its data was never loaded", field="run"
            )
        rows, decisions = AllRows.of(run), run.store.decisions(run.info.label_source)
        version = decisions.version if current else run.info.origin_version or 0
        states = decisions.states(at=version)
        changes = label_changes(run, decisions, rows, states, version)
        ranked, why_none = _ranked(run, epoch, rows, changes)
        return cls(run, epoch, ranked, rows, decisions, changes, version, why_none)

    def order(self, split: Split | None = None) -> np.ndarray:
        """The rows of a split, by default of all splits, the most doubtful first."""
        found = self.queue.order
        if split is None:
            return found
        own = self.rows.of_split(split)
        inside: np.ndarray = found[(found >= own.start) & (found < own.stop)]
        return inside

    def lines(self, order: np.ndarray) -> Iterator[Line]:
        """The lines of those rows."""
        for first in range(0, len(order), CHUNK):
            rows = order[first : first + CHUNK].tolist()
            texts = self.rows.texts(rows)
            for row, text in zip(rows, texts, strict=True):
                yield self._line(row, text)

    def frame(self, split: Split | None = None) -> pd.DataFrame:
        """The whole list as a table; what is not known is missing (`isna`)."""
        import pandas as pd

        lines = [line.cells() for line in self.lines(self.order(split))]
        found = pd.DataFrame(lines, columns=list(COLUMNS))
        numbers = dict.fromkeys(("p_label_error", "suggested_probability"), float)
        return found.astype(numbers)

    def estimate(self, split: Split | None = None) -> Estimate | None:
        """The estimated number of label errors among the labels that are ranked.

        The numbers are those of Relabel: before any review the likely errors, with the interval of
        `count_interval`; then what people found, and what is left by the rows that they reviewed,
        of all splits. None where labels are not scored.
        """
        issues = self.queue.issues
        if issues is None:
            return None
        p_wrong, review = issues.label_errors.p_wrong, self._review
        inside = np.zeros(len(self.rows), bool)
        inside[self.order(split)] = True
        waiting = inside.copy()
        waiting[review.rows] = False
        # What was decided before says nothing about labels that follow it.
        after = review.versions > self.version
        rows, was_wrong = review.rows[after], review.was_wrong[after]
        found = int(was_wrong[inside[rows]].sum())
        if len(rows):
            left = errors_left(p_wrong[waiting], p_wrong[rows], was_wrong)
            expected, low, high = left.expected, left.low, left.high
        else:
            expected = int(waiting[self.queue.order[: self.queue.likely_errors]].sum())
            low, high = count_interval(p_wrong[waiting], expected)
        return Estimate(
            rows=int(inside.sum()),
            reviewed=int((inside & ~waiting).sum()),
            found=found,
            errors=found + expected,
            low=found + low,
            high=found + high,
        )

    def by_column(self, name: str) -> pd.DataFrame:
        """Likely errors by the values of a column of metadata, as *Errors by column* shows them.

        Raises SettingError where the rows have no such column.
        """
        check_column(self.run, name)
        groups, states = metadata.groups(self.run, name), self.decisions.states()
        changed = changed_ids(self.decisions, states)
        return table(groups, name, self.queue, self.rows, states, changed)

    @cached_property
    def _review(self) -> Review:
        return Review.of(self.decisions, self.rows, self.decisions.states())

    @cached_property
    def _called(self) -> dict[str, str]:
        """What the classes that the ranking names are called now."""
        now = called_now(self.decisions, self.run)
        return {name: now.get(name, name) for name in self.queue.classes} | now

    @cached_property
    def _labels(self) -> np.ndarray:
        """The class of each text as an index of `changes.names`, [A]."""
        return self.changes.every_label(self.rows)

    @cached_property
    def _prefers_other(self) -> np.ndarray:
        assert isinstance(self.queue.issues, RowIssues)
        return prefers_other(self.queue.issues)

    @cached_property
    def _tag_names(self) -> np.ndarray:
        """The names of tag numbers, with types as they are called now."""
        types = label_kind(self.run.info.task).names(self.run.classes)
        return np.array(tag_names([self._called[name] for name in types]), object)

    def _line(self, row: int, text: str) -> Line:
        issues = self.queue.issues
        p_wrong = None if issues is None else float(issues.label_errors.p_wrong[row])
        label: str | list[str]
        instead: str | list[str] | None
        if isinstance(issues, SentenceIssues):
            label, (instead, chance) = self._tags(issues, row)
        else:
            label, (instead, chance) = self._class(row)
        return Line(
            id=self.rows.ids[row],
            text=text,
            label=label,
            issue=self.queue.diagnosis(row),
            p_label_error=None if p_wrong is None else round(p_wrong, 4),
            suggested_label=instead,
            suggested_probability=None if chance is None else round(chance, 4),
            evidence=BETWEEN.join(evidence(self.run, self.epoch, row, self.queue)),
        )

    def _class(self, row: int) -> tuple[str, tuple[str | None, float | None]]:
        """The class of a text, and (the class instead, its probability)."""
        issues, names = self.queue.issues, self.changes.names
        label = self._called.get(names[self._labels[row]], names[self._labels[row]])
        if not isinstance(issues, RowIssues) or not self._prefers_other[row]:
            return label, (None, None)
        other = self._called[self.queue.classes[int(issues.other[row])]]
        if other == label:  # both were merged
            return label, (None, None)
        return label, (other, float(probability_of_other(issues, np.array([row]))[0]))

    def _tags(
        self, issues: SentenceIssues, row: int
    ) -> tuple[list[str], tuple[list[str] | None, float | None]]:
        """The tags of a sentence, and (the tags instead, their probability)."""
        first, end = issues.statistics.starts[row : row + 2]
        label = list(self._tag_names[issues.statistics.own[first:end]])
        found = suggested_tags(issues, row)
        if found is None:
            return label, (None, None)
        return label, (list(self._tag_names[found[0]]), found[1])


def _ranked(run: Run, epoch: int, rows: AllRows, changes: LabelChanges) -> tuple[Queue, str]:
    """The queue by these labels, and why it is without label-error scores, if it is."""
    own: NeighbourEvidence | TagStatistics | None = None
    why, moved = "", bool(changes.by_row) or changes.renames(run)
    if features(run.info.task).tag_statistics:
        own = tag_statistics(run)
    else:
        try:
            labels = changes.every_label(rows) if moved else None
            own = neighbour_evidence_of(run, labels, len(changes.names) if moved else None)
        except DamagedError:
            raise
        except StoreError as error:  # the embeddings are no longer in the cache
            why = str(error)
    return queue(run, epoch, own, changes if moved and own is not None else None), why


def check_column(run: Run, name: str) -> None:
    """Raise SettingError where a run's rows have no column of metadata of that name."""
    known = metadata.names(run)
    if name not in known:
        there = f"the columns {', '.join(known)}" if known else "no column of metadata"
        raise SettingError(
            f"--by must be a column of metadata, got {name!r}: the rows of "
            f"{run.info.name!r} have {there}. A run has the columns that --metadata named "
            "when it was trained",
            field="by",
        )
