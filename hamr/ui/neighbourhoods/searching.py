"""What a search for regions needs and an older run lacks, computed when it is asked for."""

from __future__ import annotations

import subprocess

import streamlit as st

from hamr.jobs.child import spawn
from hamr.store import Run
from hamr.ui.shell.status import ACTIVE
from hamr.views.base.region_inputs import missing


# The processes have to be held: one ends when its object goes, which closes its standard input.
@st.cache_resource(show_spinner=False)
def searching() -> dict[str, subprocess.Popen[bytes]]:
    """The processes that compute the neighbours of a run's rows, by the run's id."""
    return {}


def offer(run: Run) -> None:
    """Say that the neighbours of the rows are not known yet, and compute them at a click."""
    if not missing(run):
        st.rerun()
    worker = searching().get(run.id)
    if worker is not None and worker.poll() is None:
        st.info(
            "Computing the neighbours of all rows. The hard regions appear here by themselves.",
            icon=":material/hourglass_top:",
        )
    elif worker is not None:
        st.warning(
            "The neighbours could not be computed, because the embeddings of the rows are no "
            "longer in the cache. Train again to find hard regions; the map and its rows work "
            "without them.",
            icon=":material/search_off:",
        )
    elif run.info.status in ACTIVE:
        st.info(
            "Hard regions appear here when the neighbours of all rows are known, soon after the "
            "first epoch.",
            icon=":material/hourglass_top:",
        )
    else:
        st.info(
            "**No hard regions yet.** They are found among similar rows, and the neighbours of "
            "this run's rows are not computed.",
            icon=":material/workspaces:",
        )
        if st.button("Find hard regions", key="find-regions", type="primary"):
            searching()[run.id] = spawn("map", run, OMP_NUM_THREADS="1")
            st.rerun()
