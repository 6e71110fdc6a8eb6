"""Neighbourhoods: rows or entity mentions as a map, and at its side what is chosen there."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hamr.regions import Region, Regions
from hamr.store import Run
from hamr.store.pools import Pool
from hamr.tasks import TaskWords
from hamr.ui.neighbourhoods.choice import Choice, choice
from hamr.ui.neighbourhoods.filtering import colour_in_link
from hamr.ui.neighbourhoods.found import region_in_link, regions, regions_if_known
from hamr.ui.neighbourhoods.held_out import held_out_section
from hamr.ui.neighbourhoods.layout import points_of
from hamr.ui.neighbourhoods.mention import mention_section
from hamr.ui.neighbourhoods.region import region_section
from hamr.ui.neighbourhoods.region_list import list_section
from hamr.ui.neighbourhoods.row import row_section
from hamr.ui.neighbourhoods.row_map import map_section
from hamr.ui.neighbourhoods.selection import Selected, selected, selection_section
from hamr.ui.neighbourhoods.side import POOL, REGION, REGIONS, ROW, SELECTION, choose_side
from hamr.ui.neighbourhoods.unlabelled import (
    layer_of,
    offer_to_place,
    pool_on_map,
    pool_row_in_link,
    unlabelled_section,
)
from hamr.ui.shell.cached import view
from hamr.ui.shell.guard import guard
from hamr.ui.shell.hardness_warning import warn_of_hardness
from hamr.ui.shell.moment import RunNow
from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_epoch, choose_run
from hamr.ui.shell.state import query
from hamr.ui.shell.text import count
from hamr.ui.widgets.mapchoice import MENTIONS as OF_MENTIONS
from hamr.ui.widgets.mapchoice import choose_map, map_in_link, no_map
from hamr.views.base.mentions import mentions
from hamr.views.neighbourhoods.subjects import MENTIONS, ROWS, Subject

WIDTHS = (4, 3)  # of the map and of the panel at its side
_LOOKS = "looks-of-map"


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
        warn_of_hardness(run, epoch, turned="Regions are ranked by loss.")
        _workspace(MENTIONS if map_in_link(run) == OF_MENTIONS else ROWS, run, epoch)


def _workspace(subject: Subject, run: RunNow, epoch: int) -> None:
    """The map; at its side the regions, one of them, a row or a selection."""
    chosen = choice(subject, run)
    pool = pool_on_map(subject, run)
    above, left, right = _places()
    side = right.container(key="workspace-side")
    found, region = _regions(run, epoch, side)
    on_map, points, failed = left.container(key="workspace-map"), None, True
    with on_map, guard():
        points, failed = points_of(subject, run, epoch), False

    def draw_map() -> None:
        with on_map, guard():
            if points is not None:
                layer = layer_of(run, epoch, pool)
                map_section(subject, run, epoch, points, chosen, found, region, above, layer)
                with above:
                    offer_to_place(run, pool, layer)
            elif not failed:
                with above:
                    choose_map(run)
                _no_map(subject, run)

    def draw_side() -> None:
        with side, guard():
            rows = selected(subject, run, epoch, chosen, points, region)
            # A region that is open is no reason to leave the others out of the list.
            alone = region is None
            within = rows if alone else selected(subject, run, epoch, chosen, points, None)
            _side(subject, run, epoch, found, region, rows, chosen, within, pool)

    colour = colour_in_link(subject, run)
    looks = (run.id, subject.name, epoch, colour, query("layout"), region and region.id)
    _in_turn(draw_map, draw_side, looks)


def _in_turn(draw_map: Callable[[], None], draw_side: Callable[[], None], looks: object) -> None:
    """Draw both, the one that people wait for first: the map, or where it looks as before, the
    panel. A lasso or a filter is on the map already when Python hears of it.
    """
    as_before = st.session_state.get(_LOOKS) == looks
    for draw in (draw_side, draw_map) if as_before else (draw_map, draw_side):
        draw()
    st.session_state[_LOOKS] = looks


def _no_map(subject: Subject, run: RunNow) -> None:
    """Say how far the map is."""
    if subject.are_rows:
        no_map(run, count(run.info.train_rows, TaskWords.of(run.info.task).each), Run.map)
    else:
        no_map(run, count(len(view(mentions, run).row), subject.name), Run.mention_map)


def _places() -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """The bar of controls, the map's column and that of the panel."""
    above = st.container(horizontal=True, vertical_alignment="center", key="map-bar")
    left, right = st.columns(WIDTHS, gap="medium")
    return above, left, right


def _regions(run: RunNow, epoch: int, side: DeltaGenerator) -> tuple[Regions | None, Region | None]:
    """The regions if they are found before the map is drawn, and the one that the URL names."""
    with side, guard():
        found = regions_if_known(run, epoch)
        return found, None if found is None else region_in_link(found)
    return None, None  # what went wrong is said at the side


def _side(
    subject: Subject,
    run: RunNow,
    epoch: int,
    found: Regions | None,
    region: Region | None,
    rows: Selected | None,
    chosen: Choice,
    within: Selected | None,
    pool: Pool | None,
) -> None:
    """The panel: what is chosen, and the ways to what else is; regions `within` a selection."""
    there, row = {REGIONS: "Regions"}, chosen.row
    if region is not None:
        there[REGION] = "Region"
    if rows is not None:
        is_sought = rows.like is not None and rows.like.found is None
        there[SELECTION] = "Selection" if is_sought else f"Selection ({len(rows.rows):,})"
    if row is not None:
        there[ROW] = f"Row {row}"
    if (unlabelled := pool_row_in_link(pool)) is not None:
        there[POOL] = f"Unlabelled row {unlabelled}"
    side = choose_side(there)
    if side == POOL and pool is not None and unlabelled is not None:
        unlabelled_section(run, pool, unlabelled)
    elif side == ROW and row is not None:
        _row(run, epoch, row, chosen.mention, found)
    elif side == SELECTION and rows is not None:
        selection_section(subject, run, epoch, rows)
    elif side == REGION and region is not None and found is not None:
        region_section(run, epoch, found, region)
    else:
        listed = within.rows if within else None
        list_section(subject, run, epoch, found or regions(run, epoch), listed)
        if found is None and regions_if_known(run, epoch):
            st.rerun()  # so that the map has their names


def _row(run: RunNow, epoch: int, row: int, mention: int | None, found: Regions | None) -> None:
    """A row, below what is said of the mention that was chosen in it."""
    if mention is not None:
        mention_section(run, epoch, mention)
    if row < run.info.train_rows:
        row_section(run, epoch, row, found)
    else:
        held_out_section(run, epoch, row)
