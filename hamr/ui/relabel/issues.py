"""The queue by label-error score where the neighbours are cached, and how they are computed."""

from __future__ import annotations

import subprocess
from typing import Any

import streamlit as st

from hamr.errors import StoreError
from hamr.jobs.child import spawn
from hamr.jobs.neighbour_evidence import neighbour_evidence_of, neighbours_are_cached
from hamr.store import Run
from hamr.triage import NeighbourEvidence, TagStatistics
from hamr.ui.shell.server import store
from hamr.views.base.current_labels import InForce
from hamr.views.relabel import queue as queues
from hamr.views.relabel.issues import tag_statistics
from hamr.views.relabel.queue import Queue


def queue_of(run: Run, epoch: int, given: InForce) -> Queue:
    """The queue of a run at an epoch; texts stand by hardness until their neighbours are known.

    Triage judges the labels that are `given`. That takes 0.15 s for 2,800 rows and 0.45 s for
    9,500, too long for every key: so it is done where people ask for it. Sentences stand by the
    tags that they came with.
    """
    around = _around_of(run)
    if around is None or isinstance(around, TagStatistics) or not given.changes:
        return _queue(run, around, None, run.id, epoch, around is not None, 0)
    around = _around_decided(run, given, _place(run), given.key)
    return _queue(run, around, given, run.id, epoch, True, given.key)


@st.cache_resource(max_entries=16, show_spinner=False)
def _queue(
    _run: Run,
    _around: NeighbourEvidence | TagStatistics | None,
    _given: InForce | None,
    run_id: str,
    epoch: int,
    judged: bool,
    key: int,
) -> Queue:
    return queues.queue(_run, epoch, _around, _given)


@st.cache_resource(max_entries=4, show_spinner=False)
def _around_decided(_run: Run, _given: InForce, place: tuple, key: int) -> NeighbourEvidence:
    return neighbour_evidence_of(_run, _given.labels(_run), len(_given.names))


def _place(run: Run) -> tuple:
    """What the neighbour evidence of a run depends on, apart from the labels."""
    settings = run.info.settings.training
    return (str(store().home), run.info.fingerprint, settings.model, settings.max_length)


def _around_of(run: Run) -> NeighbourEvidence | TagStatistics | None:
    key, known = _place(run), _known()
    if run.info.task == "token":  # words need no embeddings, so nothing has to be looked up first
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
def _known() -> dict[tuple, Any]:
    return {}


# Whoever looks has to be held: its standard input ends with the object, and it with that.
@st.cache_resource(show_spinner=False)
def _looking() -> dict[str, subprocess.Popen[bytes]]:
    return {}


def look_for_wrong_labels(run: Run, found: Queue) -> None:
    """Where the order is only by hardness, say so, and offer to find the neighbours."""
    if found.judged is not None:
        return
    st.fragment(_offer, run_every=2.0 if run.id in _looking() else None)(run)


def _offer(run: Run) -> None:
    if neighbours_are_cached(run):
        st.rerun()
    worker = _looking().get(run.id)
    with st.container(horizontal=True, vertical_alignment="center", key="offer"):
        if worker is not None and worker.poll() is None:
            st.caption("The neighbours of all rows are being looked up; the queue follows.")
            return
        if worker is not None:
            st.caption(
                "The neighbours could not be found: the embeddings of the rows are not in the "
                "cache. Rows stand by hardness; train again to have them judged."
            )
            return
        st.caption("Rows stand by hardness: nobody has looked up their neighbours yet.")
        if st.button("Find likely wrong labels", key="look"):
            _looking()[run.id] = spawn("map", run, OMP_NUM_THREADS="1")
            st.rerun()
