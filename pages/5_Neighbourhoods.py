"""Neighbourhoods: the rows as a map, hard seeds, and why a row was drawn."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hamr.store import Run
from hamr.ui.cached import view
from hamr.ui.neighbourhoods import Choice, choice, choose, map_section, no_map, why_section
from hamr.ui.page import choose_epoch, choose_run, guard, open_page
from hamr.ui.rowgrid import row_grid
from hamr.views import rowtable
from hamr.views.geometry import inside


def main() -> None:
    open_page(
        "Neighbourhoods",
        "Rows whose embeddings are alike lie close together. The neighbours of hard seeds are "
        "boosted: click a row to see why it was drawn.",
    )
    run = choose_run()
    epoch = choose_epoch(run)
    with guard():
        chosen = choice(run)
        xy = run.map()
        if xy is None:
            no_map(run)
        else:
            map_section(run, epoch, xy, chosen)
        if chosen.row is not None:
            why_section(run, epoch, chosen.row)
        rows_section(run, epoch, xy, chosen)


def rows_section(run: Run, epoch: int, xy: np.ndarray | None, chosen: Choice) -> None:
    """The rows in the lasso, or those that the search found."""
    corners = None if xy is None else chosen.corners(xy)
    if corners and xy is not None:
        rows, what = np.flatnonzero(inside(corners, xy)), "in the lasso"
    elif chosen.search:
        rows, what = chosen.matches, f"with {chosen.search!r}"
    else:
        return
    if not len(rows):
        st.info(f"No row {what}.", icon="🔎")
        return
    row_grid(
        run,
        view(rowtable.measures, run, epoch),
        rows,
        key="map-rows",
        what=what,
        on_pick=lambda row: choose(row=row),
    )


main()
