"""The map of the entity mentions on the page Neighbourhoods, and the mentions as a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hamr.entities import ERROR_MEANINGS
from hamr.legible import legible
from hamr.regions import Region, Regions
from hamr.store import Run
from hamr.ui.neighbourhoods.bar import MAP_HEIGHT, choose_colour, more_box, search
from hamr.ui.neighbourhoods.guide import guide
from hamr.ui.neighbourhoods.selection import Selected
from hamr.ui.neighbourhoods.side import SELECTION, choose_region, open_row, show_side
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.shell.state import MENTION_LASSO, REGION, query, set_query
from hamr.ui.shell.text import as_csv, count, plain, plain_name
from hamr.ui.widgets.mapchoice import (
    Packed,
    choose,
    choose_map,
    corners,
    lasso_in_link,
    row_in_link,
)
from hamr.ui.widgets.pointmap import Marks, PointMapEvent, ScoreScale, pointmap
from hamr.ui.widgets.rowgrid import SHOWN
from hamr.ui.widgets.tables import show_table
from hamr.views.base import mentions
from hamr.views.base.geometry import inside, lasso_text
from hamr.views.neighbourhoods import mention_map

MOST_MATCHES = 5_000  # more diamonds than this hide the map
COLOURS = {
    "type": "",
    "mistake": " Grey mentions are predicted correctly.",
    "loss": " A mention's loss is that of its hardest word.",
    "hardness": " All mentions of a sentence have its hardness.",
    "region": " The most important hard regions come first.",
}


@dataclass(frozen=True)
class Choice:
    """What is in the URL: a row and one of its mentions, a lasso, a search."""

    row: int | None
    mention: int | None  # the row's first one, where the URL names none of the row's
    lasso: Packed | None
    search: str
    matches: np.ndarray  # mentions that the search found


def choice(run: Run) -> Choice:
    """The row, mention, lasso and search of the URL; what names nothing is taken out of it."""
    row, search = row_in_link(run), (query("find") or "").strip()
    matches = view(mention_map.matching, run, search) if search else np.empty(0, np.int64)
    return Choice(row, _mention(run, row), lasso_in_link(MENTION_LASSO), search, matches)


def _mention(run: Run, row: int | None) -> int | None:
    if row is None:
        return None
    own = mentions.of_row(view(mentions.mentions, run), row).tolist()
    named = {str(mention): mention for mention in own}
    return named.get(query("mention") or "", own[0] if own else None)


def map_section(
    run: Run,
    epoch: int,
    xy: np.ndarray,
    chosen: Choice,
    found: Regions | None,
    region: Region | None,
    above: DeltaGenerator,
) -> None:
    """The controls in the bar `above`, the map and how to read it.

    The regions that are `found` are named on it; all but the mentions of a `region` are faint.
    """
    with above:
        choose_map(run)
        colour = choose_colour(mention_map.COLOURINGS, "type", key="mcolour", help=_KINDS)
        search("Search mentions")
        more_box().caption(_how_to_read(run, epoch, colour))
    looks = view(mention_map.colouring, run, epoch, colour)
    rows = view(mentions.mentions, run).row
    pointmap(
        xy,
        key="mentions",
        colours=looks.codes,
        palette=looks.palette,
        rows=rows,
        labels=looks.labels,
        scale=ScoreScale(*looks.scale) if looks.scale else None,
        marks=Marks(
            highlight=chosen.matches[:MOST_MATCHES],
            dimmed=None if region is None else ~np.isin(np.arange(len(xy)), region.rows),
            shapes=_shapes(run, chosen),
        ),
        selected=chosen.mention,
        lasso=chosen.lasso,
        guide=guide(xy, (), found, region, lambda one: one.rows),
        description=f"UMAP of {len(xy):,} entity mentions, coloured by {colour}, epoch {epoch}",
        height=MAP_HEIGHT,
        on_change=lambda event: _chosen_on_map(event, rows, chosen),
    )


def _chosen_on_map(event: PointMapEvent, rows: np.ndarray, chosen: Choice) -> None:
    if event.region is not None:  # its name was clicked
        choose_region(event.region)
        return
    row = None if event.clicked is None else int(rows[event.clicked])
    if row is None and event.packed and chosen.mention is None:
        row = chosen.row  # it has no mention to be marked, and a lasso does not drop it
    lasso = lasso_text(event.packed) if event.packed else None
    show_side(SELECTION if lasso and lasso != query(MENTION_LASSO) else None)
    choose(row=row, mention=event.clicked)
    set_query(MENTION_LASSO, lasso)
    if lasso is None and event.clicked is None:  # everything is dropped
        set_query(REGION, None)


_KINDS = "; ".join(
    f"*{name}*: {ERROR_MEANINGS[name]}"
    for name, _ in mention_map.KINDS.values()
    if name in ERROR_MEANINGS
)


def _shapes(run: Run, chosen: Choice) -> list[tuple[str, str]]:
    shapes = []
    if chosen.search:
        shapes.append(("highlight", f"match ({len(chosen.matches):,})"))
    if chosen.mention is not None:
        text = view(mentions.texts, run)[chosen.mention]
        text = text if len(text) <= 40 else text[:39] + "…"
        shapes.append(("selected", f"“{text}” in row {chosen.row}"))
    return shapes


def _how_to_read(run: Run, epoch: int, colour: str) -> str:
    spurious = view(mentions.answers, run, epoch).spurious
    # They have no place on the map, and a reader who counts mistakes must know about them.
    left_out = (
        f" {count(spurious, 'spurious entity', 'spurious entities')} of epoch {epoch}, predicted "
        "where the file has none, can't be on this map."
        if spurious
        else f" Epoch {epoch} has no spurious entities; these could not be on this map."
    )
    return (
        "Each point is an entity of the training sentences, placed by the mean vector of its "
        "words: similar mentions lie close together; distances across empty space mean little."
        f"{COLOURS[colour]}{left_out} Click a mention to open its sentence, or draw a lasso "
        "(button, or Shift and drag)."
    )


def selected(chosen: Choice, xy: np.ndarray | None) -> Selected | None:
    """The mentions in the lasso, or those that the search found; None without either."""
    lasso = corners(chosen.lasso, xy)
    if lasso and xy is not None:
        link = {MENTION_LASSO: query(MENTION_LASSO) or ""}
        return Selected(np.flatnonzero(inside(lasso, xy)), "in the lasso", link)
    if chosen.search:
        return Selected(chosen.matches, f"with {chosen.search!r}", {"q": chosen.search})
    return None


def mentions_section(run: Run, epoch: int, found: Selected) -> None:
    """How many mentions there are, a link to relabel their sentences, and their table."""
    if not len(found.rows):
        st.info(f"No entity mention {plain(found.what, 200)}.", icon=":material/search:")
        return
    search = found.link.get("q")
    which = "their sentences" if search is None else f"sentences with {plain_name(search)}"
    navigation.relabel_rows(f"Relabel {which}", run.id, epoch, found.link)
    _grid(run, epoch, mention_map.by_loss(run, epoch, found.rows), found.what)


def _grid(run: Run, epoch: int, which: np.ndarray, what: str) -> None:
    """Mentions as a table: the first ones on screen, all of them as CSV."""
    shown = which[:SHOWN]
    with st.container(horizontal=True, vertical_alignment="center", key="mentions-head"):
        more = f"; the {SHOWN} of highest loss are shown" if len(which) > SHOWN else ""
        found = count(len(which), "entity mention")
        st.text(f"{found} {legible(what, 200)}{more or ', highest loss first'}", width="stretch")
        st.download_button(
            "CSV of these mentions",
            lambda: as_csv(mention_map.table(run, epoch, which)),
            f"mentions_epoch_{epoch}.csv",
            "text/csv",
            on_click="ignore",
            key="mentions-csv",
            help="All of these mentions, not only the ones shown",
        )
    key = f"mention-table-{epoch}-{abs(hash(shown.tobytes()))}"

    def picked() -> None:
        # A callback, because the tick stays in the table while the choice may move on.
        ticked = st.session_state[key]["selection"]["rows"]
        if ticked:
            mention = int(shown[ticked[0]])
            open_row(int(view(mentions.mentions, run).row[mention]), mention)

    show_table(
        mention_map.table(run, epoch, shown),
        key=key,
        height=min(36 * (len(shown) + 1) + 2, 400),
        alt=f"Entity mentions {what}",
        on_select=picked,
        selection_mode="single-row",
        column_config=COLUMNS,
    )


_number, _text = st.column_config.NumberColumn, st.column_config.TextColumn
COLUMNS = {
    "mention": _text(width=130),
    "type": _text(width=120),
    "predicted as": _text(
        width=150, help="The type that the model predicts, and its words where they differ"
    ),
    "mistake": _text(width=120),
    "loss": _number(format="%.3f", width=65, help="Of the mention's hardest word, in nats"),
    "hardness": _number(format="%.3f", width=80, help="Of the sentence"),
    "row": _number(width=60, help="Index of the sentence among the training rows, from 0"),
    "id": _text(width=90),
    "sentence": _text(width=380),
}
