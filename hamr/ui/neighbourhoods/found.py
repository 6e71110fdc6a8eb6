"""The regions of the run on the page, and what people have reviewed of them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hamr.regions import Region, Regions
from hamr.store import PERSON_SECONDS, Decisions, Run, Seen, as_seen_by, patience
from hamr.ui.shell.cached import view
from hamr.ui.shell.server import store
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.text import plain
from hamr.views.base.all_rows import AllRows
from hamr.views.base.region_inputs import missing
from hamr.views.base.regions import (
    cached_regions,
    is_long_search,
    regions_at_once,
    regions_of,
)
from hamr.views.neighbourhoods.regions import reviewed_rows


def regions(run: Run, epoch: int) -> Regions:
    """The hard regions of an epoch; a word while they are sought, which is once for an epoch."""
    if (run.id, epoch) not in _known() and (why := missing(run)):
        # Not kept, since what is missing may be computed while the page is open.
        return cached_regions(run, epoch) or Regions((), np.full(len(run.rows()), -1), why)
    if is_long_search(run, epoch):
        return regions_at_once(run, epoch)
    with st.spinner("Finding hard regions"):
        found = view(regions_of, run, epoch)
    _known().add((run.id, epoch))
    return found


def regions_if_known(run: Run, epoch: int) -> Regions | None:
    """The same, where they were found before or the URL names one of them.

    The map does not wait for the first search: it is drawn, and drawn again with the regions.
    """
    if (run.id, epoch) in _known() or query("region"):
        return regions(run, epoch)
    return None


@st.cache_resource(show_spinner=False)
def _known() -> set[tuple[str, int]]:
    """The runs and epochs whose regions this server has found."""
    return set()


def region_in_link(found: Regions) -> Region | None:
    """The region that the URL names; an id that names none is reported and taken out of it."""
    asked = query("region")
    if not asked:
        return None
    region = found.by_id(asked)
    if region is None:
        name = plain(repr(asked[:20]))
        st.warning(
            f"There is no region {name} at this epoch. Choose one of the list.",
            icon=":material/search:",
        )
        set_query("region", None)
    return region


def decisions_of(run: Run) -> Decisions | Seen:
    """The decisions on the run's rows, in blind mode as this visitor sees them."""
    whole = store().decisions(run.info.label_source or "")
    return as_seen_by(whole, str(st.session_state.get("relabel.annotator", "")))


def reviewed_by_people(run: Run) -> np.ndarray:
    """The training rows that somebody has decided on, ascending."""
    with patience(PERSON_SECONDS):
        states = decisions_of(run).states()
    if not states:  # the rows of all splits take a moment to open
        return np.empty(0, np.int64)
    known: AllRows = view(AllRows.of, run)
    rows = reviewed_rows(known, states)
    return rows[rows < known.trained]
