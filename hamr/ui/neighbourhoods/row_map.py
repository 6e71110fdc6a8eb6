"""The map on the page Neighbourhoods, of the rows or of the entity mentions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hamr.regions import Region, Regions
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.neighbourhoods import mention_map
from hamr.ui.neighbourhoods.bar import MAP_HEIGHT, bar, called
from hamr.ui.neighbourhoods.choice import Choice, chosen_on_map
from hamr.ui.neighbourhoods.decision_colours import SENTENCES
from hamr.ui.neighbourhoods.filtering import controls, filtering, looks_of
from hamr.ui.neighbourhoods.guide import guide
from hamr.ui.neighbourhoods.layout import axes_of, is_data_map
from hamr.ui.neighbourhoods.meaning import notice
from hamr.ui.neighbourhoods.near import nearest
from hamr.ui.neighbourhoods.unlabelled import how_placed
from hamr.ui.shell.cached import view
from hamr.ui.widgets.hover import Hover
from hamr.ui.widgets.mapchoice import corners
from hamr.ui.widgets.pointmap import Guide, Layer, Marks, Name, ScoreScale, pointmap
from hamr.views.base.geometry import inside
from hamr.views.base.label_errors import p_wrong_is_ready
from hamr.views.base.places import how_it_moves, places
from hamr.views.base.tips import Fact
from hamr.views.neighbourhoods import row_map
from hamr.views.neighbourhoods.facts import facts_of
from hamr.views.neighbourhoods.names_on_map import class_names
from hamr.views.neighbourhoods.shown_rows import ShownRows
from hamr.views.neighbourhoods.subjects import Subject, facts_shown, rings_of, seeds_of, subject_of

MOST_MATCHES = 5_000  # more diamonds than this hide the map


def map_section(
    subject: Subject,
    run: Run,
    epoch: int,
    points: ShownRows,
    chosen: Choice,
    found: Regions | None,
    region: Region | None,
    above: DeltaGenerator,
    layer: Layer | None = None,
) -> None:
    """The controls, the map with the names of regions; all but the rows of a `region` are faint."""
    seeds = view(rings_of, run, subject.name, epoch)
    colour, shown_seeds = _bar(subject, run, epoch, seeds, chosen, how_placed(layer), above)
    notice(run, chosen.like)
    axes = axes_of(subject, run, epoch)
    looks = looks_of(subject, run, epoch, colour, points)
    now = filtering(subject, run, epoch, points, region)
    marks = _marks(subject, run, epoch, seeds, points, chosen, 0 if region else shown_seeds)
    pointmap(
        points.xy,
        key="neighbourhoods" if subject.are_rows else "mentions",
        colours=looks.codes,
        palette=looks.palette,
        rows=_numbers(subject, run, points),
        labels=looks.labels,
        scale=ScoreScale(*looks.scale, looks.note, looks.missing) if looks.scale else None,
        marks=replace(marks, dimmed=now.dimmed(points)),
        selected=points.point(chosen.index(subject)),
        lasso=chosen.lasso,
        frame=points.frame,
        hover=_hover(subject, run, epoch, points),
        guide=_guide(subject, run, epoch, points, found, region, bool(axes)),
        description=_description(subject, run, epoch, colour, points),
        height=MAP_HEIGHT,
        on_change=lambda event: chosen_on_map(event, subject, run, points, chosen),
        controls=controls(run, epoch, points, now),
        layer=layer,
        **axes,
    )


def _numbers(subject: Subject, run: Run, points: ShownRows) -> np.ndarray | None:
    """The rows of the points, as they are numbered; None where these are 0, 1, 2, ..."""
    if points.only_training and subject.are_rows:
        return None
    return subject.rows(run, points.rows)


def _bar(
    subject: Subject,
    run: Run,
    epoch: int,
    seeds: np.ndarray,
    chosen: Choice,
    further: str,
    above: DeltaGenerator,
) -> tuple[str, int]:
    """The controls above the map: the colouring, and the number of seeds whose edges are drawn."""
    with above:
        colour, shown, more = bar(subject, run, epoch, bool(seeds.any()) and not is_data_map())
    ringed = int(seeds.sum())
    with more:
        if subject.are_rows:
            how = _how_to_read(run, epoch, ringed, chosen) + _of_colours(run, colour)
        else:
            how = mention_map.how_to_read(run, epoch, colour, ringed)
        st.caption(how + further)
    return colour, shown


def _marks(
    subject: Subject,
    run: Run,
    epoch: int,
    seeds: np.ndarray,
    points: ShownRows,
    chosen: Choice,
    shown_seeds: int,
) -> Marks:
    ringed = seeds
    if not points.only_training:
        ringed = np.append(seeds, False)[np.minimum(points.rows, len(seeds))]
    some = bool(ringed.any())
    if subject.are_rows:
        edges = points.edges(_edges(run, epoch, chosen, shown_seeds))
        diamonds, shapes = _diamonds(run, chosen), _shapes(some, shown_seeds, chosen)
    else:
        edges, diamonds = None, chosen.matches
        shapes = mention_map.shapes(run, some, chosen)
    marks = Marks(
        ringed=ringed,
        seeds=points.points(view(seeds_of, run, subject.name, epoch)),  # hardest first
        highlight=points.points(diamonds[:MOST_MATCHES]),
        edges=edges,
        shapes=shapes,
    )
    if points.only_training:
        return marks
    signs = {"training": "disc", "validation": "square", "test": "triangle"}
    return replace(
        marks,
        squares=points.mask("validation"),
        triangles=points.mask("test"),
        shapes=[(signs[name], f"{name} ({n:,})") for name, n in points.counts.items()] + shapes,
    )


def _points(subject: Subject, run: Run, points: ShownRows, region: Region) -> np.ndarray:
    """The points of a region in training rows; the others where the map shows none of those."""
    own = points.points(subject.of_region(run, region))
    trained = own[points.of_split[own] == 0]
    return trained if len(trained) else own


def _description(subject: Subject, run: Run, epoch: int, colour: str, points: ShownRows) -> str:
    unit = TaskWords.of(run.info.task).unit if subject.are_rows else f"{subject.name}s"
    what = "Data map" if is_data_map() else "UMAP"
    which = " and ".join(f"{n:,} {name}" for name, n in points.counts.items())
    return f"{what} of {which} {unit}, coloured by {called(subject, run, colour)}, epoch {epoch}"


def _hover(subject: Subject, run: Run, epoch: int, points: ShownRows) -> Hover:
    """The text of the row or mention under the pointer, and what is known of it."""
    held_out = not points.only_training

    def texts(at: Sequence[int]) -> Sequence[str]:
        rows = points.rows[np.asarray(at)]
        return subject.texts(run, rows) if held_out else subject.training_texts(run, rows)

    def known(at: np.ndarray | None) -> tuple[Fact, ...]:
        errors = p_wrong_is_ready(run, epoch)  # they may come later
        of_all = view(facts_shown, run, subject.name, epoch, held_out=held_out, errors=errors)
        return facts_of(of_all, points.rows if at is None else points.rows[at])

    version = f"{run.id} {subject.name} {held_out} {len(points.rows)} {points.rows[:1]}"
    return Hover(texts, known, not subject.are_rows, version)


def _guide(
    subject: Subject,
    run: Run,
    epoch: int,
    points: ShownRows,
    found: Regions | None,
    region: Region | None,
    data_map: bool,
) -> Guide:
    """The names of regions and, on the map of meanings, of classes at their densest places."""
    names, moving = [], subject.moving(run)
    if not data_map:  # those that move are part of the key, as they come after the last epoch
        of = view(_named_classes, run, subject.name, epoch if moving else 0, moving)
        names = [Name(*one) for one in of]
    return guide(points.xy, names, found, region, partial(_points, subject, run, points))


def _named_classes(
    run: Run, name: str, epoch: int, moving: tuple[int, ...]
) -> list[tuple[str, float, float, float]]:
    subject = subject_of(name)
    drawn = subject.places(run, epoch)
    return [] if drawn is None else class_names(drawn.xy, *subject.labels(run))


def _edges(run: Run, epoch: int, chosen: Choice, shown_seeds: int) -> np.ndarray:
    """The asked-for edges, and those of the chosen row as its draws of this epoch saw them."""
    pairs: np.ndarray = np.empty((0, 2), np.int64)
    drawn = places(run, epoch) if shown_seeds else None
    if drawn is not None:
        lasso, xy = corners(chosen.lasso, drawn.frame), drawn.xy
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


def _how_to_read(run: Run, epoch: int, seeds: int, chosen: Choice) -> str:
    if not run.info.settings.training.learns_hardness:
        marks = (
            "The method learns no hardness, so this run has no hard seeds, no links and no boost."
        )
    elif not seeds:
        marks = f"There are no hard seeds at the end of epoch {epoch}."
    else:
        marks = f"Rings mark the {seeds:,} hard seeds at the end of epoch {epoch}."
    if chosen.row is not None and chosen.row < run.info.train_rows and epoch > 1:
        marks += (
            f" Strong lines link row {chosen.row} to its seeds and neighbours before epoch "
            f"{epoch}, which decided how often it was drawn."
        )
    words = TaskWords.of(run.info.task)
    if is_data_map():
        return f"{marks} Click a {words.each}, or draw a lasso (button, or Shift and drag)."
    moves = how_it_moves(run, epoch)
    return (
        f"Similar {words.unit} lie close together (UMAP of their embeddings); distances across "
        f"empty space mean little. {moves}{' ' if moves else ''}{words.note}{marks} Click a "
        f"{words.each}, or draw a lasso (button, or Shift and drag)."
    )


def _of_colours(run: Run, colour: str) -> str:
    """What the colours mean, where the legend alone does not say it."""
    sentence = SENTENCES.get(colour) or row_map.how_to_read(run, colour)
    return f" {sentence}" if sentence else ""
