"""The search for hard regions in a process of its own, where a page can't wait for it: a run lacks
what the search needs, or there are very many rows.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

import streamlit as st

from hamr.jobs.child import last_lines, spawn, start
from hamr.store import Run
from hamr.ui.shell.status import ACTIVE
from hamr.ui.shell.text import count, plain
from hamr.views.base.label_errors import takes_long
from hamr.views.base.region_inputs import missing
from hamr.views.base.regions import is_long_search

LOOK_EVERY = 2.0  # seconds
# In which the process that draws a run's map, after training, finds the neighbours of its rows.
MOST_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Search:
    """A process that searches, or computes what the search needs."""

    process: subprocess.Popen[bytes]
    since: float  # monotonic seconds


# The processes have to be held: one ends when its object goes, which closes its standard input.
@st.cache_resource(show_spinner=False)
def searching() -> dict[str, Search]:
    """The processes by the run's id."""
    return {}


def is_sought_elsewhere(run: Run, epoch: int) -> bool:
    """Whether the regions after an epoch can't be found while the page is drawn."""
    return bool(missing(run)) or is_long_search(run, epoch)


def search_section(run: Run, epoch: int, name: str = "this run") -> None:
    """Say that the regions are not known yet, search for them at a click, and show the page again
    when they are there, whoever found them. `name` is what the page calls the run.
    """
    run = Run(run.store, run.id, run.past)  # which asks the store each time
    coming = run.id in searching() or run.info.status in ACTIVE or _follows_training(run)
    st.fragment(_offer, run_every=LOOK_EVERY if coming else None)(run, epoch, name)


def _follows_training(run: Run) -> bool:
    """Whether the run has ended so lately that the neighbours may still be computed."""
    ended = run.info.finished
    lately = ended is not None and datetime.now(UTC) - ended < MOST_AFTER
    return lately and run.map() is None


def _offer(run: Run, epoch: int, name: str) -> None:
    if not is_sought_elsewhere(run, epoch):
        searching().pop(run.id, None)
        st.rerun()
    search = searching().get(run.id)
    if search is not None and search.process.poll() is None:
        _runs(run, search)
    elif search is not None:
        _failed(run, epoch, search)
    elif missing(run) and run.info.status in ACTIVE:
        st.info(
            "Hard regions appear here when the neighbours of all rows are known, soon after the "
            "first epoch.",
            icon=":material/hourglass_top:",
        )
    else:
        _ask(run, epoch, name)


def _runs(run: Run, search: Search) -> None:
    minutes, seconds = divmod(int(monotonic() - search.since), 60)
    what = (
        f"Searching {run.info.train_rows:,} rows for hard regions, for {minutes}:{seconds:02} "
        "minutes so far. Everything else works meanwhile; the search goes on while the app runs."
        if takes_long(run)
        else "Computing the neighbours of all rows."
    )
    st.info(f"{what} The hard regions appear here by themselves.", icon=":material/hourglass_top:")


def _minutes(rows: int) -> int:
    """About how long a search takes: of a million rows with vectors of 32 numbers 16 minutes; of
    the vectors of an encoder it reads 60. Most of it goes into the rows nearest to each.
    """
    millions = rows / 1e6
    minutes: float = 6 * millions + 19 * millions**1.5
    return max(1, round(minutes))


def _failed(run: Run, epoch: int, search: Search) -> None:
    if not takes_long(run):
        st.warning(
            "The neighbours could not be computed, because the embeddings of the rows are no "
            "longer in the cache. Train again to find hard regions; everything else works "
            "without them.",
            icon=":material/search_off:",
        )
        return
    killed = search.process.returncode < 0  # by the system, as where memory runs out
    lines = last_lines(run)
    why = "this machine has too little memory for it" if killed else (lines or ["no reason"])[-1]
    st.warning(
        f"The search for hard regions has ended early: {plain(why, 300)}. Everything else "
        "works without them.",
        icon=":material/search_off:",
    )
    _button(run, epoch, "Search again")


def _ask(run: Run, epoch: int, name: str) -> None:
    if takes_long(run):
        st.info(
            f"**No hard regions yet.** Searching {run.info.train_rows:,} rows takes about "
            f"{count(_minutes(run.info.train_rows), 'minute')} of one core, in a process beside "
            "the app. Everything else works meanwhile.",
            icon=":material/workspaces:",
        )
    elif _follows_training(run):
        st.info(
            "**No hard regions yet.** They are found among similar rows, and the neighbours of "
            f"{name}'s rows are computed with its map. They appear here by themselves, or sooner "
            "at a click.",
            icon=":material/hourglass_top:",
        )
    else:
        st.info(
            "**No hard regions yet.** They are found among similar rows, and the neighbours of "
            f"{name}'s rows are not computed.",
            icon=":material/workspaces:",
        )
    _button(run, epoch, "Find hard regions")


def _button(run: Run, epoch: int, label: str) -> None:
    if st.button(label, key="find-regions", type="primary"):
        searching()[run.id] = Search(_start(run, epoch), monotonic())
        st.rerun()


def _start(run: Run, epoch: int) -> subprocess.Popen[bytes]:
    """The process; what a search lacks it computes itself."""
    if not takes_long(run):
        return spawn("map", run, OMP_NUM_THREADS="1")
    verb = [sys.executable, "-m", "hamr", "regions", run.id, "--epoch", str(epoch)]
    return start(verb, run, {"OMP_NUM_THREADS": "1"})
