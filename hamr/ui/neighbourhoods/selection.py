"""The selection at the map's side: the rows that pass all filters, and what to do with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from hamr.regions import Region
from hamr.store import Run
from hamr.ui.neighbourhoods.alike import alike_section
from hamr.ui.neighbourhoods.choice import Choice
from hamr.ui.neighbourhoods.filtering import Filtering, drop_filters, filtering, narrowed
from hamr.ui.neighbourhoods.held_out import held_out_table
from hamr.ui.neighbourhoods.layout import is_data_map
from hamr.ui.neighbourhoods.meaning import Likeness
from hamr.ui.neighbourhoods.mention_map import mention_grid
from hamr.ui.neighbourhoods.side import open_row
from hamr.ui.shell import navigation
from hamr.ui.shell.state import MOST_LISTED, group_in_url, query
from hamr.ui.shell.text import count, plain, plain_name
from hamr.ui.widgets.draws import offer_draws
from hamr.ui.widgets.rowgrid import row_grid
from hamr.views.neighbourhoods.shown_rows import ShownRows
from hamr.views.neighbourhoods.subjects import Subject


@dataclass(frozen=True)
class Selected:
    """Rows, or mentions, that were chosen together."""

    rows: np.ndarray
    what: str  # "in the lasso", to be said after their number
    link: dict[str, str]  # the part of a URL that chooses the same rows on Relabel; empty if none
    like: Likeness | None = None  # what they are ranked by their similarity to
    filtered: bool = False  # by legend or histogram


def selected(
    subject: Subject,
    run: Run,
    epoch: int,
    chosen: Choice,
    points: ShownRows | None,
    region: Region | None,
) -> Selected | None:
    """What passes lasso, search, legend and histogram; None without any of these.

    Among the rows or mentions that the map shows, as indices among those of all splits. A region
    that is open narrows them further, and is no selection by itself.
    """
    if chosen.like and not (points and narrowed()):
        return Selected(chosen.matches, chosen.like.what, {}, chosen.like)
    if points is None:
        held = Selected(chosen.matches, f"with {chosen.search!r}", {"q": chosen.search})
        return held if chosen.search else None
    found = chosen.matches if chosen.search or chosen.like else None
    now = filtering(subject, run, epoch, points, region, chosen.lasso, found)
    if not (now.narrows or chosen.lasso or chosen.search):
        return None
    lasso = subject.in_links[1]
    link = {lasso: query(lasso) or ""} if chosen.lasso else {"q": chosen.search}
    exact = not now.narrows and region is None and not (chosen.lasso and chosen.search)
    # Relabel knows one lasso, search or region; so it can't be led to what several of them leave,
    # nor to a lasso on the data map.
    link = link if exact and not (chosen.lasso and is_data_map()) else {}
    return Selected(now.rows(points), _what(now, chosen), link, filtered=now.narrows)


def _what(now: Filtering, chosen: Choice) -> str:
    """What the rows have in common, to be said after their number."""
    held, parts = now.filters, []
    if chosen.lasso:
        parts.append("in the lasso")
    if chosen.like:
        parts.append(chosen.like.what)
    if held.region is not None:
        parts.append("in the region")
    if chosen.search:
        parts.append(f"with {chosen.search!r}")
    if held.classes:
        own = now.subject.by_class
        parts.append(f"of {count(len(held.classes), own, _PLURALS[own])}")
    if held.kinds:
        parts.append(f"of chosen {now.colour}")
    if held.span:
        low, high = held.span
        parts.append(f"with {now.subject.values[now.signal].title} {low:.4g} to {high:.4g}")
    return ", ".join(parts)


_PLURALS = {"class": "classes", "type": "types"}


def selection_section(subject: Subject, run: Run, epoch: int, found: Selected) -> None:
    """How many they are, a link to relabel them, and their table."""
    if found.like:
        alike_section(subject, run, epoch, found.like)
        return
    if found.filtered:
        st.button(
            "Clear filters", key="clear-filters", icon=":material/filter_alt_off:",
            on_click=drop_filters, help="Show all classes and values again",
        )  # fmt: skip
    if not len(found.rows):
        st.info(f"No {subject.name} {plain(found.what, 200)}.", icon=":material/search:")
        return
    if subject.are_rows:
        _rows(run, epoch, found)
    else:
        _mentions(subject, run, epoch, found)


def _mentions(subject: Subject, run: Run, epoch: int, found: Selected) -> None:
    """Mentions as a table; what is done is done with their sentences."""
    rows = np.unique(subject.rows(run, found.rows))
    # Relabel searches whole sentences, which hold the words elsewhere too.
    search = found.link.get("q")
    which = "their sentences" if search is None else f"sentences with {plain_name(search)}"
    _relabel(run, epoch, rows, found.link, f"Relabel {which}")
    trained = rows[rows < run.info.train_rows]
    offer_draws(run, trained, f"mentions {found.what}", key="selection", it="them")
    mention_grid(run, epoch, found.rows, found.what)


def _rows(run: Run, epoch: int, found: Selected) -> None:
    trained = found.rows[found.rows < run.info.train_rows]
    if len(trained) < len(found.rows):
        held_out_table(run, found.rows[len(trained) :], found.what)
    if not len(trained):
        return
    _relabel(run, epoch, found.rows, found.link, "Relabel these rows")
    offer_draws(run, trained, f"rows {found.what}", key="selection", it="them")
    row_grid(
        run,
        epoch,
        trained,
        key="map-rows",
        what=found.what,
        on_pick=open_row,
    )


def _relabel(run: Run, epoch: int, rows: np.ndarray, link: dict[str, str], title: str) -> None:
    """A link to these rows on Relabel: by what chooses them, or one by one."""
    if not link and len(rows) <= MOST_LISTED:
        link = {"rows": ",".join(map(str, rows.tolist())), **group_in_url()}
    if link:
        navigation.relabel_rows(title, run.id, epoch, link)
    else:
        st.caption(
            f"To relabel them as a group, narrow them to {MOST_LISTED:,} rows, or keep one of "
            "lasso, search and region alone."
        )
