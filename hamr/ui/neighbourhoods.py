"""The sections of the page Neighbourhoods, and what the reader has chosen there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from hamr.errors import DataError
from hamr.store import Run
from hamr.ui.cached import view
from hamr.ui.page import query, set_query, show
from hamr.ui.picker import ACTIVE
from hamr.ui.pointmap import PointMapEvent, ScoreScale, pointmap
from hamr.ui.rowgrid import COLUMNS
from hamr.ui.sentence import row_text
from hamr.ui.text import count
from hamr.views import drawn, mistakes, neighbourhoods
from hamr.views.drawn import Links, Why
from hamr.views.geometry import inside, lasso_from_text, lasso_text
from hamr.views.packing import Frame

MOST_MATCHES = 5_000  # more diamonds than this hide the map
MOST_SEEDS = 500  # whose edges can be shown at a time
FIRST_SEEDS = 30  # whose edges are shown before anybody asks


@dataclass(frozen=True)
class Choice:
    """What stands in the URL: a row, a lasso in packed corners, a search."""

    row: int | None
    lasso: list[tuple[int, int]] | None
    search: str
    matches: np.ndarray  # rows that the search found

    def corners(self, xy: np.ndarray) -> list[tuple[float, float]] | None:
        """The lasso in the map's own coordinates."""
        if self.lasso is None:
            return None
        return [(float(x), float(y)) for x, y in Frame.around(xy).to_data(self.lasso)]


def choose(*, row: int | None) -> None:
    """Put a row into the URL."""
    set_query("row", row)


def choice(run: Run) -> Choice:
    """The row, lasso and search of the URL; what names nothing is taken out of it."""
    row = query("row")
    if row is not None and not (row.isdecimal() and len(row) < 12 and int(row) < len(run.rows())):
        st.warning(
            f"There is no row {row[:20]!r}: rows are numbered 0 to {len(run.rows()) - 1}.",
            icon="🔎",
        )
        row = None
        set_query("row", None)
    search = (query("find") or "").strip()
    matches = run.rows().search(search) if search else np.empty(0, np.int64)
    return Choice(int(row) if row is not None else None, _lasso(), search, matches)


def _lasso() -> list[tuple[int, int]] | None:
    text = query("lasso")
    if not text:
        return None
    try:
        return lasso_from_text(text)
    except DataError as error:
        st.warning(str(error), icon="🔎")
        set_query("lasso", None)
        return None


def _chosen_on_map(event: PointMapEvent) -> None:
    set_query("row", event.clicked)
    set_query("lasso", lasso_text(event.packed) if event.packed else None)


def map_section(run: Run, epoch: int, xy: np.ndarray, chosen: Choice) -> None:
    """The controls, the map and one sentence on how to read it."""
    seeds = view(neighbourhoods.seed_mask, run, epoch)
    colour, shown_seeds = controls(bool(seeds.any()), chosen)
    looks = view(neighbourhoods.colouring, run, epoch, colour)
    pointmap(
        xy,
        key="neighbourhoods",
        colours=looks.codes,
        palette=looks.palette,
        labels=looks.labels,
        scale=ScoreScale(*looks.scale) if looks.scale else None,
        ringed=seeds,
        highlight=chosen.matches[:MOST_MATCHES],
        edges=_edges(run, epoch, xy, chosen, shown_seeds),
        selected=chosen.row,
        lasso=chosen.lasso,
        shapes=_shapes(bool(seeds.any()), shown_seeds, chosen),
        description=f"UMAP of {len(xy)} training rows, coloured by {colour}, epoch {epoch}",
        height=540,
        on_change=_chosen_on_map,
    )
    st.caption(_how_to_read(run, epoch, seeds, chosen))


def controls(has_seeds: bool, chosen: Choice) -> tuple[str, int]:
    """The colouring and the number of seeds whose edges are drawn; both in the URL."""
    a, b, c = st.columns([4, 3, 3], vertical_alignment="bottom")
    colour = a.segmented_control(
        "Colour",
        neighbourhoods.COLOURINGS,
        default="class",
        key="colour",
        required=True,
        bind="query-params",
    )
    b.text_input(
        "Search text or id",
        key="find",
        placeholder="matches get a diamond",
        help=f"{len(chosen.matches):,} rows match" if chosen.search else None,
        bind="query-params",
    )
    edges = c.slider(
        "Edges of the hardest seeds",
        0,
        MOST_SEEDS,
        FIRST_SEEDS,
        step=10,
        key="edges",
        disabled=not has_seeds,
        help="How many seeds are joined to their neighbours; in a lasso only seeds in it count",
        bind="query-params",
    )
    return colour or "class", edges if has_seeds else 0


def _edges(run: Run, epoch: int, xy: np.ndarray, chosen: Choice, shown_seeds: int) -> np.ndarray:
    """The asked-for edges, and those of the chosen row as its draws of this epoch saw them."""
    pairs = np.empty((0, 2), np.int64)
    if shown_seeds:
        corners = chosen.corners(xy)
        within = inside(corners, xy) if corners else None
        pairs = neighbourhoods.seed_edges(run, epoch, shown_seeds, within)
    if chosen.row is None:
        return pairs
    # What the panel below explains is the state before the epoch; the map must not differ.
    pairs = pairs[(pairs != chosen.row).all(axis=1)]
    if epoch == 1:
        return pairs
    return np.concatenate([pairs, view(neighbourhoods.edges_of, run, epoch - 1, chosen.row)])


def _shapes(has_seeds: bool, shown_seeds: int, chosen: Choice) -> list[tuple[str, str]]:
    shapes = [("ring", "hard seed")] if has_seeds else []
    if shown_seeds:
        shapes.append(("edge", "seed to neighbour"))
    if chosen.search:
        shapes.append(("highlight", f"match ({len(chosen.matches):,})"))
    if chosen.row is not None:
        shapes.append(("selected", f"row {chosen.row}"))
    return shapes


