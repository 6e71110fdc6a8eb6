"""The processes that score unlabelled rows, one for each run, as pages start and watch them."""

from __future__ import annotations

import subprocess

import streamlit as st

from hamr.jobs.child import last_lines, spawn
from hamr.jobs.pool_scores import pool_progress
from hamr.store import Run
from hamr.ui.shell.text import count, plain


# The processes have to be held: one ends when its object goes, which closes its standard input.
@st.cache_resource(show_spinner=False)
def _scoring() -> dict[str, subprocess.Popen[bytes]]:
    return {}


def start_scoring(run: Run) -> None:
    """Score the unlabelled rows of a run, and place them on its map, in a process of its own."""
    if not is_scoring(run):
        _scoring()[run.id] = spawn("pool-scores", run, OMP_NUM_THREADS="1")


def is_scoring(run: Run) -> bool:
    """Whether that process works."""
    worker = _scoring().get(run.id)
    return worker is not None and worker.poll() is None


def scoring_ended(run: Run) -> bool:
    """Whether a process of this server has come to its end without an error."""
    worker = _scoring().get(run.id)
    return worker is not None and worker.poll() == 0


def show_scoring(run: Run) -> None:
    """How far it is while it works; why it failed, where it did."""
    done, rows = pool_progress(run)
    if is_scoring(run):
        said = "Placing the rows on the map"
        if done < rows:
            said = f"{done:,} of {count(rows, 'unlabelled row')} scored"
        st.progress(done / max(rows, 1), text=said)
        return
    worker = _scoring().get(run.id)
    if worker is not None and worker.returncode:
        reason = (last_lines(run) or ["no reason was given"])[-1]
        st.warning(plain(f"The rows could not be scored: {reason}"), icon=":material/warning:")
