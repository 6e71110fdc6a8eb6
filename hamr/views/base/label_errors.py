"""The estimated probability that each row's label is wrong, of the labels a run was trained on.

Of very many rows the estimate takes minutes and gigabytes, so no page waits for it: the process
that searches for regions estimates it, and keeps it in the cache on disk.

Axes: A rows of all splits (`hamr.views.base.all_rows`).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np

from hamr.errors import StoreError
from hamr.jobs.neighbour_evidence import neighbour_evidence_of, neighbours_are_cached
from hamr.store import Run
from hamr.tasks import features
from hamr.triage import LabelErrors, find_issues, find_sentence_issues
from hamr.views.base.issue_signals import run_signals, tag_statistics, word_signals

MOST_AT_ONCE = 50_000  # training rows; what is estimated from more takes longer than a page may
KEPT = "label_errors"  # kind in the cache
MOST_BYTES = 16 << 20  # of the last estimate, which stays in memory
VERSION = 2  # part of the keys: raise it when the estimate changes


def label_errors_are_known(run: Run) -> bool:
    """Whether `p_wrong` can be computed now: of texts once their neighbours have been found."""
    kinds = features(run.info.task)
    return kinds.tag_statistics or (kinds.neighbour_evidence and neighbours_are_cached(run))


def takes_long(run: Run) -> bool:
    """Whether estimates and regions of the run's rows take longer than a page may wait."""
    return run.info.train_rows > MOST_AT_ONCE and features(run.info.task).neighbour_evidence


def p_wrong(run: Run, epoch: int) -> np.ndarray | None:
    """p(label error) of each row by the run up to an epoch, [A]; of a sentence that any entity in
    it is wrong. None until it can be computed, or until it is kept where that `takes_long`.
    """
    if features(run.info.task).tag_statistics:
        found = find_sentence_issues(tag_statistics(run), word_signals(run, epoch))
        return found.label_errors.p_wrong
    kept = run.store.cache.get(KEPT, _key(run, epoch))
    if kept is not None or takes_long(run):
        return None if kept is None else np.asarray(kept)
    errors = text_label_errors(run, epoch)
    return None if errors is None else errors.p_wrong


def p_wrong_is_ready(run: Run, epoch: int) -> bool:
    """Whether `p_wrong` will not change any more: false while it waits for another process."""
    return not takes_long(run) or run.store.cache.has(KEPT, _key(run, epoch))


def text_label_errors(run: Run, epoch: int) -> LabelErrors | None:
    """What is known of the labels of texts, by the run up to an epoch; None until it can be.

    Computed now, however long that takes, and then kept for `p_wrong`.
    """
    if not label_errors_are_known(run):
        return None
    found = _last.get((run.store.home, _key(run, epoch)))
    if found is None:
        try:
            evidence = neighbour_evidence_of(run)
        except StoreError:  # the cache was cleared since
            return None
        found = find_issues(evidence, run_signals(run, epoch)).label_errors
        if found.log_p.nbytes <= MOST_BYTES:
            _last.clear()
            _last[run.store.home, _key(run, epoch)] = found
    if takes_long(run):
        keep(run, epoch, found)
    return found


def keep(run: Run, epoch: int, found: LabelErrors) -> None:
    """Keep the estimate on disk for `p_wrong`."""
    with suppress(StoreError):  # of a home that can't be written
        run.store.cache.put(KEPT, _key(run, epoch), found.p_wrong.astype(np.float32))


# The last estimate: a page asks for it twice, for its map and for its regions.
_last: dict[tuple[Path, str], LabelErrors] = {}


def _key(run: Run, epoch: int) -> str:
    """What the estimate depends on; `write_epoch` of a resumed run replaces it."""
    info = run.info  # held-out losses are known at the end
    return repr((VERSION, run.id, info.started, epoch, info.status == "finished"))
