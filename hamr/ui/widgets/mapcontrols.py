"""What filters and plays a point map, in the browser, and what Python hears of it.

    controls = Controls(codes=codes, on_filter=..., histogram=Histogram(...), player=Player(...))
    pointmap(xy, key="map", ..., controls=controls)

The legend and the histogram dim points at once; when the reader has been still for 0.3 s,
`on_filter` gets a FilterEvent, before the page runs again. The player plays epochs that are in
the browser already: `on_player` hears that it was opened or closed, `on_epoch` where it paused.
Who keeps the state (the URL) passes it back in here with the next run of the page.

Two more feeds, in the format of hamr/views/base/packing.py:

    levels     level    u2 [P]             the histogram's values in steps, 65535 for none
    frames     colour   u1 [E * P]         the colour codes of each epoch; empty if none changes
               rings    u1 [E * ceil(P/8)] bits of the points that are ringed, lowest first
               x, y     u2 [E * P]         the places at each epoch; empty if none moves the points
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from hamr.views.base.packing import pack
from hamr.views.neighbourhoods.frames import Frames
from hamr.views.neighbourhoods.levels import Levels, Range


@dataclass(frozen=True)
class FilterEvent:
    """What the reader filters by: colour codes of the legend, and a range of a signal."""

    codes: tuple[int, ...]  # none: all
    signal: str | None  # of the histogram; another one than before has no range yet
    span: Range | None


@dataclass(frozen=True)
class Histogram:
    """The histogram below the map."""

    signals: Sequence[tuple[str, str]]  # (name, title) to choose from
    signal: str  # the chosen one's name
    title: str  # what its axis is called in sentences
    levels: Callable[[], Levels]  # of the points, [P]; asked for once the points are sent
    span: Range | None = None  # what is brushed


@dataclass(frozen=True)
class Player:
    """The opened player below the map."""

    frames: Frames
    epoch: int  # that the page shows
    stamp: str  # other frames have another one
    scores: Sequence[float | None]  # macro-F1 of the frames' epochs
    curves: dict[str, Any] | None  # "z" [G], "weights" [E, G]


@dataclass(frozen=True)
class Controls:
    """What is below and beside the map, and who hears of it."""

    on_filter: Callable[[FilterEvent], None]
    codes: tuple[int, ...] = ()  # colour codes in focus
    histogram: Histogram | None = None
    player: Player | None = None
    plays: bool = False  # whether there are epochs to play
    on_player: Callable[[bool], None] = lambda _: None
    on_epoch: Callable[[int], None] = lambda _: None

    def config(self) -> dict[str, Any]:
        """What the map's JavaScript reads."""
        hist = self.histogram
        return {
            "filter": {"codes": list(self.codes), "range": hist.span if hist else None},
            "histogram": hist and {"signals": list(hist.signals), "signal": hist.signal},
            "player": self.player and _player(self.player),
            "plays": self.plays,
        }

    def feeds(self, key: str) -> dict[str, bytes]:
        """The bytes of each feed, by its part."""
        made = {}
        if self.histogram is not None:
            made["levels"] = _levels(key, self.histogram)
        if self.player is not None:
            made["frames"] = _frames(key, self.player.stamp, self.player.frames)
        return made

    def callbacks(self, key: str) -> dict[str, Any]:
        """What Streamlit calls for each thing the reader did, before the page runs again."""
        return {
            "on_filter_change": lambda: self._filtered(_sent(key, "filter")),
            "on_player_change": lambda: self._opened(_sent(key, "player")),
            "on_epoch_change": lambda: self._paused(_sent(key, "epoch")),
        }

    def _filtered(self, sent: dict[str, Any] | None) -> None:
        if sent is None:
            return
        span = sent.get("range")
        codes = tuple(int(code) for code in sent["codes"])
        both = (float(span[0]), float(span[1])) if span else None
        self.on_filter(FilterEvent(codes, sent.get("signal"), both))

    def _opened(self, sent: bool | None) -> None:
        if sent is not None:
            self.on_player(sent)

    def _paused(self, sent: int | None) -> None:
        if sent is not None:
            self.on_epoch(int(sent))


def _sent(key: str, name: str) -> Any:
    """What the browser sent under that name; None where this was about something else."""
    return (st.session_state.get(key) or {}).get(name)


def _player(player: Player) -> dict[str, Any]:
    return {
        "epochs": list(player.frames.epochs),
        "epoch": player.epoch,
        "stamp": player.stamp,
        "scores": list(player.scores),
        "curves": player.curves,
        "note": player.frames.note,
    }


def _levels(key: str, histogram: Histogram) -> bytes:
    own = histogram.levels()
    return pack(
        key,
        "levels",
        {"level": ("u2", own.codes)},
        title=histogram.title,
        low=own.low,
        high=own.high,
        beyond=list(own.beyond),
    )


# Packed once: a page runs many times while the same frames are in the browser.
@st.cache_resource(max_entries=4, show_spinner=False)
def _frames(key: str, stamp: str, _frames: Frames) -> bytes:
    colours = np.empty(0, np.uint8) if _frames.colours is None else _frames.colours.ravel()
    places = np.empty((0, 2, 0), np.uint16) if _frames.places is None else _frames.places
    return pack(
        key,
        "frames",
        {
            "colour": ("u1", colours),
            "rings": ("u1", _frames.rings.ravel()),
            "x": ("u2", places[:, 0].ravel()),
            "y": ("u2", places[:, 1].ravel()),
        },
        points=_frames.points,
        stamp=stamp,
        scales=_frames.scales,
        labels=_frames.labels,
    )
