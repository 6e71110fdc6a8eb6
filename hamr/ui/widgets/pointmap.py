"""Our own map of points: WebGL2 in the browser, packed bytes on the way, polygons back.

    event = pointmap(xy, colours=codes, palette=palette, labels=names, key="map")
    rows = np.flatnonzero(inside(event.lasso, xy)) if event.lasso else []

One map is four Streamlit elements: the canvas, and three invisible feeds with its points,
its style and its marks. Streamlit sends an element only when it changed, so a new highlight
travels as a few bytes however many points there are (hamr/views/base/packing.py has the layout).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from hamr import resources
from hamr.errors import DataError
from hamr.ui.widgets.modules import bundle
from hamr.views.base.packing import Frame, pack_marks, pack_points, pack_style

_ASSETS = resources.ASSETS / "pointmap"
_MOST_MARKS = 200_000  # more edges or diamonds than this hide the points they belong to

_canvas = st.components.v2.component(
    "hamr_pointmap",
    html='<div class="pointmap"></div>',
    css=(_ASSETS / "pointmap.css").read_text("utf-8"),
    js=bundle(_ASSETS / "map.js"),
)
_feed = st.components.v2.component("hamr_pointmap_feed", js=bundle(_ASSETS / "feed.js"))


@dataclass(frozen=True)
class AxisSpec:
    """An axis with ticks; the title carries the unit."""

    title: str


@dataclass(frozen=True)
class ScoreScale:
    """What a continuous palette stands for: its first colour is `low`, its last `high`.

    A `note` below it says how to read it.
    """

    title: str
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True)
class PointMapEvent:
    """What the reader has chosen on a map."""

    lasso: list[tuple[float, float]] | None = None  # corners in data coordinates
    clicked: int | None = None
    packed: list[tuple[int, int]] | None = None  # the lasso in packed coordinates


def pointmap(
    xy: np.ndarray,
    *,
    key: str,
    colours: np.ndarray,
    palette: list[str],
    rows: np.ndarray | None = None,
    labels: list[str] | None = None,
    scale: ScoreScale | None = None,
    ringed: np.ndarray | None = None,
    dimmed: np.ndarray | None = None,
    highlight: np.ndarray | None = None,
    edges: np.ndarray | None = None,
    selected: int | None = None,
    lasso: Sequence[tuple[int, int]] | None = None,
    axes: tuple[AxisSpec, AxisSpec] | None = None,
    shapes: Sequence[tuple[str, str]] = (),
    description: str = "Map of the training rows",
    height: int = 520,
    on_change: Callable[[PointMapEvent], None] | None = None,
) -> PointMapEvent:
    """Draw points that can be panned, zoomed, clicked and lassoed; return what is chosen.

    xy: [N, 2] finite places, in row order. colours: [N] uint8, indices into `palette`
    ("#rrggbb", at most 256), which `labels` names or `scale` measures. ringed, dimmed: [N]
    bool. highlight: row indices; edges: [M, 2] row indices. Two `axes` stretch the plane
    over the whole frame; without them both directions keep one scale, as a map does.
    `shapes` explains marks in the legend: pairs of "ring", "highlight", "selected" or
    "edge" and its meaning. A click gives the nearest row, the lasso its polygon; test the
    rows with `hamr.views.base.geometry.inside`.

    With `on_change` the page keeps the choice itself (in the URL) and hands it back as
    `selected` and `lasso` (packed corners); the callback runs before the page does.
    Without it the map keeps the choice for the session. Either way the choice is returned.
    `rows` are the numbers that hovering names, where places are not rows 0, 1, 2, ...;
    everything else here counts places.

    Raises DataError where arrays do not fit each other or a place is not a number.
    """
    _check(xy, colours, palette)
    frame = Frame.around(xy)
    before = _kept(key) if on_change is None else _given(frame, selected, lasso)
    if before.clicked is not None and before.clicked >= len(xy):
        before = replace(before, clicked=None)  # chosen when there were more places
    config = {
        "map": key,
        "palette": palette,
        "labels": labels,
        "scale": vars(scale) if scale else None,
        "axes": [vars(axis) for axis in axes] if axes else None,
        "shapes": list(shapes),
        "description": f"{description}. {_KEYS}",
        "height": height,
        "filename": key,
    }
    tell = partial(_changed, key, frame, before, on_change)
    # Without a gap, or the invisible feeds would leave three empty lines on the page.
    with st.container(gap=None):
        _canvas(
            key=key,
            data=config,
            on_lasso_change=tell,
            on_clicked_change=tell,
            on_cleared_change=tell,
        )
        _feed(key=f"{key}-points", data=_points(key, _digest(xy, rows), xy, frame, rows))
        _feed(key=f"{key}-style", data=pack_style(key, colours, _flags(len(xy), ringed, dimmed)))
        marks = pack_marks(
            key,
            highlight=_rows(highlight),
            selected=before.clicked,
            edges=_rows(edges),
            lasso=before.packed or [],
        )
        _feed(key=f"{key}-marks", data=marks)
    return before


_KEYS = (
    "Arrow keys move it, plus and minus zoom, 0 shows everything, L starts a lasso, "
    "Escape drops the choice"
)


def _digest(xy: np.ndarray, rows: np.ndarray | None) -> str:
    digest = hashlib.blake2b(np.ascontiguousarray(xy).data, digest_size=16)
    if rows is not None:
        digest.update(np.ascontiguousarray(rows).data)
    return f"{xy.dtype.str}{xy.shape}{digest.hexdigest()}"


# Packing a million places takes longer than all else together, and places seldom change.
@st.cache_resource(max_entries=12, show_spinner=False)
def _points(
    key: str, digest: str, _xy: np.ndarray, _frame: Frame, _rows: np.ndarray | None
) -> bytes:
    return pack_points(key, _xy, _frame, _rows)


def _check(xy: np.ndarray, colours: np.ndarray, palette: list[str]) -> None:
    if xy.ndim != 2 or xy.shape[1] != 2 or len(colours) != len(xy):
        raise DataError(
            f"a map needs one place and one colour for each row, got places {xy.shape} and "
            f"colours {colours.shape}"
        )
    if len(palette) > 256 or (len(colours) and int(colours.max()) >= len(palette)):
        raise DataError(
            f"colours must be indices into a palette of at most 256, got {len(palette)} "
            f"colours and the index {int(colours.max())}"
        )


def _flags(count: int, ringed: np.ndarray | None, dimmed: np.ndarray | None) -> np.ndarray:
    flag = np.zeros(count, np.uint8)
    if dimmed is not None:
        flag |= dimmed.astype(np.uint8)
    if ringed is not None:
        flag |= ringed.astype(np.uint8) << 1
    return flag


def _rows(rows: Any) -> np.ndarray:
    return np.asarray([] if rows is None else rows)[:_MOST_MARKS]


def _kept(key: str) -> PointMapEvent:
    event: PointMapEvent = st.session_state.get(f"{key}.chosen", PointMapEvent())
    return event


def _given(
    frame: Frame, selected: int | None, lasso: Sequence[tuple[int, int]] | None
) -> PointMapEvent:
    packed = [(int(x), int(y)) for x, y in lasso or ()]
    return PointMapEvent(_corners(frame, packed), selected, packed or None)


def _corners(frame: Frame, packed: list[tuple[int, int]]) -> list[tuple[float, float]] | None:
    return [(float(x), float(y)) for x, y in frame.to_data(packed)] if packed else None


def _changed(
    key: str,
    frame: Frame,
    before: PointMapEvent,
    on_change: Callable[[PointMapEvent], None] | None,
) -> None:
    """Streamlit calls this before the page runs, once for each thing the reader did."""
    told = st.session_state.get(key) or {}
    now = PointMapEvent() if told.get("cleared") else before
    if told.get("clicked") is not None:
        now = replace(now, clicked=int(told["clicked"]))
    if told.get("lasso"):
        packed = [(int(x), int(y)) for x, y in told["lasso"]]
        now = replace(now, lasso=_corners(frame, packed), packed=packed)
    st.session_state[f"{key}.chosen"] = now
    if on_change is not None:
        on_change(now)
