"""Whether a review has found enough label errors: how many are left, and a random sample of rows.

A row counts as reviewed once it has a label that nobody contradicts. Rows that somebody is unsure
about, skipped, or labelled differently from somebody else still wait. A label error is found
where the decided label differs from the one that the row came with; a class that was only renamed
or merged does not count.

Axes: A rows of all splits, n reviewed ones, k rows of a sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hamr.decisions import State
from hamr.store import Decisions, Run
from hamr.triage.stopping import (
    CONFIDENCE,
    TARGET,
    ErrorsLeft,
    errors_left,
    is_enough,
    p_value_of_missing,
    share_interval,
)
from hamr.views.base.all_rows import AllRows

SAMPLE_ROWS = 50


@dataclass(frozen=True)
class Review:
    """The reviewed rows, in the order in which they were reviewed."""

    rows: np.ndarray  # [n]
    was_wrong: np.ndarray  # [n] bool
    versions: np.ndarray  # [n] of the first decision that gave the row a label

    @classmethod
    def of(cls, decisions: Decisions, known: AllRows, states: Mapping[str, State]) -> Review:
        """From the states of rows."""
        current, given = decisions.current(states), decisions.current({})
        original, found = decisions.rows.original, []
        for row_id, state in states.items():
            if row_id in known.rows and row_id in decisions.rows and is_settled(state):
                wrong = current.label(row_id, original) != given.label(row_id, original)
                first = min(one.version for one in state.judgements if one.label is not None)
                found.append((first, known.rows[row_id], wrong))
        found.sort()
        versions, rows, was_wrong = zip(*found, strict=True) if found else ((), (), ())
        return cls(np.array(rows, np.int64), np.array(was_wrong, bool), np.array(versions))

    @property
    def found(self) -> int:
        """How many label errors are found."""
        return int(self.was_wrong.sum())


@dataclass(frozen=True)
class Sample:
    """Rows drawn at random from those that were not reviewed at some version."""

    rows: np.ndarray  # [k], in the order in which they were drawn
    drawn_from: np.ndarray  # the rows that were not reviewed then

    @classmethod
    def of(cls, known: AllRows, then: Mapping[str, State], version: int) -> Sample:
        """The sample of a version, of which `then` has the states; the same on every call."""
        done = [known.rows[row] for row, state in then.items() if row in known.rows and
                is_settled(state)]  # fmt: skip
        waiting = np.setdiff1d(np.arange(len(known)), np.array(done, np.int64))
        drawn = np.random.default_rng([version, len(known)]).permutation(waiting)[:SAMPLE_ROWS]
        return cls(drawn, waiting)

    def errors_left(self, review: Review) -> tuple[int, int, int, int] | None:
        """(rows of the sample reviewed, errors among them, fewest and most errors left).

        Only rows before the first unreviewed one count: those that people pick are no longer
        random. None before the first. The interval is that of Clopper and Pearson for all rows
        that the sample was drawn from, less the errors that were found there since.
        """
        is_reviewed = np.isin(self.rows, review.rows)
        count = len(self.rows) if is_reviewed.all() else int(np.argmin(is_reviewed))
        if not count:
            return None
        wrong = review.rows[review.was_wrong]
        errors = int(np.isin(self.rows[:count], wrong).sum())
        since = int(np.isin(wrong, self.drawn_from).sum())
        waiting = int((~np.isin(self.drawn_from, review.rows)).sum())
        low, high = (
            share * len(self.drawn_from) - since for share in share_interval(errors, count)
        )
        return count, errors, max(0, round(low)), int(np.clip(round(high), 0, waiting))


@dataclass(frozen=True)
class Enough:
    """What a review has found, what it has left, and whether it may stop."""

    row_count: int
    reviewed: int
    found: int
    left: ErrorsLeft
    p_value: float  # of the test that does not trust the scores

    @property
    def may_stop(self) -> bool:
        """Whether the target is reached, by the scores or without them."""
        return is_enough(self.found, self.left) or self.whatever_the_scores

    @property
    def whatever_the_scores(self) -> bool:
        """Whether it is reached by the test that does not trust the scores."""
        return self.p_value < 1 - CONFIDENCE

    def in_words(self) -> str:
        """One line on what is left, and whether to go on."""
        left = f"{self.left.expected:,} label errors left ({self.left.low:,} to {self.left.high:,})"
        share = f"{100 * TARGET:.0f} % of all errors are found"
        found = f"{share}: you can stop" if self.may_stop else f"go on until {share}"
        return f"about {left}; {found}"

    def as_json(self) -> dict[str, Any]:
        """For the command line."""
        left = {"estimate": self.left.expected, "low": self.left.low, "high": self.left.high}
        return {
            "rows": self.row_count,
            "reviewed": self.reviewed,
            "errors_found": self.found,
            "errors_left": left,
            "share_found_at_least": round(self.left.share_found(self.found), 4),
            "target": TARGET,
            "confidence": CONFIDENCE,
            "p_value_without_scores": self.p_value,
            "may_stop": self.may_stop,
        }


def enough(run: Run, p_wrong: np.ndarray, review: Review) -> Enough:
    """From the estimated probability [A] that the label which the run had for a row is wrong.

    Decisions that the run was trained on say nothing about that estimate, which they changed.
    """
    waiting = np.ones(len(p_wrong), bool)
    waiting[review.rows] = False
    after = review.versions > (run.info.origin_version or 0)
    rows, wrong = review.rows[after], review.was_wrong[after]
    return Enough(
        row_count=len(p_wrong),
        reviewed=len(review.rows),
        found=review.found,
        left=errors_left(p_wrong[waiting], p_wrong[rows], wrong),
        p_value=p_value_of_missing(review.was_wrong, len(p_wrong)),
    )


def is_settled(state: State) -> bool:
    """Whether a row has a label that nobody contradicts."""
    return state.label is not None
