"""Label errors by the values of a column: per annotator, source or month.

Axes: A rows of all splits, G groups of a column (`hamr.views.base.metadata`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from hamr.columns import apart
from hamr.decisions import State
from hamr.store import Decisions
from hamr.views.base.all_rows import AllRows
from hamr.views.base.metadata import Groups
from hamr.views.relabel.filters import is_reviewed
from hamr.views.relabel.queue import Queue

Z = 1.959964  # two-sided 95 %
COLUMNS = ("rows", "likely errors", "share", "from", "to", "reviewed", "changed")


def wilson(hits: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 95 % interval of each share hits / of (Wilson 1927), both ends in [0, 1].

    It holds for few rows too, where the usual interval would leave [0, 1].
    """
    n, share = np.maximum(of, 1), hits / np.maximum(of, 1)
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def table(
    groups: Groups,
    title: str,
    queue: Queue,
    known: AllRows,
    states: Mapping[str, State],
    changed: Iterable[str],
) -> pd.DataFrame:
    """One line per group: rows, likely errors and their share with its 95 % interval, reviews.

    Likely errors are those that the queue estimates, hard rows where it is sorted by hardness.
    `changed` are the ids of the rows whose label people changed. The group whose share is
    certainly high comes first: lines are sorted by the low end of the interval.
    """
    count = len(groups.names)
    likely = np.bincount(groups.of[queue.order[: queue.likely_errors]], minlength=count)
    low, high = wilson(likely, groups.counts)
    seen = [known.rows[i] for i, state in states.items() if is_reviewed(state) and i in known.rows]
    other = [known.rows[row_id] for row_id in changed if row_id in known.rows]
    found = pd.DataFrame(
        {
            apart([title], COLUMNS)[title]: groups.names,
            "rows": groups.counts,
            "likely errors": likely,
            "share": likely / np.maximum(groups.counts, 1),
            "from": low,
            "to": high,
            "reviewed": _per_group(groups, seen),
            "changed": _per_group(groups, other),
        }
    )
    order = np.lexsort((-likely, -low))
    return found.iloc[order].reset_index(drop=True)


def changed_ids(decisions: Decisions, states: Mapping[str, State]) -> list[str]:
    """The rows whose current label is not the one that they came with."""
    now, before, original = (
        decisions.current(states),
        decisions.current({}),
        decisions.rows.original,
    )
    return [
        row_id
        for row_id, state in states.items()
        if is_reviewed(state)
        and row_id in decisions.rows
        and now.label(row_id, original) != before.label(row_id, original)
    ]


def _per_group(groups: Groups, rows: list[int]) -> np.ndarray:
    return np.bincount(groups.of[np.array(rows, np.int64)], minlength=len(groups.names))
