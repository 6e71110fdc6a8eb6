"""How far the label on screen is in doubt, and what it would be instead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hamr.decisions import Label
from hamr.regions import Region, turned
from hamr.regions.turned import PROBABLY as SURELY_TURNED
from hamr.store import Decisions, Run
from hamr.triage import RowIssues
from hamr.views.base.all_rows import AllRows
from hamr.views.base.current_labels import trained_on
from hamr.views.base.reviewed import called_now
from hamr.views.relabel.queue import Queue

PROBABLY = 0.5  # from this probability on a label is called probably wrong


@dataclass(frozen=True)
class Doubt:
    """The estimated probability that the label on screen is wrong."""

    p_wrong: float
    instead: str | None  # the likeliest other class; None for entities

    @property
    def is_strong(self) -> bool:
        """Whether the label is probably wrong."""
        return self.p_wrong >= PROBABLY


def doubt(run: Run, decisions: Decisions, queue: Queue, row: int, label: Label) -> Doubt | None:
    """The doubt about the current label of a row; None if label-error detection says nothing of it.

    What is scored may be another label than the current one, which was changed since.
    """
    issues = queue.issues
    if issues is None or not queue.has_evidence(row):
        return None
    p_wrong = float(issues.label_errors.p_wrong[row])
    if not isinstance(issues, RowIssues):
        return Doubt(p_wrong, None) if trained_on(run, row) == label else None
    scored, other = (
        queue.classes[int(index)] for index in (issues.evidence.own[row], issues.other[row])
    )
    called, names = called_now(decisions, run), decisions.names()
    if called.get(scored, scored) != label:
        return None
    instead = called.get(other, other)
    return Doubt(p_wrong, instead if instead in names and instead != label else None)


def suggested(
    run: Run,
    decisions: Decisions,
    queue: Queue,
    known: AllRows,
    rows: np.ndarray,
    region: Region | None = None,
) -> dict[int, str]:
    """What rows would be instead whose current label is probably wrong, by row; of texts only.

    In a `region` beyond chance these are also the rows whose label was probably turned into the
    class that gathers there, which no row by itself gives away.
    """
    if not isinstance(queue.issues, RowIssues):
        return {}
    wrong = queue.issues.label_errors.p_wrong >= PROBABLY
    if region is not None and region.beyond_chance:
        wrong = wrong.copy()
        wrong[_turned(queue.issues, known.trained, region)] = True
    found = {}
    for row in rows[wrong[rows]].tolist():
        held = doubt(run, decisions, queue, row, decisions.label(known.ids[row]))
        if held is not None and held.instead is not None:
            found[row] = held.instead
    return found


def _turned(issues: RowIssues, trained: int, region: Region) -> np.ndarray:
    labels = np.asarray(issues.evidence.own[:trained])
    p_label = np.exp(issues.label_errors.log_p[np.arange(trained), labels])
    rows: np.ndarray = region.rows[turned(region.rows, p_label, labels) >= SURELY_TURNED]
    return rows
