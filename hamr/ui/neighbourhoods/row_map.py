"""The map of the training rows on the page Neighbourhoods, and what was chosen on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hamr.regions import Region, Regions
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.neighbourhoods.bar import MAP_HEIGHT, bar, called
from hamr.ui.neighbourhoods.decision_colours import SENTENCES
from hamr.ui.neighbourhoods.filtering import controls, filtering, looks_of
from hamr.ui.neighbourhoods.guide import guide
from hamr.ui.neighbourhoods.layout import (
    axes_of,
    choose_layout,
    is_data_map,
    lasso_name,
    points_of,
)
from hamr.ui.neighbourhoods.meaning import Likeness, likeness, notice, text_in_link
from hamr.ui.neighbourhoods.near import nearest
from hamr.ui.neighbourhoods.side import SELECTION, choose_region, show_side
from hamr.ui.neighbourhoods.splits import split_in_link
from hamr.ui.shell.cached import view
from hamr.ui.shell.state import LIKE, REGION, query, set_query
from hamr.ui.widgets.hover import Hover
from hamr.ui.widgets.mapchoice import choose, corners, lasso_in_link, row_in_link
from hamr.ui.widgets.pointmap import (
    Marks,
    Name,
    PointMapEvent,
    ScoreScale,
    pointmap,
)
from hamr.views.base.all_rows import AllRows
from hamr.views.base.geometry import inside, lasso_text
from hamr.views.base.label_errors import p_wrong_is_ready
from hamr.views.base.labels import Labels
from hamr.views.base.region_rows import held_out_rows, training_rows
from hamr.views.base.tips import Fact
from hamr.views.neighbourhoods import row_map
from hamr.views.neighbourhoods.colours import Colouring
from hamr.views.neighbourhoods.facts import facts, facts_of
from hamr.views.neighbourhoods.names_on_map import class_names
from hamr.views.neighbourhoods.shown_rows import TRAINING, ShownRows

MOST_MATCHES = 5_000  # more diamonds than this hide the map


@dataclass(frozen=True)
class Choice:
    """What is in the URL: a row, a lasso in packed corners, a search by text or by meaning."""

    row: int | None
    lasso: list[tuple[int, int]] | None
    search: str
    matches: np.ndarray  # rows that the search found
    like: Likeness | None = None


def choice(run: Run) -> Choice:
    """The row, lasso and search of the URL; what names nothing is taken out of it."""
    like = likeness(run)
    search = "" if like else text_in_link()
    only_training = split_in_link() == TRAINING
    matches = np.empty(0, np.int64)
    if search:
        matches = view(_matching, run, search, only_training)
    if like and like.found:
        matches = like.found.rows
    row = row_in_link(run, split="train" if only_training else None)
    return Choice(row, lasso_in_link(lasso_name()), search, matches, like)


def _matching(run: Run, text: str, only_training: bool) -> np.ndarray:
    """The rows that hold a text; rows never change."""
    return run.rows().search(text) if only_training else AllRows.of(run).search(text)


def _chosen_on_map(event: PointMapEvent, points: ShownRows) -> None:
    if event.region is not None:  # its name was clicked
        choose_region(event.region)
        return
    lasso = lasso_text(event.packed) if event.packed else None
    # A lasso drawn while a row is chosen is what was chosen last.
    drawn = lasso is not None and lasso != query(lasso_name())
    show_side(SELECTION if drawn else None)
    if drawn:
        set_query(LIKE, None)
    choose(row=None if event.clicked is None else int(points.rows[event.clicked]))
    set_query(lasso_name(), lasso)
    if lasso is None and event.clicked is None:  # everything is dropped
        set_query(REGION, None)


def map_section(
    run: Run,
    epoch: int,
    chosen: Choice,
    found: Regions | None,
    region: Region | None,
    above: DeltaGenerator,
) -> None:
    """The controls, the map with the names of regions; all but the rows of a `region` are faint."""
    seeds = view(row_map.seed_mask, run, epoch)
    with above:
        colour, shown_seeds = _bar(run, epoch, seeds, chosen)
    notice(run, chosen.like)
    points, axes = points_of(run, epoch), axes_of(run, epoch)
    assert points is not None  # the page shows the map once it is drawn
    names, places = [] if axes else _names(run), partial(_points_of, run, points)
    looks = looks_of(run, epoch, colour, points)
    now = filtering(run, epoch, points, region)
    marks = _marks(run, epoch, seeds, points, chosen, 0 if region else shown_seeds)
    pointmap(
        points.xy,
        key="neighbourhoods",
        colours=looks.codes,
        palette=looks.palette,
        rows=None if points.only_training else points.rows,
        labels=looks.labels,
        scale=_scale(looks),
        marks=replace(marks, dimmed=now.dimmed(points)),
        selected=points.point(chosen.row),
        lasso=chosen.lasso,
        frame=points.frame,
        hover=_hover(run, epoch, points),
        guide=guide(points.xy, names, found, region, places),
        description=_description(run, epoch, colour, points),
        height=MAP_HEIGHT,
        on_change=lambda event: _chosen_on_map(event, points),
        controls=controls(run, epoch, points, now),
        **axes,
    )


def _scale(looks: Colouring) -> ScoreScale | None:
    return ScoreScale(*looks.scale, looks.note, looks.missing) if looks.scale else None


def _bar(run: Run, epoch: int, seeds: np.ndarray, chosen: Choice) -> tuple[str, int]:
    """The controls above the map: the colouring, and the number of seeds whose edges are drawn."""
    colour, shown_seeds, more = bar(run, bool(seeds.any()) and not is_data_map())
    with more:
        choose_layout(run, epoch)
        st.caption(_how_to_read(run, epoch, seeds, chosen) + _of_colours(run, colour))
    return colour, shown_seeds


def _marks(
    run: Run, epoch: int, seeds: np.ndarray, points: ShownRows, chosen: Choice, shown_seeds: int
) -> Marks:
    edges = points.edges(_edges(run, epoch, chosen, shown_seeds))
    diamonds = points.points(_diamonds(run, chosen)[:MOST_MATCHES])
    ringed = seeds
    if not points.only_training:
        ringed = np.append(seeds, False)[np.minimum(points.rows, len(seeds))]
    hardest = points.points(run.array("seeds", epoch))  # stored hardest first
    shapes = _shapes(bool(ringed.any()), shown_seeds, chosen)
    if points.only_training:
        return Marks(ringed=ringed, seeds=hardest, highlight=diamonds, edges=edges, shapes=shapes)
    signs = {"training": "disc", "validation": "square", "test": "triangle"}
    return Marks(
        ringed=ringed,
        seeds=hardest,
        highlight=diamonds,
        edges=edges,
        squares=points.mask("validation"),
        triangles=points.mask("test"),
        shapes=[(signs[name], f"{name} ({n:,})") for name, n in points.counts.items()] + shapes,
    )


def _points_of(run: Run, points: ShownRows, region: Region) -> np.ndarray:
    """The points of its training rows; of the others where the map shows none of those."""
    own = points.points(training_rows(run, region))
    return own if len(own) else points.points(held_out_rows(run, region))


def _description(run: Run, epoch: int, colour: str, points: ShownRows) -> str:
    words = TaskWords.of(run.info.task)
    what = "Data map" if is_data_map() else "UMAP"
    which = " and ".join(f"{n:,} {name}" for name, n in points.counts.items())
    return f"{what} of {which} {words.unit}, coloured by {called(run, colour)}, epoch {epoch}"


def _hover(run: Run, epoch: int, points: ShownRows) -> Hover:
    """The text of the row under the pointer, and what is known of it."""
    split = "all" if not points.only_training else TRAINING

    def texts(at: Sequence[int]) -> list[str]:
        rows = points.rows[np.asarray(at)]
        return run.rows().texts(rows) if points.only_training else AllRows.of(run).texts(rows)

    def known(at: np.ndarray | None) -> tuple[Fact, ...]:
        errors = p_wrong_is_ready(run, epoch)  # they may come later
        of_all = view(facts, run, epoch, held_out=not points.only_training, errors=errors)
        return facts_of(of_all, points.rows if at is None else points.rows[at])

    version = f"{run.id} {split} {len(points.rows)} {points.rows[:1]}"
    return Hover(texts, known, version)


def _names(run: Run) -> list[Name]:
    """The names of the classes, each at its densest place."""
    return [Name(*one) for one in view(_named_classes, run)]


def _named_classes(run: Run) -> list[tuple[str, float, float, float]]:
    xy, labels = run.map(), Labels.of(run)
    return [] if xy is None else class_names(xy, labels.rows, labels.names)


def _edges(run: Run, epoch: int, chosen: Choice, shown_seeds: int) -> np.ndarray:
    """The asked-for edges, and those of the chosen row as its draws of this epoch saw them."""
    pairs: np.ndarray = np.empty((0, 2), np.int64)
    xy = run.map()
    if shown_seeds and xy is not None:
        lasso = corners(chosen.lasso, xy)
        within = (lambda rows: inside(lasso, xy[rows])) if lasso else None
        pairs = row_map.seed_edges(run, epoch, shown_seeds, within)
    if chosen.row is None or chosen.row >= run.info.train_rows:
        return pairs
    # The panel at the side explains the state before the epoch; the map must show the same.
    pairs = pairs[(pairs != chosen.row).all(axis=1)]
    if epoch == 1:
        return pairs
    return np.concatenate([pairs, view(row_map.edges_of, run, epoch - 1, chosen.row)])


def _diamonds(run: Run, chosen: Choice) -> np.ndarray:
    """The rows in a diamond: those of a search, else those nearest to the row that is open."""
    if chosen.row is None or chosen.search or len(chosen.matches):
        return chosen.matches
    return nearest(run, chosen.row)


def _shapes(has_seeds: bool, shown_seeds: int, chosen: Choice) -> list[tuple[str, str]]:
    shapes = [("ring", "hard seed")] if has_seeds else []
    if shown_seeds:
        shapes.append(("edge", "seed to neighbour"))
    if chosen.search or len(chosen.matches):
        shapes.append(("highlight", f"match ({len(chosen.matches):,})"))
    elif chosen.row is not None:
        shapes.append(("highlight", f"nearest to row {chosen.row}"))
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
    if chosen.row is not None and chosen.row < run.info.train_rows and epoch > 1:
        marks += (
            f" Strong lines link row {chosen.row} to its seeds and neighbours before epoch "
            f"{epoch}, which decided how often it was drawn."
        )
    words = TaskWords.of(run.info.task)
    if is_data_map():
        return f"{marks} Click a {words.each}, or draw a lasso (button, or Shift and drag)."
    return (
        f"Similar {words.unit} lie close together (UMAP of their embeddings); distances across "
        f"empty space mean little. {words.note}{marks} Click a {words.each}, or draw a lasso "
        "(button, or Shift and drag)."
    )


def _of_colours(run: Run, colour: str) -> str:
    """What the colours mean, where the legend alone does not say it."""
    sentence = SENTENCES.get(colour) or row_map.how_to_read(run, colour)
    return f" {sentence}" if sentence else ""
