"""The selection at the map's side: the rows of a lasso or of a search, and what to do with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from hamr.store import Run
from hamr.ui.neighbourhoods.alike import alike_section
from hamr.ui.neighbourhoods.held_out import held_out_table
from hamr.ui.neighbourhoods.meaning import Likeness
from hamr.ui.neighbourhoods.row_map import Choice
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.shell.state import query
from hamr.ui.shell.text import plain
from hamr.ui.widgets.draws import offer_draws
from hamr.ui.widgets.mapchoice import choose
from hamr.ui.widgets.rowgrid import row_grid
from hamr.views.base import rowtable
from hamr.views.base.geometry import inside
from hamr.views.neighbourhoods.shown_rows import ShownRows


@dataclass(frozen=True)
class Selected:
    """Rows, or mentions, that were chosen together."""

    rows: np.ndarray
    what: str  # "in the lasso", to be said after their number
    link: dict[str, str]  # the part of a URL that chooses the same rows on Relabel
    like: Likeness | None = None  # what they are ranked by their similarity to


def selected(chosen: Choice, points: ShownRows | None) -> Selected | None:
    """The rows in the lasso, or those that the search found; None without either.

    Among the rows that the map shows, as indices among those of all splits.
    """
    if chosen.like:
        return Selected(chosen.matches, chosen.like.what, {}, chosen.like)
    if chosen.lasso and points is not None:
        corners = [(float(x), float(y)) for x, y in points.frame.to_data(chosen.lasso)]
        rows = points.rows[inside(corners, points.xy)]
        return Selected(rows, "in the lasso", {"lasso": query("lasso") or ""})
    if chosen.search:
        return Selected(chosen.matches, f"with {chosen.search!r}", {"q": chosen.search})
    return None


def selection_section(run: Run, epoch: int, found: Selected) -> None:
    """How many they are, a link to relabel them, and their table."""
    if found.like:
        alike_section(run, epoch, found.like)
        return
    if not len(found.rows):
        st.info(f"No row {plain(found.what, 200)}.", icon=":material/search:")
        return
    trained = found.rows[found.rows < run.info.train_rows]
    if len(trained) < len(found.rows):
        held_out_table(run, found.rows[len(trained) :], found.what)
    if not len(trained):
        return
    navigation.relabel_rows("Relabel these rows", run.id, epoch, found.link)
    offer_draws(run, trained, f"rows {found.what}", key="selection", it="them")
    row_grid(
        run,
        view(rowtable.measures, run, epoch),
        trained,
        key="map-rows",
        what=found.what,
        on_pick=lambda row: choose(row=row),
    )
