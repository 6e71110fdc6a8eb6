"""What the map's legend, histogram and player hold in the URL, and the rows that this selects.

classes=0,3             the classes shown, by number; kinds=mistakes:1 the same of a colouring
signal=loss             the signal of the histogram; that of the colours by default
range=0.5,0.9           what is brushed on it
play=1                  the player is open
layout=data-map         the data map in the place of the map of meanings
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
import streamlit as st

from hamr.regions import Region
from hamr.store import Run
from hamr.ui.neighbourhoods.decision_colours import SENTENCES as DECISIONS
from hamr.ui.neighbourhoods.decision_colours import decision_colours
from hamr.ui.neighbourhoods.layout import is_data_map
from hamr.ui.neighbourhoods.side import SELECTION, show_side
from hamr.ui.neighbourhoods.splits import split_in_link
from hamr.ui.shell.cached import view
from hamr.ui.shell.state import pin_epoch, query, set_query
from hamr.ui.widgets.mapcontrols import Controls, FilterEvent, Histogram, Player
from hamr.views.base import metadata
from hamr.views.base.label_errors import p_wrong_is_ready
from hamr.views.base.places import how_it_moves
from hamr.views.base.regions import is_long_search
from hamr.views.neighbourhoods import frames, row_map, subjects
from hamr.views.neighbourhoods.colours import Colouring
from hamr.views.neighbourhoods.levels import Levels
from hamr.views.neighbourhoods.row_values import LABEL_ERROR
from hamr.views.neighbourhoods.selection import (
    Filters,
    codes_from_text,
    codes_text,
    passing,
    selected_rows,
    span_from_text,
    span_text,
)
from hamr.views.neighbourhoods.shown_rows import TRAINING, ShownRows
from hamr.views.neighbourhoods.subjects import Subject

T = TypeVar("T")

_NAMES = ("classes", "kinds", "range")


@dataclass(frozen=True)
class Filtering:
    """The filters of the URL, with what they are about."""

    subject: Subject
    filters: Filters
    colour: str
    signal: str
    levels: Callable[[], Levels]  # once they are needed: of a million rows they take a moment
    classes: np.ndarray | None = None  # [P] codes, where classes are filtered
    kinds: np.ndarray | None = None  # [P] codes of the colouring, where they are

    @property
    def codes(self) -> tuple[int, ...]:
        """The colour codes in focus in the legend."""
        of_class = self.colour == self.subject.by_class
        return self.filters.classes if of_class else self.filters.kinds

    @property
    def narrows(self) -> bool:
        """Whether legend or histogram leave rows out."""
        held = self.filters
        return bool(held.classes or held.kinds or held.span)

    def rows(self, points: ShownRows) -> np.ndarray:
        """Those that pass all filters, as indices among the rows or mentions of all splits."""
        return selected_rows(
            points,
            self.filters,
            classes=self.classes,
            kinds=self.kinds,
            levels=self.levels() if self.filters.span else None,
        )

    def dimmed(self, points: ShownRows) -> np.ndarray | None:
        """Which points the browser can not dim by itself: those out of a region, or of a class
        under colours of another kind; None for none.
        """
        hidden = () if self.colour == self.subject.by_class else self.filters.classes
        held = Filters(classes=hidden, region=self.filters.region)
        if not held.any:
            return None
        dim: np.ndarray = ~passing(points, held, classes=self.classes)
        return dim


def colour_in_link(subject: Subject, run: Run) -> str:
    """What the map is coloured by: the choice of this session, or that of the URL."""
    name = subject.in_links[0]
    column = st.session_state.get("by", query("by"))
    if subject.are_rows and column in metadata.names(run):
        return f"{row_map.METADATA}{column}"
    chosen = st.session_state.get(name, query(name))
    known = (*subject.colourings(run), *DECISIONS)
    return chosen if chosen in known else subject.by_class


def looks_of(subject: Subject, run: Run, epoch: int, colour: str, points: ShownRows) -> Colouring:
    """The colours of the points."""
    if colour in DECISIONS:
        every = points.only_training and subject.are_rows
        return decision_colours(run, colour, None if every else subject.rows(run, points.rows))
    return _kept(subjects.colouring_of, run, subject, epoch, colour, _split(points))


def _kept(
    function: Callable[..., T], run: Run, subject: Subject, epoch: int, by: str, split: str
) -> T:
    """`view`, but not of what another process is still to find."""
    waits = {
        LABEL_ERROR: lambda: not p_wrong_is_ready(run, epoch),
        row_map.REGION: lambda: is_long_search(run, epoch),
    }
    if by in waits and waits[by]():
        return function(run, subject.name, epoch, by, split)
    return view(function, run, subject.name, epoch, by, split)


def filtering(
    subject: Subject,
    run: Run,
    epoch: int,
    points: ShownRows,
    region: Region | None,
    lasso: Sequence[tuple[int, int]] | None = None,
    found: np.ndarray | None = None,
) -> Filtering:
    """The filters that the URL holds, for the points on the map."""
    colour = colour_in_link(subject, run)
    signal = _signal(subject, run, colour)
    held = None if region is None else subject.of_region(run, region)
    named, _, codes = (query("kinds") or "").rpartition(":")
    filters = Filters(
        lasso=lasso,
        classes=codes_from_text(query("classes"), 256),
        kinds=codes_from_text(codes, 256) if named == colour else (),
        span=span_from_text(query("range")),
        region=held,
        found=found,
    )
    looks = partial(looks_of, subject, run, epoch, points=points)
    return Filtering(
        subject,
        filters,
        colour,
        signal,
        partial(_kept, subjects.levels_of, run, subject, epoch, signal, _split(points)),
        looks(subject.by_class).codes if filters.classes else None,
        looks(colour).codes if filters.kinds else None,
    )


def controls(run: Run, epoch: int, points: ShownRows, now: Filtering) -> Controls:
    """The histogram and the player below the map, and the filters as the URL has them."""
    names = _signals(now.subject, run)
    several = len(run.epochs()) > 1
    return Controls(
        partial(_filtered, now),
        codes=now.codes,
        histogram=Histogram(
            [(name, name) for name in names],
            now.signal,
            now.subject.values[now.signal].title,
            now.levels,
            now.filters.span,
        ),
        player=_player(run, epoch, points, now) if several and query("play") else None,
        plays=several,
        on_player=lambda opened: set_query("play", 1 if opened else None),
        on_epoch=partial(_go_to, run),
    )


def narrowed() -> bool:
    """Whether the URL has a filter of the legend or the histogram."""
    return any(query(name) for name in _NAMES)


def drop_filters() -> None:
    """Show all rows again."""
    for name in _NAMES:
        set_query(name, None)


def _filtered(now: Filtering, event: FilterEvent) -> None:
    if now.colour == now.subject.by_class:
        set_query("classes", codes_text(event.codes))
    elif codes := codes_text(event.codes):
        set_query("kinds", f"{now.colour}:{codes}")
    else:
        set_query("kinds", None)
    if event.signal != now.signal:
        set_query("signal", event.signal)
    elif event.span:
        set_query("signal", now.signal)  # or another colour would make it another signal's range
    set_query("range", span_text(event.span))
    if event.codes or event.span:
        show_side(SELECTION)


def _go_to(run: Run, epoch: int) -> None:
    set_query("epoch", None if epoch == run.epochs()[-1] else epoch)
    pin_epoch(run.id, epoch)


def _signals(subject: Subject, run: Run) -> list[str]:
    names = [by for by in subject.colourings(run) if by in subject.values]
    # Where a method learns no hardness, all rows have the same: a histogram would be one bar.
    learns = run.info.settings.training.learns_hardness
    return sorted(names, key=lambda by: by == "hardness" and not learns)


def _signal(subject: Subject, run: Run, colour: str) -> str:
    names = _signals(subject, run)
    return next(one for one in (query("signal"), colour, *names) if one in names)


def _split(points: ShownRows) -> str:
    return TRAINING if points.only_training else split_in_link()


def _player(run: Run, epoch: int, points: ShownRows, now: Filtering) -> Player:
    split, of = _split(points), now.subject.name
    moving = () if is_data_map() else now.subject.moving(run)
    found: frames.Frames = view(subjects.frames_of, run, of, now.colour, split, moving)
    return Player(
        replace(found, note=_note(run, epoch, now.subject, found.note, moving)),
        epoch,
        f"{run.id} {of} {now.colour} {split} {run.epochs()[-1]} {len(points.rows)} {moving}",
        frames.scores(run, found.epochs),
        frames.curves(run, found.epochs),
    )


def _note(run: Run, epoch: int, subject: Subject, missing: str, moving: tuple[int, ...]) -> str:
    """What is said below the player: which epochs are missing, and why the points stay."""
    stays = "" if moving or is_data_map() or not subject.are_rows else how_it_moves(run, epoch)
    return " ".join(filter(None, (missing, stays)))
