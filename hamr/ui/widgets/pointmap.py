"""A map of points, drawn with WebGL2 in the browser: packed bytes go there, polygons come back.

    event = pointmap(xy, colours=codes, palette=palette, labels=names, key="map")
    rows = np.flatnonzero(inside(event.lasso, xy)) if event.lasso else []

One map is four Streamlit elements: the canvas, and three invisible feeds with its points,
its style and its marks. Streamlit sends an element only when it changed, so a new highlight
travels as a few bytes however many points there are (hamr/views/base/packing.py has the layout).

xy: [N, 2] finite coordinates, in row order. colours: [N] uint8, indices into `palette`
("#rrggbb", at most 256), which `labels` names or `scale` measures. `rows` are the numbers shown
on hover, where points are not rows 0, 1, 2, ...; everything else here counts points. Two `axes`
stretch the plane over the whole frame; without them both directions keep one scale, as a map
does. A click gives the nearest point, the lasso its polygon; find the points in it with
`hamr.views.base.geometry.inside`.

With `on_change` the page keeps the choice itself (in the URL) and passes it back as `selected`
and `lasso` (packed corners); the callback runs before the page does. Without it the map keeps
the choice for the session. Either way the choice is returned.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import streamlit as st

from hamr import resources
from hamr.errors import DataError
from hamr.legible import legible_name
from hamr.ui.widgets.hover import NOTHING, Hover, hover_feeds
from hamr.ui.widgets.mapcontrols import Controls
from hamr.ui.widgets.mapmarks import AxisSpec, Marks, ScoreScale, few, flags
from hamr.ui.widgets.modules import bundle
from hamr.views.base.packing import Frame, pack_marks, pack_points, pack_style

__all__ = ["AxisSpec", "Guide", "Marks", "Name", "PointMapEvent", "ScoreScale", "pointmap"]

_ASSETS = resources.ASSETS / "pointmap"

_canvas = st.components.v2.component(
    "hamr_pointmap",
    html='<div class="pointmap"></div>',
    css=(_ASSETS / "pointmap.css").read_text("utf-8"),
    js=bundle(_ASSETS / "map.js"),
)
_feed = st.components.v2.component("hamr_pointmap_feed", js=bundle(_ASSETS / "feed.js"))


@dataclass(frozen=True)
class PointMapEvent:
    """What the reader has chosen on a map."""

    lasso: list[tuple[float, float]] | None = None  # corners in data coordinates
    clicked: int | None = None
    packed: list[tuple[int, int]] | None = None  # the lasso in packed coordinates
    region: str | None = None  # the id of the region whose name was clicked just now


@dataclass(frozen=True)
class Name:
    """A name drawn on the map. Where two overlap, the heavier one is drawn."""

    text: str
    x: float  # data coordinates of its middle
    y: float
    weight: float
    kind: Literal["region", "class"] = "class"
    id: str = ""  # of the region; a click on its name gives it


@dataclass(frozen=True)
class Guide:
    """What leads people over a map: names, and the part of it that it shows."""

    names: Sequence[Name] = ()
    region: str = ""  # the id of the region that is chosen
    # (x low, x high, y low, y high) in data coordinates: the map flies there, once for each target.
    target: tuple[float, float, float, float] | None = None


_UNMARKED, _UNGUIDED = Marks(), Guide()


def pointmap(
    xy: np.ndarray,
    *,
    key: str,
    colours: np.ndarray,
    palette: list[str],
    rows: np.ndarray | None = None,
    labels: list[str] | None = None,
    scale: ScoreScale | None = None,
    marks: Marks = _UNMARKED,
    selected: int | None = None,
    lasso: Sequence[tuple[int, int]] | None = None,
    axes: tuple[AxisSpec, AxisSpec] | None = None,
    frame: Frame | None = None,
    hover: Hover = NOTHING,
    guide: Guide = _UNGUIDED,
    description: str = "Map of the training rows",
    height: int | str = 520,
    on_change: Callable[[PointMapEvent], None] | None = None,
    controls: Controls | None = None,
) -> PointMapEvent:
    """Draw points that can be panned, zoomed, clicked and lassoed; return what is chosen.

    `xy` [N, 2] and `colours` [N] are as the module's docstring says, and so is who keeps the
    choice. Packed corners count in the `frame`, by default that around the points: maps of
    different rows on one plane share it, so that a lasso means the same on each. `hover` says what
    is under the pointer, `guide` names parts of the map and leads to one, `controls` filter points
    and play epochs. The `height` is in pixels, or a length as CSS has it. Raises DataError where
    arrays do not fit each other or a coordinate is not finite.
    """
    _check(xy, colours, palette)
    frame = frame or Frame.around(xy)
    before = _kept(key, len(xy)) if on_change is None else _given(frame, selected, lasso)
    config = _config(key, palette, labels, scale, axes, marks, description, height)
    config |= _guiding(guide, frame) | (controls.config() if controls else {})
    with st.container(gap=None):  # or the invisible feeds would leave empty lines on the page
        _show_canvas(key, config, partial(_changed, key, frame, before, on_change), controls)
        _feed(key=f"{key}-points", data=_points(key, _digest(xy, rows, frame), xy, frame, rows))
        _further_feeds(key, colours, marks, before, hover, controls)
    return before


def _config(
    key: str,
    palette: list[str],
    labels: list[str] | None,
    scale: ScoreScale | None,
    axes: tuple[AxisSpec, AxisSpec] | None,
    marks: Marks,
    description: str,
    height: int | str,
) -> dict[str, Any]:
    """The legend, axes and size of the canvas."""
    return {
        "map": key,
        "palette": palette,
        "labels": labels,
        "scale": vars(scale) if scale else None,
        "axes": [vars(axis) for axis in axes] if axes else None,
        "shapes": list(marks.shapes),
        "description": f"{description}. {_KEYS}",
        "height": height,
        "filename": key,
    }


def _guiding(guide: Guide, frame: Frame) -> dict[str, Any]:
    """Names and target in the unit coordinates of the canvas, 0..1 both ways."""
    if not guide.names and guide.target is None:
        return {}
    low, high = np.array([frame.x, frame.y], np.float64).T
    places = (np.array([[n.x, n.y] for n in guide.names]).reshape(-1, 2) - low) / (high - low)
    names = [
        {
            "text": legible_name(n.text),
            "x": x,
            "y": y,
            "weight": n.weight,
            "kind": n.kind,
            "id": n.id,
        }
        for n, (x, y) in zip(guide.names, places.tolist(), strict=True)
    ]
    focus = None
    if guide.target is not None:
        x0, x1, y0, y1 = guide.target
        unit = ((np.array([[x0, y0], [x1, y1]]) - low) / (high - low)).T.tolist()
        focus = {"x": unit[0], "y": unit[1]}
    return {"names": names, "region": guide.region, "focus": focus}


def _show_canvas(
    key: str, config: dict[str, Any], changed: Callable[[], None], controls: Controls | None
) -> None:
    _canvas(
        key=key,
        data=config,
        on_lasso_change=changed,
        on_clicked_change=changed,
        on_cleared_change=changed,
        on_region_change=changed,
        **(controls.callbacks(key) if controls else {}),
    )


def _further_feeds(
    key: str,
    colours: np.ndarray,
    marks: Marks,
    chosen: PointMapEvent,
    hover: Hover,
    controls: Controls | None,
) -> None:
    """All that changes while the points stay."""
    count = len(colours)
    _feed(key=f"{key}-style", data=pack_style(key, colours, flags(count, marks), marks.seeds))
    _feed(key=f"{key}-marks", data=_packed(key, marks, chosen))
    hover_feeds(_feed, key, hover, count)
    for part, data in controls.feeds(key).items() if controls else ():
        _feed(key=f"{key}-{part}", data=data)


def _packed(key: str, marks: Marks, chosen: PointMapEvent) -> bytes:
    """The marks that change with a click or a search, as bytes."""
    return pack_marks(
        key,
        highlight=few(marks.highlight),
        selected=chosen.clicked,
        edges=few(marks.edges),
        lasso=chosen.packed or [],
    )


_KEYS = (
    "Arrow keys move it, plus and minus zoom, 0 shows everything. N goes to the next point, Shift "
    "and an arrow key to one in that direction, Enter opens it. L starts a lasso, "
    "Escape clears the selection"
)


def _digest(xy: np.ndarray, rows: np.ndarray | None, frame: Frame) -> str:
    digest = hashlib.blake2b(np.ascontiguousarray(xy).data, digest_size=16)
    if rows is not None:
        digest.update(np.ascontiguousarray(rows).data)
    return f"{xy.dtype.str}{xy.shape}{frame}{digest.hexdigest()}"


# Packing a million points takes longer than all else together, and points seldom change.
@st.cache_resource(max_entries=12, show_spinner=False)
def _points(
    key: str, digest: str, _xy: np.ndarray, _frame: Frame, _rows: np.ndarray | None
) -> bytes:
    return pack_points(key, _xy, _frame, _rows)


def _check(xy: np.ndarray, colours: np.ndarray, palette: list[str]) -> None:
    if xy.ndim != 2 or xy.shape[1] != 2 or len(colours) != len(xy):
        raise DataError(
            f"a map needs one point and one colour for each row, got points {xy.shape} and "
            f"colours {colours.shape}"
        )
    if len(palette) > 256 or (len(colours) and int(colours.max()) >= len(palette)):
        raise DataError(
            f"colours must be indices into a palette of at most 256, got {len(palette)} "
            f"colours and the index {int(colours.max())}"
        )


def _kept(key: str, count: int) -> PointMapEvent:
    event: PointMapEvent = st.session_state.get(f"{key}.chosen", PointMapEvent())
    if event.clicked is not None and event.clicked >= count:
        return replace(event, clicked=None)  # chosen when there were more points
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
    sent = st.session_state.get(key) or {}
    now = PointMapEvent() if sent.get("cleared") else before
    if sent.get("region"):
        now = replace(now, region=str(sent["region"]))
    if sent.get("clicked") is not None:
        now = replace(now, clicked=int(sent["clicked"]))
    if sent.get("lasso"):
        packed = [(int(x), int(y)) for x, y in sent["lasso"]]
        now = replace(now, lasso=_corners(frame, packed), packed=packed)
    st.session_state[f"{key}.chosen"] = now
    if on_change is not None:
        on_change(now)
