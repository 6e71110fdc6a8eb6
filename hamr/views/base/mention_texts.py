"""Entity mentions of all splits as people read them (`hamr.views.base.mentions`).

Axis: A mentions of all splits.
"""

from __future__ import annotations

import numpy as np

from hamr.records import SPLITS
from hamr.store import Run
from hamr.views.base.mentions import all_mentions
from hamr.views.base.tips import MARK_END, MARK_START

AROUND = 12  # words of the sentence on either side


def phrases(run: Run, start: np.ndarray, end: np.ndarray) -> list[str]:
    """The words from each start to before its end, counted over all splits, joined by blanks."""
    tables = [run.rows(split) for split in SPLITS]
    bounds = np.cumsum([0, *(int(table.word_starts[-1]) for table in tables)])
    found = np.full(len(start), "", object)
    for table, first, after in zip(tables, bounds[:-1], bounds[1:], strict=True):
        own = np.flatnonzero((start >= first) & (end <= after) & (start < end))
        if len(own):
            found[own] = table.phrases(start[own] - first, end[own] - first)
    return list(found)


def phrases_of(run: Run, which: np.ndarray) -> list[str]:
    """The words of those mentions."""
    every = all_mentions(run)
    return phrases(run, every.start[which], every.end[which])


def in_sentence(run: Run, which: np.ndarray) -> list[str]:
    """Those mentions marked in their sentences, of which some words around them are shown."""
    tables = [run.rows(split) for split in SPLITS]
    starts = np.concatenate(
        [np.diff(table.word_starts) for table in tables]
    ).cumsum()  # where each row ends, in words of all splits
    every = all_mentions(run)
    row, start, end = every.row[which], every.start[which], every.end[which]
    ends = starts[row]
    begins = np.where(row > 0, starts[row - 1], 0)
    first, last = np.maximum(start - AROUND, begins), np.minimum(end + AROUND, ends)
    parts = (phrases(run, *pair) for pair in ((first, start), (start, end), (end, last)))
    return [
        f"{'… ' if cut else ''}{before} {MARK_START}{own}{MARK_END} {after}"
        f"{' …' if more else ''}".strip()
        for before, own, after, cut, more in zip(*parts, first > begins, last < ends, strict=True)
    ]
