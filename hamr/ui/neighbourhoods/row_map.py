"""The map of the training rows on the page Neighbourhoods, and what the reader has chosen there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from hamr.store import Run
from hamr.ui.shell.cached import view
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.text import count
from hamr.ui.widgets.mapchoice import choose, corners, lasso_in_link, row_in_link
from hamr.ui.widgets.pointmap import PointMapEvent, ScoreScale, pointmap
from hamr.views.base.geometry import inside, lasso_text
from hamr.views.neighbourhoods import row_map as neighbourhoods

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


def choice(run: Run) -> Choice:
    """The row, lasso and search of the URL; what names nothing is taken out of it."""
    search = (query("find") or "").strip()
    matches = run.rows().search(search) if search else np.empty(0, np.int64)
    return Choice(row_in_link(run), lasso_in_link("lasso"), search, matches)


def _chosen_on_map(event: PointMapEvent) -> None:
    choose(row=event.clicked)
    set_query("lasso", lasso_text(event.packed) if event.packed else None)


def map_section(run: Run, epoch: int, xy: np.ndarray, chosen: Choice) -> None:
    """The controls, the map and one sentence on how to read it."""
    seeds = view(neighbourhoods.seed_mask, run, epoch)
    colour, shown_seeds = controls(run, bool(seeds.any()), chosen)
    looks = view(neighbourhoods.colouring, run, epoch, colour)
    rows, by = "sentences" if run.info.task == "token" else "rows", _called(run, colour)
    title = f"UMAP of {len(xy):,} training {rows}, coloured by {by}, epoch {epoch}"
    if run.info.task == "token":  # it has two maps, so each says which it is
        st.markdown(f"**{title}**")
    pointmap(
        xy,
        key="neighbourhoods",
        colours=looks.codes,
        palette=looks.palette,
        labels=looks.labels,
        scale=ScoreScale(*looks.scale, note=looks.note) if looks.scale else None,
        ringed=seeds,
        highlight=chosen.matches[:MOST_MATCHES],
        edges=_edges(run, epoch, xy, chosen, shown_seeds),
        selected=chosen.row,
        lasso=chosen.lasso,
        shapes=_shapes(bool(seeds.any()), shown_seeds, chosen),
        description=title,
        height=540,
        on_change=_chosen_on_map,
    )
    st.caption(_how_to_read(run, epoch, seeds, chosen) + _of_colours(run, colour))


def controls(run: Run, has_seeds: bool, chosen: Choice) -> tuple[str, int]:
    """The colouring and the number of seeds whose edges are drawn; both in the URL."""
    token = run.info.task == "token"  # "rarest type" takes more room than "class"
    a, b, c = st.columns([16, 5, 5] if token else [14, 6, 6], vertical_alignment="bottom")
    colour = a.segmented_control(
        "Colour",
        neighbourhoods.colourings(run),
        default="class",
        format_func=lambda by: _called(run, by),
        key="colour",
        required=True,
        bind="query-params",
        persist_state="page",
    )
    b.text_input(
        "Search text or id",
        key="find",
        placeholder="any part of it",
        help="Matches get a diamond"
        + (f"; {count(len(chosen.matches), 'row')} now" if chosen.search else ""),
        bind="query-params",
    )
    edges = c.slider(
        "Edges of seeds",
        0,
        MOST_SEEDS,
        FIRST_SEEDS,
        step=10,
        key="edges",
        disabled=not has_seeds,
        help="How many of the hardest seeds are joined to their neighbours; in a lasso only seeds "
        "in it count",
        bind="query-params",
        persist_state="page",
    )
    return colour or "class", edges if has_seeds else 0


def _called(run: Run, by: str) -> str:
    """A colouring as people read it: a sentence has no class but its rarest entity type."""
    return "rarest type" if by == "class" and run.info.task == "token" else by


def _edges(run: Run, epoch: int, xy: np.ndarray, chosen: Choice, shown_seeds: int) -> np.ndarray:
    """The asked-for edges, and those of the chosen row as its draws of this epoch saw them."""
    pairs: np.ndarray = np.empty((0, 2), np.int64)
    if shown_seeds:
        lasso = corners(chosen.lasso, xy)
        within = inside(lasso, xy) if lasso else None
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
    if not run.info.settings.training.learns_hardness:
        marks = (
            "Its method learns no hardness, so this run has no hard seeds, no edges and no boost."
        )
    elif not seeds.any():
        marks = f"No hard seeds stand at the end of epoch {epoch}."
    else:
        marks = f"Rings are the {seeds.sum():,} hard seeds as epoch {epoch} ended."
    if chosen.row is not None and epoch > 1:
        marks += (
            f" Strong lines join row {chosen.row} to the seeds and neighbours that stood before "
            f"epoch {epoch}, which steered its draws."
        )
    row = "row"
    if run.info.task == "token":
        row, marks = "sentence", f"A sentence stands under its rarest entity type. {marks}"
    return (
        f"UMAP keeps {row}s near that have like embeddings; distances across empty space mean "
        f"little. {marks} Click a {row}, or draw a lasso (button, or shift and drag)."
    )


def _of_colours(run: Run, colour: str) -> str:
    """What the colours say, where the legend alone doesn't tell it."""
    if colour != "alignment":
        return ""
    row = "sentence" if run.info.task == "token" else "row"
    return (
        f" Alignment tells whether more weight on a {row} would have helped the balanced meta set: "
        "among hard seeds blue ones are worth learning, orange ones are often labelled wrong."
    )
