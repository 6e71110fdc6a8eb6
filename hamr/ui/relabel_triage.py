"""The queue by triage where the rows' neighbours are known, and how they come to be known."""

from __future__ import annotations

import subprocess
from typing import Any

import streamlit as st

from hamr.errors import StoreError
from hamr.jobs.child import spawn
from hamr.jobs.surroundings import are_kept, surroundings
from hamr.store import Run
from hamr.triage import Elsewhere, Surroundings
from hamr.ui.page import store
from hamr.views import queue as queues
from hamr.views.queue import Queue
from hamr.views.triage import elsewhere


def queue_of(run: Run, epoch: int) -> Queue:
    """The queue of a run at an epoch; texts stand by hardness until their neighbours are known.

    Triage judges the labels that the rows came with, so the order holds still while people
    work through it.
    """
    around = _around_of(run)
    return _queue(run, around, run.id, epoch, around is not None)


@st.cache_resource(max_entries=16, show_spinner=False)
def _queue(
    _run: Run, _around: Surroundings | Elsewhere | None, run_id: str, epoch: int, judged: bool
) -> Queue:
    return queues.queue(_run, epoch, _around)


def _around_of(run: Run) -> Surroundings | Elsewhere | None:
    settings, known = run.info.settings.training, _known()
    key: tuple = (str(store().home), run.info.fingerprint)
    if run.info.task == "token":  # words need no embeddings, so nothing has to be looked up first
        if key not in known:
            known[key] = elsewhere(run)
        return known[key]
    key += (settings.model, settings.max_length)
    if key not in known and are_kept(run):
        try:
            known[key] = surroundings(run)
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
    if are_kept(run):
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