def _how_to_read(run: Run, epoch: int, seeds: np.ndarray, chosen: Choice) -> str:
    if run.info.method == "erm":
        marks = "ERM learns no hardness, so this run has no hard seeds, no edges and no boost."
    elif not seeds.any():
        marks = f"No hard seeds stand at the end of epoch {epoch}."
    else:
        marks = f"Rings are the {seeds.sum():,} hard seeds as epoch {epoch} ended."
    if chosen.row is not None and epoch > 1:
        marks += (
            f" Strong lines join row {chosen.row} to the seeds and neighbours that stood before "
            f"epoch {epoch}, which steered its draws."
        )
    return (
        "UMAP keeps rows near that have like embeddings; distances across empty space mean "
        f"little. {marks} Click a row, or draw a lasso (button, or shift and drag)."
    )


@st.fragment(run_every=2.0)
def no_map(run: Run) -> None:
    """Say what is going on until the map is there, then show it."""
    if run.map() is not None:
        st.rerun()
    info = run.info
    with st.container(border=True):
        st.subheader("The map is not drawn yet", anchor=False)
        if info.status in ACTIVE:
            st.text(
                f"UMAP places {count(info.train_rows, 'row')} on the map, beside the training. "
                "It appears here by itself."
            )
        else:
            st.text(
                f"This run is {info.status} and has no map. If none is being drawn now, draw it "
                "with the command below; it appears here by itself."
            )
            st.code(f"python -m hamr map {info.id[:8]}", language=None)
        st.text("Until then, name a row in the link (?row=12) to see why it was drawn.")


def why_section(run: Run, epoch: int, row: int) -> None:
    """The chosen row and the account of its draws."""
    why = view(drawn.why_drawn, run, epoch, row)
    row_id = run.rows().ids([row])[0]
    with st.container(border=True, key="why"):
        head, close = st.columns([9, 1], vertical_alignment="center")
        head.subheader(f"Why was row {row} drawn in epoch {epoch}?", anchor=False)
        close.button("Close", key="why-close", on_click=lambda: choose(row=None))
        st.text(f"{row_id} · {mistakes.verdict(run, epoch, row)}")
        row_text(run, epoch, row)
        _figures(why)
        _account(why)
        _links(run, why)
        show(
            view(drawn.row_path, run, row, epoch),
            key="row-path",
            how_to_read="The dotted line is the epoch explained here: its draws follow the "
            "hardness and boost one epoch to the left.",
            alt=f"Hardness, boost, draws and expected draws of row {row} over the epochs",
        )


def _figures(why: Why) -> None:
    before = "as training began" if why.epoch == 1 else f"at the end of epoch {why.epoch - 1}"
    columns = st.columns(5)
    columns[0].metric("Draws", f"{why.draws}", help=f"Of {why.draw_count:,} in epoch {why.epoch}")
    columns[1].metric("Expected draws", f"{why.expected:.2f}", help="p times all draws")
    columns[2].metric(
        f"Rank of {why.row_count:,}", f"{why.rank:,}", help="1 is the row most likely to be drawn"
    )
    columns[3].metric("Hardness before", f"{why.hardness:.3f}", help=f"h, {before}")
    columns[4].metric("Boost before", f"{why.boost:.3f}", help=f"b, {before}")


def _account(why: Why) -> None:
    """The probability, written out with its numbers."""
    if not why.probability:
        st.text("This row was moved into the balanced meta set, so it is never drawn.")
    elif not why.resamples:
        st.text(
            "This method draws every row once an epoch, in shuffled order: neither hardness nor "
            "boost changes the draws."
        )
    else:
        st.latex(why.formula())
        st.text(
            f"In {why.draw_count:,} draws with replacement that makes {why.expected:.2f} expected "
            f"ones; the row was drawn {count(why.draws, 'time')}. h and b stand as "
            + (
                "training begins: 1 and 0."
                if why.epoch == 1
                else f"epoch {why.epoch - 1} left them."
            )
        )


def _links(run: Run, why: Why) -> None:
    """The seeds that boost the row, and its own neighbours if it is a seed."""
    if why.epoch == 1:
        st.text("No row has been boosted yet: seeds are chosen at the end of an epoch.")
        return
    if len(why.boosters):
        st.text(
            f"It is a neighbour of {count(len(why.boosters), 'hard seed')}; the most boosted row "
            f"is one of {why.largest_count}, so its boost is {len(why.boosters)} / "
            f"{why.largest_count} = {why.boost:.3f}. These seeds boost it:"
        )
        _link_grid(run, why, why.boosters, "boosters")
    elif run.info.method != "erm":
        st.text("No hard seed has it among its neighbours, so it has no boost.")
    if why.neighbours is not None:
        st.text(f"It is a hard seed itself and boosts its {len(why.neighbours)} neighbours:")
        _link_grid(run, why, why.neighbours, "neighbours")


def _link_grid(run: Run, why: Why, links: Links, name: str) -> None:
    table: pd.DataFrame = drawn.link_table(run, why.epoch, why.row, links)
    key = f"{name}-{why.epoch}-{why.row}"

    def picked() -> None:
        ticked = st.session_state[key]["selection"]["rows"]
        if ticked:
            choose(row=int(links.rows[ticked[0]]))

    st.dataframe(
        table,
        key=key,
        hide_index=True,
        height=min(36 * (len(table) + 1) + 2, 290),
        alt="Rows at the other ends of the edges, nearest first",
        on_select=picked,
        selection_mode="single-row",
        column_config=COLUMNS,
    )
