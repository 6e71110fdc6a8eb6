"""Compare: any runs side by side, seeds of one method together."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hamr.ui.compare.curves import curves_section, weights_section
from hamr.ui.compare.differences import differences_section
from hamr.ui.compare.groups import data_notes
from hamr.ui.compare.hardness import hardness_section
from hamr.ui.compare.regions import regions_section
from hamr.ui.compare.rows import rows_section
from hamr.ui.compare.runs import choose_runs
from hamr.ui.compare.scores import PNG, SVG, scores_section
from hamr.ui.compare.settings import settings_section
from hamr.ui.shell.guard import guard
from hamr.ui.shell.page import open_page
from hamr.ui.shell.text import count, plain
from hamr.views.compare.configurations import Configuration, configurations

SECTIONS = {
    "Scores": scores_section,
    "Differences": differences_section,
    "Curves": curves_section,
    "Rows": rows_section,
    "Regions": regions_section,
    "Hardness": hardness_section,
    "Weight curves": weights_section,
    "Settings": settings_section,
}


def compare_page() -> None:
    """Show the page."""
    open_page(
        "Compare",
        "Compare methods and settings. Runs that differ only by their seed count as one, so that "
        "intervals show whether a difference may be chance.",
    )
    runs = choose_runs()
    with guard():
        found, repeats = configurations(runs)
        introduce(found, len(runs))
        if repeats:
            names = plain(", ".join(run.info.name for run in repeats))
            st.caption(
                f"Left out, because they repeat the settings and seed of another run: {names}."
            )
        data_notes(found)
        charts_as()
        tabs = st.tabs(list(SECTIONS), key="tab", bind="query-params")
        for tab, section in zip(tabs, SECTIONS.values(), strict=True):
            if tab.open:
                with tab, guard():
                    section(found)


def introduce(found: Sequence[Configuration], runs: int) -> None:
    """How many configurations there are, or that one run alone can't be compared."""
    if runs == 1:
        st.info(
            "Only one run is chosen. Add another one to compare.",
            icon=":material/compare_arrows:",
        )
        return
    st.caption(
        f"{count(runs, 'run')}, "
        f"{count(len(found), 'method or configuration', 'methods or configurations')}."
    )


def charts_as() -> None:
    """Which kind of picture the camera button of each chart saves."""
    st.sidebar.segmented_control(
        "Save charts as",
        (PNG, SVG),
        default=PNG,
        required=True,
        key="charts",
        bind="query-params",
        help="The format of the camera button above each chart",
    )
