"""Compare: any runs side by side, seeds of one method together."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hamr.ui.compare.curves import curves_section, weights_section
from hamr.ui.compare.differences import differences_section
from hamr.ui.compare.groups import data_notes
from hamr.ui.compare.hardness import hardness_section
from hamr.ui.compare.rows import rows_section
from hamr.ui.compare.runs import choose_runs
from hamr.ui.compare.scores import PNG, SVG, scores_section
from hamr.ui.compare.settings import settings_section
from hamr.ui.shell.guard import guard
from hamr.ui.shell.page import open_page
from hamr.ui.shell.text import count, plain
from hamr.views.compare.configurations import Candidate, candidates

SECTIONS = {
    "Scores": scores_section,
    "Differences": differences_section,
    "Curves": curves_section,
    "Rows": rows_section,
    "Hardness": hardness_section,
    "Weight curves": weights_section,
    "Settings": settings_section,
}


def compare_page() -> None:
    """Show the page."""
    open_page(
        "Compare",
        "Put runs side by side. Runs that differ by their seed alone are one candidate, so that "
        "a difference of two candidates can be told from luck.",
    )
    runs = choose_runs()
    with guard():
        found, repeats = candidates(runs)
        said(found, len(runs))
        if repeats:
            names = plain(", ".join(run.info.name for run in repeats))
            st.caption(f"Left out, as they repeat settings and seed of another run: {names}.")
        data_notes(found)
        charts_as()
        tabs = st.tabs(list(SECTIONS), key="tab", bind="query-params")
        for tab, section in zip(tabs, SECTIONS.values(), strict=True):
            if tab.open:
                with tab, guard():
                    section(found)


def said(found: Sequence[Candidate], runs: int) -> None:
    """How many candidates there are, or that one run alone has nothing beside it."""
    if runs == 1:
        st.info(
            "One run is chosen. Its scores are shown; add another one to compare them.", icon="🆚"
        )
        return
    st.caption(f"{count(runs, 'run')}, {count(len(found), 'candidate')}.")


def charts_as() -> None:
    """Which kind of picture the camera button of each chart saves."""
    st.sidebar.segmented_control(
        "Charts are saved as",
        (PNG, SVG),
        default=PNG,
        required=True,
        key="charts",
        bind="query-params",
        help="By the camera button above each chart",
    )
