"""A map of points, drawn with WebGL2 in the browser: packed bytes go there, polygons come back.

    event = pointmap(xy, colours=codes, palette=palette, labels=names, key="map")
    rows = np.flatnonzero(inside(event.lasso, xy)) if event.lasso else []

One map is several Streamlit elements: the canvas, and invisible feeds with its points, its style,
what is dimmed, its marks and more. Streamlit sends an element only when it changed, so a new
highlight travels as a few bytes however many points there are (hamr/views/base/packing.py has the
layout).

xy: [N, 2] finite coordinates, in row order. colours: [N] uint8, indices into `palette`
("#rrggbb", at most 256), which `labels` names or `scale` measures. `rows` are the numbers shown
on hover, where points are not rows 0, 1, 2, ...; everything else here counts points. Two `axes`
stretch the plane over the whole frame; without them both directions keep one scale, as a map
does. A click gives the nearest point, the lasso its polygon; find the points in it with
`hamr.views.base.geometry.inside`.

With `on_change` the page keeps the choice itself (in the URL) and passes it back as `selected`
and `lasso` (packed corners); the callback runs before the page does. Without it the map keeps
the choice for the session. Either way the choice is returned.

Packed corners count in the `frame`, by default that around the points: maps of different rows on
one plane share it. `hover` says what is under the pointer, `guide` names parts of the map and leads
to one, `controls` filter points and play epochs, `layer` has points of another kind. The `height`
is in pixels, or a CSS length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from hamr import resources
from hamr.errors import DataError
from hamr.ui.widgets.hover import NOTHING, Hover
from hamr.ui.widgets.mapconfig import Guide, Name, config_of, guiding
from hamr.ui.widgets.mapcontrols import Controls
from hamr.ui.widgets.mapfeeds import further_feeds, points_feed
from hamr.ui.widgets.maplayer import Layer
from hamr.ui.widgets.mapmarks import AxisSpec, Marks, ScoreScale
from hamr.ui.widgets.modules import bundle
from hamr.views.base.packing import Frame

__all__ = ["AxisSpec", "Guide", "Layer", "Marks", "Name", "PointMapEvent", "ScoreScale", "pointmap"]

_ASSETS = resources.ASSETS / "pointmap"

_canvas = st.components.v2.component(
    "hamr_pointmap",
    html='<div class="pointmap"></div>',
    css=(_ASSETS / "pointmap.css").read_text("utf-8"),
    js=bundle(_ASSETS / "map.js"),
)


@dataclass(frozen=True)
class PointMapEvent:
    """What the reader has chosen on a map."""

    lasso: list[tuple[float, float]] | None = None  # corners in data coordinates
    clicked: int | None = None
    packed: list[tuple[int, int]] | None = None  # the lasso in packed coordinates
    region: str | None = None  # the id of the region whose name was clicked just now


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
    layer: Layer | None = None,
) -> PointMapEvent:
    """Draw points that can be panned, zoomed, clicked and lassoed; return what is chosen.

    The module's docstring says what the arrays are, and what the other arguments do. Raises
    DataError where arrays do not fit or a place is not finite.
    """
    _check(xy, colours, palette)
    frame = frame or Frame.around(xy)
    before = _kept(key, len(xy)) if on_change is None else _given(frame, selected, lasso)
    config = config_of(key, palette, labels, scale, axes, marks, description, height)
    further, heard = _of_parts(key, controls, layer)
    config |= guiding(guide, frame) | further
    with st.container(gap=None):  # or the invisible feeds would leave empty lines on the page
        _show_canvas(key, config, partial(_changed, key, frame, before, on_change), heard)
        points_feed(key, xy, frame, rows)
        further_feeds(key, colours, marks, _chosen(before), hover, controls)
        if layer is not None:
            layer.feeds(key, frame)
    return before


def _chosen(event: PointMapEvent) -> tuple[int | None, list[tuple[int, int]]]:
    """The point and the corners of the lasso."""
    return event.clicked, event.packed or []


def _of_parts(
    key: str, controls: Controls | None, layer: Layer | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What controls and layer add to the configuration, and what Streamlit calls for them."""
    config = (controls.config() if controls else {}) | ({"layer": layer.config()} if layer else {})
    parts = [part for part in (controls, layer) if part is not None]
    return config, {name: call for part in parts for name, call in part.callbacks(key).items()}


def _show_canvas(
    key: str, config: dict[str, Any], changed: Callable[[], None], further: dict[str, Any]
) -> None:
    _canvas(
        key=key,
        data=config,
        on_lasso_change=changed,
        on_clicked_change=changed,
        on_cleared_change=changed,
        on_region_change=changed,
        **further,
    )


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
