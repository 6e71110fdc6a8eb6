"""The estimated probability that each row's label is wrong, of the labels a run was trained on.

Axes: A rows of all splits (`hamr.views.base.all_rows`).
"""

from __future__ import annotations

import numpy as np

from hamr.errors import StoreError
from hamr.jobs.neighbour_evidence import neighbour_evidence_of, neighbours_are_cached
from hamr.store import Run
from hamr.tasks import features
from hamr.triage import LabelErrors, find_issues, find_sentence_issues
from hamr.views.base.issue_signals import run_signals, tag_statistics, word_signals


def label_errors_are_known(run: Run) -> bool:
    """Whether `p_wrong` can be computed now: of texts once their neighbours have been found."""
    kinds = features(run.info.task)
    return kinds.tag_statistics or (kinds.neighbour_evidence and neighbours_are_cached(run))


def p_wrong(run: Run, epoch: int) -> np.ndarray | None:
    """p(label error) of each row by the run up to an epoch, [A]; of a sentence that any entity in
    it is wrong. None until it can be computed.
    """
    if features(run.info.task).tag_statistics:
        found = find_sentence_issues(tag_statistics(run), word_signals(run, epoch))
        return found.label_errors.p_wrong
    errors = text_label_errors(run, epoch)
    return None if errors is None else errors.p_wrong


def text_label_errors(run: Run, epoch: int) -> LabelErrors | None:
    """What is known of the labels of texts, by the run up to an epoch; None until it can be."""
    if not label_errors_are_known(run):
        return None
    try:
        evidence = neighbour_evidence_of(run)
    except StoreError:  # the cache was cleared since
        return None
    return find_issues(evidence, run_signals(run, epoch)).label_errors
