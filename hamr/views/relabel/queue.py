"""The rows of all splits in the order in which they are worth a look.

Where the evidence is known (`neighbour_evidence`, of tagged sentences `tag_statistics_of`),
`hamr.triage` gives each row its issue type and label-error score, and estimates how many labels
are wrong. Until then, rows are sorted by hardness, rows of equal hardness by loss, and the types
are those of *Hard or just drawn*; validation and test rows, which are never drawn, come last.
Where hardness ranks rows of low loss first, they are sorted by mean loss instead.

Axes: N training rows, A rows of all splits (`hamr.views.base.all_rows`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hamr.difficulty import FLAT
from hamr.store import Run
from hamr.triage import (
    ISSUE_TYPES,
    SENTENCE_ISSUE_TYPES,
    NeighbourEvidence,
    RowIssues,
    SentenceIssues,
    TagStatistics,
    find_issues,
    find_sentence_issues,
)
from hamr.triage.stopping import count_interval
from hamr.views.base import recency
from hamr.views.base.all_rows import AllRows
from hamr.views.base.current_labels import LabelChanges, with_current_labels
from hamr.views.base.hard_rows import hard_rows, threshold
from hamr.views.base.hardness_check import is_turned, mean_loss
from hamr.views.base.issue_signals import run_signals, word_signals

BY_LOSS = ("lower mean loss", "high mean loss")  # the types where rows are sorted by mean loss
HELD_OUT = "held out"  # the type of rows that are not scored yet because no step draws them


@dataclass(frozen=True)
class Queue:
    """All rows with their issue type and score, the most doubtful first."""

    order: np.ndarray  # [A] rows, the one most worth a look first
    score: np.ndarray  # [A] by row; NaN: not known
    score_is: str  # what the score is
    issue_type: np.ndarray  # [A] by row, an index of `issue_types`
    issue_types: tuple[str, ...]
    likely_errors: int  # how many rows at the top are likely mislabelled; else the hard rows
    classes: tuple[str, ...]  # that issue types and evidence name
    issues: RowIssues | SentenceIssues | None = None  # None: sorted by `score_is`

    @cached_property
    def rank(self) -> np.ndarray:
        """Each row's index in the order, [A]."""
        rank = np.empty(len(self.order), np.int64)
        rank[self.order] = np.arange(len(self.order))
        return rank

    def has_evidence(self, row: int) -> bool:
        """Whether anything is known about the row; without evidence only of rows that are drawn."""
        return bool(np.isfinite(self.score[row]))

    def expected_errors(self, rows: slice) -> float:
        """The expected number of label errors among some rows; NaN until labels are scored."""
        if self.issues is None:
            return float("nan")
        return float(self.issues.label_errors.p_wrong[rows].sum())

    @cached_property
    def error_interval(self) -> tuple[int, int] | None:
        """The interval of the number of label errors of all splits; None until labels are scored.

        With a probability of 95 %, before any review.
        """
        if self.issues is None:
            return None
        return count_interval(self.issues.label_errors.p_wrong, self.likely_errors)

    def diagnosis(self, row: int) -> str:
        """The issue type of a row in words."""
        if self.issues is not None:
            return self.issues.name(row, self.classes).replace("`", "")
        return self.issue_types[int(self.issue_type[row])]


def queue(
    run: Run,
    epoch: int,
    evidence: NeighbourEvidence | TagStatistics | None = None,
    changes: LabelChanges | None = None,
) -> Queue:
    """The queue after an epoch; without evidence it is sorted by hardness, or by mean loss.

    With `changes`, the evidence is about the current labels. Without them, and where rows are
    sentences, it is about the labels that the run was trained on, with the names of their types.
    """
    own = run.classes if changes is None else changes.names[: len(run.classes)]
    if isinstance(evidence, TagStatistics):
        sentences = find_sentence_issues(evidence, word_signals(run, epoch))
        return _by_score(sentences, SENTENCE_ISSUE_TYPES, "log-odds of a wrong entity", own)
    if evidence is None:
        by = _by_mean_loss if is_turned(run, epoch) else _by_hardness
        return _with_held_out(by(run, epoch), run)
    signals, names = run_signals(run, epoch), run.classes
    if changes is not None:
        signals, names = with_current_labels(run, epoch, signals, changes), changes.names
    return _by_score(
        find_issues(evidence, signals), ISSUE_TYPES, "log-odds of a wrong label", names
    )


def _by_hardness(run: Run, epoch: int) -> Queue:
    hardness, loss = run.signal("hardness", epoch), run.signal("loss", epoch)
    is_hard = hardness >= threshold(run, epoch)
    return Queue(
        order=np.lexsort((-loss, -hardness)),
        score=hardness,
        score_is="hardness",
        issue_type=recency.support(run, epoch),
        issue_types=recency.SUPPORT_NAMES,
        likely_errors=int(is_hard.sum()) if np.ptp(hardness) > FLAT else 0,
        classes=run.classes,
    )


def _by_mean_loss(run: Run, epoch: int) -> Queue:
    """The hardest share of the rows by mean loss has the type *high mean loss*."""
    loss = mean_loss(run, epoch)
    high = hard_rows(loss, run.info.settings.training.hard_share)
    return Queue(
        order=np.argsort(-loss, kind="stable"),
        score=loss,
        score_is="mean loss",
        issue_type=high.astype(np.int8),
        issue_types=BY_LOSS,
        likely_errors=int(high.sum()),
        classes=run.classes,
    )


def _by_score(
    issues: RowIssues | SentenceIssues,
    issue_types: tuple[str, ...],
    score_is: str,
    classes: tuple[str, ...],
) -> Queue:
    errors = issues.label_errors
    return Queue(
        order=errors.order,
        score=errors.score,
        score_is=score_is,
        issue_type=issues.issue_type,
        issue_types=issue_types,
        likely_errors=errors.estimated_count,
        classes=classes,
        issues=issues,
    )


def _with_held_out(found: Queue, run: Run) -> Queue:
    """The queue with the rows that it lacks at its end, in the order of the file."""
    known, count = len(found.order), len(AllRows.of(run))
    if known == count:
        return found
    missing = np.arange(known, count)
    return replace(
        found,
        order=np.concatenate([found.order, missing]),
        score=np.concatenate([found.score, np.full(len(missing), np.nan)]),
        issue_type=np.concatenate(
            [found.issue_type, np.full(len(missing), len(found.issue_types), np.int8)]
        ),
        issue_types=(*found.issue_types, HELD_OUT),
    )
