"""The issue type of each row: one for every row, by fixed rules.

A row can match several types; it gets the first of these:

- *likely mislabelled*: among the estimated number of label errors with the highest scores
  (`label_errors.py`);
- *near-duplicate*: another row has a cosine similarity of at least 0.95 to it;
- *outlier*: its mean similarity to its ten nearest rows is more than three standard deviations
  below that of the median row, estimated from the median deviation (Iglewicz and Hoaglin 1993);
- *ambiguous*: its label is less than 1.5 times as likely as the likeliest other class, or even
  less likely than that class, but not likely enough to be wrong;
- *hard but correct*: its hardness is among the highest fifth (its mean loss, where hardness is the
  same for all rows, as in plain training, or ranks rows of low loss first), yet its label is at
  least 1.5 times as likely as any other class;
- *rare*: its class has less than half the rows of an even split.

All other rows are *unremarkable*.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int8

from hamr.triage.label_errors import LabelErrors, RunSignals, estimate_label_errors
from hamr.triage.neighbour_votes import NeighbourEvidence
from hamr.triage.percentile_rank import difficulty, percentile_rank

ISSUE_TYPES = (
    "likely mislabelled",
    "near-duplicate",
    "outlier",
    "ambiguous",
    "hard but correct",
    "rare",
    "unremarkable",
)
MISLABELLED, DUPLICATE, OUTLIER, AMBIGUOUS, HARD, RARE, UNREMARKABLE = range(len(ISSUE_TYPES))

SIMILAR, NEAREST = 0.95, 10  # a near-duplicate's similarity; neighbours that sentences count
DEVIATIONS, TIMES, HARD_SHARE, HALF = 3.0, 1.5, 0.2, 0.5


@dataclass(frozen=True)
class RowIssues:
    """The label-error scores and issue types of A rows after an epoch; the first N are trained on.

    Rows that no step draws have no hardness: they are never *hard but correct*.
    """

    evidence: NeighbourEvidence
    signals: RunSignals
    label_errors: LabelErrors

    @cached_property
    def other(self) -> Int[np.ndarray, " a"]:
        """The likeliest class other than the label, which the row would get instead."""
        log_p = self.label_errors.log_p.copy()
        log_p[np.arange(len(log_p)), self.evidence.own] = -np.inf
        other: Int[np.ndarray, " a"] = log_p.argmax(1)
        return other

    @cached_property
    def advantage(self) -> Float[np.ndarray, " a"]:
        """Log of how many times as likely as `other` the label is; negative: less likely."""
        rows, log_p = np.arange(len(self.other)), self.label_errors.log_p
        difference: Float[np.ndarray, " a"] = (
            log_p[rows, self.evidence.own] - log_p[rows, self.other]
        )
        return difference

    @cached_property
    def difficulty(self) -> Float32[np.ndarray, "e n"]:
        """Hardness at every epoch; the running mean of the loss if that ranks nothing."""
        return difficulty(self.signals.hardness, self.signals.loss)

    @cached_property
    def percentile_rank(self) -> Float32[np.ndarray, "e n"]:
        """The share of training rows that are at least as difficult, at every epoch."""
        return percentile_rank(self.difficulty)

    @cached_property
    def matches(self) -> Bool[np.ndarray, "a t"]:
        """Which issue types each row matches, in the order of ISSUE_TYPES without the last one."""
        found = np.zeros((len(self.other), UNREMARKABLE), bool)
        trained = self.signals.trained
        found[self.label_errors.order[: self.label_errors.estimated_count], MISLABELLED] = True
        settled = self.advantage >= np.log(TIMES)
        counts, near = self.evidence.counts, self.evidence.similarities
        found[:, DUPLICATE] = (near[:, :1] >= SIMILAR).any(1)
        found[:, OUTLIER] = _far(near[:, :NEAREST])
        found[:, AMBIGUOUS] = ~settled
        found[:trained, HARD] = settled[:trained] & (self.percentile_rank[-1] <= HARD_SHARE)
        found[:, RARE] = (counts < HALF * counts.sum() / len(counts))[self.evidence.own]
        return found

    @cached_property
    def issue_type(self) -> Int8[np.ndarray, " a"]:
        """The issue type of each row, an index into ISSUE_TYPES."""
        none = ~self.matches.any(1)
        return np.where(none, UNREMARKABLE, self.matches.argmax(1)).astype(np.int8)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows each issue type has, by its name."""
        counts = np.bincount(self.issue_type, minlength=len(ISSUE_TYPES))
        return {name: int(counts[kind]) for kind, name in enumerate(ISSUE_TYPES)}

    def name(self, row: int, classes: tuple[str, ...]) -> str:
        """The row's issue type in words; "ambiguous between A and B" names both classes."""
        issue_type = ISSUE_TYPES[self.issue_type[row]]
        if self.issue_type[row] != AMBIGUOUS:
            return issue_type
        pair = (classes[self.evidence.own[row]], classes[self.other[row]])
        return f"{issue_type} between {' and '.join(f'`{name}`' for name in pair)}"


def find_issues(evidence: NeighbourEvidence, signals: RunSignals) -> RowIssues:
    """The issues of all rows; cheap enough to be computed again for every epoch."""
    return RowIssues(evidence, signals, estimate_label_errors(evidence, signals))


def _far(similarities: Float32[np.ndarray, "a k"]) -> Bool[np.ndarray, " a"]:
    """Rows whose neighbours are unusually dissimilar; none where no row has neighbours."""
    known = np.isfinite(similarities)
    mean = np.where(known, similarities, 0).sum(1) / np.maximum(known.sum(1), 1)
    middle = np.median(mean)
    spread = 1.4826 * np.median(np.abs(mean - middle))  # a normal's standard deviation
    far: Bool[np.ndarray, " a"] = mean < middle - DEVIATIONS * max(float(spread), 1e-6)
    return far
