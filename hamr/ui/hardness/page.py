"""The Hardness page: which rows the model finds hard, since when, and why."""

from __future__ import annotations

import streamlit as st

from hamr.ui.hardness.distribution import distribution
from hamr.ui.hardness.filters import modernise_link
from hamr.ui.hardness.hard_or_just_drawn import hard_or_just_drawn
from hamr.ui.hardness.measures import measures
from hamr.ui.hardness.rows import rows
from hamr.ui.hardness.tiles import tiles
from hamr.ui.shell.cached import view
from hamr.ui.shell.guard import guard
from hamr.ui.shell.hardness_warning import warn_of_hardness
from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_epoch, choose_run
from hamr.views.base import hard_rows

SECTIONS = {
    "Distribution": distribution,
    "Rows": rows,
    "Hard or just drawn": hard_or_just_drawn,
    "Measures": measures,
}


def hardness_page() -> None:
    """Show the page: figures of the epoch, and a tab for each section."""
    open_page(
        "Hardness",
        "Each time a row is drawn, its hardness moves one step towards the weight that the row "
        "gets. Hard rows and their neighbours are drawn more often.",
    )
    run = choose_run()
    epoch = choose_epoch(run)
    modernise_link()
    with guard():
        warn_of_hardness(run, epoch)
        flat = view(hard_rows.is_flat, run, epoch)
        tiles(run, epoch, flat)
        tabs = st.tabs(list(SECTIONS), key="view", bind="query-params")
        for tab, section in zip(tabs, SECTIONS.values(), strict=True):
            if tab.open:
                with tab, guard():
                    section(run, epoch, flat)
