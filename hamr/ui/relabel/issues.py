"""The queue by label-error score where its evidence is known, and how that is computed."""

from __future__ import annotations

import subprocess

import streamlit as st

from hamr.errors import StoreError
from hamr.jobs.child import spawn
from hamr.jobs.neighbour_evidence import neighbour_evidence_of, neighbours_are_cached
from hamr.store import Run
from hamr.tasks import features
from hamr.triage import NeighbourEvidence, TagStatistics
from hamr.ui.shell.hardness_warning import warn_of_hardness
from hamr.ui.shell.server import store
from hamr.views.base.all_rows import AllRows
from hamr.views.base.current_labels import LabelChanges
from hamr.views.base.issue_signals import tag_statistics
from hamr.views.relabel.queue import Queue, queue

Evidence = NeighbourEvidence | TagStatistics
_Place = tuple[str, str, str, int]  # see `_place`


def queue_of(run: Run, epoch: int, changes: LabelChanges) -> Queue:
    """The queue of a run at an epoch; texts are sorted by hardness until their evidence is known.

    Label errors are sought among the labels with these `changes`. That takes 0.15 s for 2,800 rows
    and 0.45 s for 9,500, too long for every key, so it is done where people ask for it. Sentences
    are ranked by the tags that they came with.
    """
    evidence = _evidence_of(run)
    renamed = changes.renames(run)
    if evidence is None or (not changes.by_row and not renamed):
        return _queue(run, evidence, None, run.id, epoch, evidence is not None, 0)
    if isinstance(evidence, TagStatistics):
        key = hash(changes.names) if renamed else 0
        return _queue(run, evidence, changes if renamed else None, run.id, epoch, True, key)
    evidence = _evidence_after(run, changes, _place(run), changes.key)
    return _queue(run, evidence, changes, run.id, epoch, True, changes.key)


@st.cache_resource(max_entries=16, show_spinner=False)
def _queue(
    _run: Run,
    _evidence: Evidence | None,
    _changes: LabelChanges | None,
    run_id: str,
    epoch: int,
    has_evidence: bool,
    key: int,
) -> Queue:
    return queue(_run, epoch, _evidence, _changes)


@st.cache_resource(max_entries=4, show_spinner=False)
def _evidence_after(
    _run: Run, _changes: LabelChanges, place: _Place, key: int
) -> NeighbourEvidence:
    return neighbour_evidence_of(_run, _changes.every_label(AllRows.of(_run)), len(_changes.names))


def _place(run: Run) -> _Place:
    """What the evidence of a run depends on, apart from the changes of labels."""
    info = run.info
    settings = info.settings.training
    return str(store().home), str(info.fingerprint), settings.model, settings.max_length


def _evidence_of(run: Run) -> Evidence | None:
    """The evidence on the labels that the run was trained on; None until it is computed."""
    key, known = _place(run), _known()
    if features(run.info.task).tag_statistics:  # computed from words alone, without embeddings
        if key not in known:
            known[key] = tag_statistics(run)
        return known[key]
    if key not in known and neighbours_are_cached(run):
        try:
            known[key] = neighbour_evidence_of(run)
        except StoreError:  # the cache was cleared since
            return None
    return known.get(key)


@st.cache_resource(show_spinner=False)
def _known() -> dict[_Place, Evidence]:
    return {}


# The processes have to be held: one ends when its object goes, which closes its standard input.
@st.cache_resource(show_spinner=False)
def _searching() -> dict[str, subprocess.Popen[bytes]]:
    return {}


def offer_label_errors(run: Run, epoch: int, queue: Queue) -> None:
    """Where the queue is sorted by hardness only, say so, and offer to find label errors."""
    if queue.issues is not None:
        return
    warn_of_hardness(run, epoch, turned="This queue is sorted by mean loss.")
    every = 2.0 if run.id in _searching() else None
    st.fragment(_offer, run_every=every)(run, queue.score_is)


def _offer(run: Run, by: str) -> None:
    if neighbours_are_cached(run):
        st.rerun()
    worker = _searching().get(run.id)
    with st.container(horizontal=True, vertical_alignment="center", key="offer"):
        if worker is not None and worker.poll() is None:
            st.caption("Computing the neighbours of all rows. The queue is ranked again after it.")
            return
        if worker is not None:
            st.caption(
                "The neighbours could not be computed, because the embeddings of the rows are no "
                f"longer in the cache. Sorted by {by}. Train again to find label errors."
            )
            return
        st.caption(f"Sorted by {by}. Neighbours are not computed yet.")
        if st.button("Find label errors", key="look"):
            _searching()[run.id] = spawn("map", run, OMP_NUM_THREADS="1")
            st.rerun()
