"""Whether the review of a run's rows has found enough label errors, for `decisions show`."""

from __future__ import annotations

from hamr.jobs.neighbour_evidence import neighbour_evidence_of, neighbours_are_cached
from hamr.store import Decisions, Run
from hamr.tasks import features
from hamr.triage import NeighbourEvidence, TagStatistics
from hamr.views.base.all_rows import AllRows
from hamr.views.base.issue_signals import tag_statistics
from hamr.views.relabel.enough import Enough, Review, enough
from hamr.views.relabel.queue import queue


def enough_of(run: Run, known: Decisions) -> Enough | None:
    """As at the run's last epoch; None before the first one, and until neighbours are computed."""
    evidence, epochs = _evidence(run), run.epochs()
    if evidence is None or not epochs:
        return None
    found, rows = queue(run, epochs[-1], evidence), AllRows.of(run)
    assert found.issues is not None  # there is evidence
    p_wrong = found.issues.label_errors.p_wrong
    return enough(run, p_wrong, Review.of(known, rows, known.states()))


def _evidence(run: Run) -> NeighbourEvidence | TagStatistics | None:
    if features(run.info.task).tag_statistics:
        return tag_statistics(run)
    return neighbour_evidence_of(run) if neighbours_are_cached(run) else None
