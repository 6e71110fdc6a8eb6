"""The map of the training rows on the page Neighbourhoods, and what was chosen on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from hamr.legible import legible_name
from hamr.store import Run
from hamr.tasks import TaskWords, features
from hamr.ui.neighbourhoods.decision_colours import DECISIONS, decision_colours
from hamr.ui.shell.cached import view
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.text import count, distinct, plain
from hamr.ui.widgets.mapchoice import choose, corners, lasso_in_link, row_in_link
from hamr.ui.widgets.pointmap import Marks, PointMapEvent, ScoreScale, pointmap
from hamr.views.base import metadata
from hamr.views.base.geometry import inside, lasso_text
from hamr.views.neighbourhoods import row_map

MOST_MATCHES = 5_000  # more diamonds than this hide the map
MOST_SEEDS = 500  # whose edges can be shown at a time
FIRST_SEEDS = 30  # whose edges are shown at first


@dataclass(frozen=True)
class Choice:
    """What is in the URL: a row, a lasso in packed corners, a search."""

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
    seeds = view(row_map.seed_mask, run, epoch)
    colour, shown_seeds = controls(run, bool(seeds.any()), chosen)
    by_people = colour == DECISIONS
    looks = decision_colours(run) if by_people else view(row_map.colouring, run, epoch, colour)
    words, by = TaskWords.of(run.info.task), _called(run, colour)
    title = f"UMAP of {len(xy):,} training {words.unit}, coloured by {by}, epoch {epoch}"
    if features(run.info.task).entities:  # it has two maps, so each says which it is
        st.markdown(f"**{plain(title)}**")
    pointmap(
        xy,
        key="neighbourhoods",
        colours=looks.codes,
        palette=looks.palette,
        labels=looks.labels,
        scale=ScoreScale(*looks.scale, note=looks.note) if looks.scale else None,
        marks=Marks(
            ringed=seeds,
            highlight=chosen.matches[:MOST_MATCHES],
            edges=_edges(run, epoch, xy, chosen, shown_seeds),
            shapes=_shapes(bool(seeds.any()), shown_seeds, chosen),
        ),
        selected=chosen.row,
        lasso=chosen.lasso,
        description=title,
        height=540,
        on_change=_chosen_on_map,
    )
    st.caption(_how_to_read(run, epoch, seeds, chosen) + _of_colours(run, colour))


def controls(run: Run, has_seeds: bool, chosen: Choice) -> tuple[str, int]:
    """The colouring and the number of seeds whose edges are drawn; both in the URL."""
    # "rarest type" is longer than "class".
    wide = len(TaskWords.of(run.info.task).by) > len("class")
    a, b, c = st.columns([21, 5, 5] if wide else [20, 6, 6], vertical_alignment="bottom")
    colour = a.segmented_control(
        "Colour",
        (*row_map.colourings(run), DECISIONS),
        default="class",
        format_func=lambda by: _called(run, by),
        key="colour",
        required=True,
        disabled=query("by") in metadata.names(run),
        bind="query-params",
        persist_state="page",
    )
    b.text_input(
        "Search text or id",
        key="find",
        placeholder="Any part of it",
        help="Matches are marked by a diamond"
        + (f"; {count(len(chosen.matches), 'row')} now" if chosen.search else ""),
        bind="query-params",
    )
    edges = c.slider(
        "Links shown",
        0,
        MOST_SEEDS,
        FIRST_SEEDS,
        step=10,
        key="edges",
        disabled=not has_seeds,
        help="Number of hard seeds, the hardest first, whose links to their neighbours are drawn; "
        "with a lasso, of the seeds in it",
        bind="query-params",
        persist_state="page",
    )
    return _column(run) or colour or "class", edges if has_seeds else 0


def _column(run: Run) -> str | None:
    """The column of metadata to colour by, where the rows have some and one is chosen."""
    names = metadata.names(run)
    if not names:
        return None
    if st.session_state.get("by") not in (None, *names):  # of another run
        st.session_state["by"] = None
    name = st.selectbox(
        "Colour by metadata",
        names,
        index=None,
        key="by",
        format_func=distinct(names),
        placeholder="a column",
        help="In the place of the colour above. Clear it to go back.",
        width=340,
        bind="query-params",
        persist_state="page",
    )
    return f"{row_map.METADATA}{name}" if name else None


def _called(run: Run, by: str) -> str:
    """A colouring as people read it: a sentence has no class, but a rarest entity type."""
    if by.startswith(row_map.METADATA):
        return legible_name(by.removeprefix(row_map.METADATA))
    return TaskWords.of(run.info.task).by if by == "class" else by


def _edges(run: Run, epoch: int, xy: np.ndarray, chosen: Choice, shown_seeds: int) -> np.ndarray:
    """The asked-for edges, and those of the chosen row as its draws of this epoch saw them."""
    pairs: np.ndarray = np.empty((0, 2), np.int64)
    if shown_seeds:
        lasso = corners(chosen.lasso, xy)
        within = inside(lasso, xy) if lasso else None
        pairs = row_map.seed_edges(run, epoch, shown_seeds, within)
    if chosen.row is None:
        return pairs
    # The panel below explains the state before the epoch; the map must show the same.
    pairs = pairs[(pairs != chosen.row).all(axis=1)]
    if epoch == 1:
        return pairs
    return np.concatenate([pairs, view(row_map.edges_of, run, epoch - 1, chosen.row)])


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
            "The method learns no hardness, so this run has no hard seeds, no links and no boost."
        )
    elif not seeds.any():
        marks = f"There are no hard seeds at the end of epoch {epoch}."
    else:
        marks = f"Rings mark the {seeds.sum():,} hard seeds at the end of epoch {epoch}."
    if chosen.row is not None and epoch > 1:
        marks += (
            f" Strong lines link row {chosen.row} to its seeds and neighbours before epoch "
            f"{epoch}, which decided how often it was drawn."
        )
    words = TaskWords.of(run.info.task)
    return (
        f"Similar {words.unit} lie close together (UMAP of their embeddings); distances across "
        f"empty space mean little. {words.note}{marks} Click a {words.each}, or draw a lasso "
        "(button, or Shift and drag)."
    )


def _of_colours(run: Run, colour: str) -> str:
    """What the colours mean, where the legend alone does not say it."""
    if colour == DECISIONS:
        return " Colours show what people have decided so far; grey rows are not reviewed yet."
    if colour != "alignment":
        return ""
    row = TaskWords.of(run.info.task).each
    return (
        f" Alignment says whether more weight on a {row} would have helped the balanced meta set: "
        "blue hard seeds are worth learning, orange ones are often mislabelled."
    )
