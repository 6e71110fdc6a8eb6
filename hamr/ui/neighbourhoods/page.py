"""Neighbourhoods: rows or entity mentions as a map, hard seeds, and why a row was drawn."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.neighbourhoods import mention_map
from hamr.ui.neighbourhoods.row_map import Choice, choice, map_section
from hamr.ui.neighbourhoods.why import why_section
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.shell.guard import guard
from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_epoch, choose_run
from hamr.ui.shell.state import query
from hamr.ui.shell.text import count, plain
from hamr.ui.widgets.mapchoice import MENTIONS, choose, choose_map, corners, no_map
from hamr.ui.widgets.rowgrid import row_grid
from hamr.views.base import rowtable
from hamr.views.base.geometry import inside
from hamr.views.base.mentions import mentions


def neighbourhoods_page() -> None:
    """Show the page: the map of the rows, or of the entity mentions."""
    open_page(
        "Neighbourhoods",
        "Similar rows lie close together. The neighbours of hard seeds are boosted: click a row to "
        "see why it was drawn.",
    )
    run = choose_run()
    epoch = choose_epoch(run)
    with guard():
        (of_mentions if choose_map(run) == MENTIONS else of_rows)(run, epoch)


def of_rows(run: Run, epoch: int) -> None:
    """The map of the rows, why one was drawn, and the rows that are chosen."""
    chosen, xy = choice(run), run.map()
    if xy is None:
        no_map(run, count(run.info.train_rows, TaskWords.of(run.info.task).each), Run.map)
    else:
        map_section(run, epoch, xy, chosen)
    if chosen.row is not None:
        why_section(run, epoch, chosen.row)
    rows_section(run, epoch, xy, chosen)


def of_mentions(run: Run, epoch: int) -> None:
    """The map of the entity mentions, why a sentence was drawn, and the mentions chosen."""
    chosen, xy = mention_map.choice(run), run.mention_map()
    if xy is None:
        found = len(view(mentions, run).row)
        no_map(run, count(found, "entity mention"), Run.mention_map)
    else:
        mention_map.map_section(run, epoch, xy, chosen)
    if chosen.row is not None:
        why_section(run, epoch, chosen.row)
    mention_map.mentions_section(run, epoch, xy, chosen)


def rows_section(run: Run, epoch: int, xy: np.ndarray | None, chosen: Choice) -> None:
    """The rows in the lasso, or those that the search found."""
    lasso = corners(chosen.lasso, xy)
    if lasso and xy is not None:
        rows, what = np.flatnonzero(inside(lasso, xy)), "in the lasso"
    elif chosen.search:
        rows, what = chosen.matches, f"with {chosen.search!r}"
    else:
        return
    if not len(rows):
        st.info(f"No row {plain(what, 200)}.", icon=":material/search:")
        return
    region = {"lasso": query("lasso") or ""} if lasso else {"q": chosen.search}
    navigation.relabel_rows("Relabel these rows", run.id, epoch, region)
    row_grid(
        run,
        view(rowtable.measures, run, epoch),
        rows,
        key="map-rows",
        what=what,
        on_pick=lambda row: choose(row=row),
    )
