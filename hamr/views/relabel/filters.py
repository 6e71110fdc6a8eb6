"""Which rows of the queue are shown: by reviews, split, text, label, type, metadata and lasso.

Axes: A rows of all splits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from hamr.decisions import State
from hamr.records import SPLITS, Split
from hamr.store import Run
from hamr.views.base.all_rows import AllRows
from hamr.views.base.current_labels import LabelChanges, current_classes
from hamr.views.relabel.queue import Queue

TO_REVIEW, TO_REVIEW_BY_ME, CONFLICTS, UNSURE, REVIEWED, ALL = SHOWN = (
    "not yet reviewed",
    "not yet reviewed by me",
    "conflicts",
    "unsure",
    "reviewed",
    "all rows",
)
OPEN_COMMENTS, RETIRED = BY_TEAM = ("with open comments", "with a retired label")
EVERY_CHOICE = (*SHOWN, *BY_TEAM)
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """Which rows of the queue to show. Empty fields leave every row in."""

    shown: str = TO_REVIEW  # one of EVERY_CHOICE
    query: str = ""
    labels: tuple[str, ...] = ()  # by current label; of sentences by the rarest type
    issue_type: int | None = None
    split: Split | None = None
    rows: np.ndarray | None = None  # of a lasso or a region
    sample: np.ndarray | None = None  # drawn at random, in the order to show them in
    with_values: np.ndarray | None = None  # [A] bool: of chosen values of a metadata column

    commented: frozenset[str] = NOBODY  # ids of the rows with open comments
    mentioned: frozenset[str] = NOBODY  # ids of the rows with `query` in a comment
    retired: frozenset[str] = NOBODY  # ids of the rows whose label has a retired class

    @property
    def narrowed(self) -> bool:
        """Whether anything but `shown` leaves rows out."""
        filters = self.query or self.labels or self.issue_type is not None or self.split
        return (
            bool(filters)
            or self.rows is not None
            or self.with_values is not None
            or (self.sample is not None)
        )


def is_reviewed(state: State | None) -> bool:
    """Whether anybody has decided on a row; a skip decides nothing."""
    return state is not None and state.kind not in (None, "skip")


def matching(
    run: Run,
    queue: Queue,
    known: AllRows,
    states: Mapping[str, State],
    changes: LabelChanges,
    wanted: Wanted,
    annotator: str,
) -> np.ndarray:
    """The rows that are wanted, in the order of the queue or of a random sample; those that the
    annotator skipped come last.
    """
    keep = np.ones(len(queue.order), bool)
    if wanted.rows is not None:
        keep[:] = False
        keep[wanted.rows] = True
    if wanted.query.strip():
        hits = np.zeros(len(keep), bool)
        hits[known.search(wanted.query.strip())] = True
        hits |= _rows(known, wanted.mentioned)
        keep &= hits
    if wanted.issue_type is not None:
        keep &= queue.issue_type == wanted.issue_type
    if wanted.split is not None:
        keep &= known.splits == SPLITS.index(wanted.split)
    if wanted.with_values is not None:
        keep &= wanted.with_values
    if wanted.labels:
        keep &= np.isin(current_classes(run, known, changes), wanted.labels)
    own = {known.rows[row_id]: state for row_id, state in states.items() if row_id in known.rows}
    keep &= _by_choice(wanted, known, own, annotator)
    order = queue.order if wanted.sample is None else wanted.sample
    return _skipped_last(order[keep[order]], own, annotator)


def _by_choice(
    wanted: Wanted, known: AllRows, states: Mapping[int, State], annotator: str
) -> np.ndarray:
    """Which rows the choice under *Show* holds, [A] bool.

    A row of a retired class is to be reviewed, whoever has reviewed it before.
    """
    if wanted.shown == OPEN_COMMENTS:
        return _rows(known, wanted.commented)
    if wanted.shown == RETIRED:
        return _rows(known, wanted.retired)
    keep = _by_reviews(wanted.shown, len(known), states, annotator)
    return keep | _rows(known, wanted.retired) if wanted.shown == TO_REVIEW else keep


def _rows(known: AllRows, ids: Collection[str]) -> np.ndarray:
    """The rows of those ids, [A] bool."""
    found = np.zeros(len(known), bool)
    found[[known.rows[row_id] for row_id in ids if row_id in known.rows]] = True
    return found


def _by_reviews(
    shown: str, row_count: int, states: Mapping[int, State], annotator: str
) -> np.ndarray:
    """Which rows that choice of SHOWN holds, [A] bool."""
    keep = np.full(row_count, shown in (TO_REVIEW, TO_REVIEW_BY_ME, ALL))
    for row, state in states.items():
        own = (one for one in state.judgements if one.annotator == annotator)
        keep[row] = {
            TO_REVIEW: not is_reviewed(state),
            TO_REVIEW_BY_ME: not any(one.kind != "skip" for one in own),
            CONFLICTS: state.conflict,
            UNSURE: state.kind == "unsure",
            REVIEWED: is_reviewed(state),
            ALL: True,
        }[shown]
    return keep


def _skipped_last(rows: np.ndarray, states: Mapping[int, State], annotator: str) -> np.ndarray:
    """The rows, those that the annotator skipped at the end, the first skipped first."""
    versions = {row: _skipped(state, annotator) for row, state in states.items()}
    if not any(versions.values()):
        return rows
    late = np.array([versions.get(row, 0) for row in rows.tolist()])
    return rows[np.argsort(late, kind="stable")]


def _skipped(state: State, annotator: str) -> int:
    """The version at which the annotator skipped the row; 0 if they did not."""
    own = (j.version for j in state.judgements if j.annotator == annotator and j.kind == "skip")
    return max(own, default=0)
