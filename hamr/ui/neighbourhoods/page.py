"""Neighbourhoods: rows or entity mentions as a map, and at its side what is chosen there."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.neighbourhoods import mention_map
from hamr.ui.neighbourhoods.held_out import held_out_section
from hamr.ui.neighbourhoods.row_map import Choice, choice, map_section
from hamr.ui.neighbourhoods.selection import Selected, selected, selection_section
from hamr.ui.neighbourhoods.side import REGIONS, ROW, SELECTION, choose_side
from hamr.ui.neighbourhoods.splits import shown
from hamr.ui.neighbourhoods.why import why_section
from hamr.ui.shell.cached import view
from hamr.ui.shell.guard import guard
from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_epoch, choose_run
from hamr.ui.shell.text import count
from hamr.ui.widgets.mapchoice import MENTIONS, choose_map, map_in_link, no_map
from hamr.views.base.mentions import mentions

WIDTHS = (4, 3)  # of the map and of the panel at its side


def neighbourhoods_page() -> None:
    """Show the page: the map of the rows, or of the entity mentions, and the panel at its side."""
    open_page(
        "Neighbourhoods",
        "Similar rows lie close together. Hard regions of the map are listed at its side: open "
        "one to see what is wrong there, and fix it as a whole.",
    )
    run = choose_run()
    epoch = choose_epoch(run)
    with guard():
        (of_mentions if map_in_link(run) == MENTIONS else of_rows)(run, epoch)


def of_rows(run: Run, epoch: int) -> None:
    """The map of the rows; at its side one row, or the rows that are chosen."""
    chosen, xy = choice(run), run.map()
    left, right = st.columns(WIDTHS, gap="medium")
    with left, st.container(key="workspace-map"), guard():
        if xy is None:
            choose_map(run)
            no_map(run, count(run.info.train_rows, TaskWords.of(run.info.task).each), Run.map)
        else:
            map_section(run, epoch, chosen)
    with right, st.container(key="workspace-side"), guard():
        _side_of_rows(run, epoch, chosen, selected(chosen, shown(run)))


def _side_of_rows(run: Run, epoch: int, chosen: Choice, found: Selected | None) -> None:
    there = {REGIONS: "Regions"}
    if found is not None:
        there[SELECTION] = f"Selection ({len(found.rows):,})"
    if chosen.row is not None:
        there[ROW] = f"Row {chosen.row}"
    side = choose_side(there)
    if side == ROW and chosen.row is not None:
        section = why_section if chosen.row < run.info.train_rows else held_out_section
        section(run, epoch, chosen.row)
    elif side == SELECTION and found is not None:
        selection_section(run, epoch, found)


def of_mentions(run: Run, epoch: int) -> None:
    """The map of the entity mentions; at its side a sentence, or the mentions that are chosen."""
    chosen, xy = mention_map.choice(run), run.mention_map()
    left, right = st.columns(WIDTHS, gap="medium")
    with left, st.container(key="workspace-map"), guard():
        if xy is None:
            choose_map(run)
            found = len(view(mentions, run).row)
            no_map(run, count(found, "entity mention"), Run.mention_map)
        else:
            mention_map.map_section(run, epoch, xy, chosen)
    with right, st.container(key="workspace-side"), guard():
        _side_of_mentions(run, epoch, xy, chosen)


def _side_of_mentions(
    run: Run, epoch: int, xy: np.ndarray | None, chosen: mention_map.Choice
) -> None:
    there = {REGIONS: "Regions"}
    found = mention_map.selected(chosen, xy)
    if found is not None:
        there[SELECTION] = f"Selection ({len(found.rows):,})"
    if chosen.row is not None:
        there[ROW] = f"Row {chosen.row}"
    side = choose_side(there)
    if side == ROW and chosen.row is not None:
        why_section(run, epoch, chosen.row)
    elif side == SELECTION and found is not None:
        mention_map.mentions_section(run, epoch, found)
