"""Points that people paint, and how the URL holds them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from hamr import resources
from hamr.errors import DataError
from hamr.playground import CLASSES
from hamr.playground.points import MOST_POINTS
from hamr.ui.widgets.modules import bundle
from hamr.views.learn.picture import colours_of

_ASSETS = resources.ASSETS / "playground"
SCALE = 100  # coordinates have two decimals
Painted = tuple[tuple[float, float, int], ...]

_component = st.components.v2.component(
    "hamr_easel",
    html='<div class="playground"></div>',
    css=(_ASSETS / "playground.css").read_text("utf-8"),
    js=bundle(_ASSETS / "paint.js"),
)


def easel(points: Painted, *, version: int, key: str, on_points: Callable[[Painted], None]) -> None:
    """Show the plane with tools to paint on it; `on_points` hears what is to be trained on.

    Another `version` takes the points given here, in place of those being painted.
    """
    _component(
        key=key,
        data={
            "classes": list(CLASSES),
            "colours": colours_of(CLASSES),
            "points": [list(point) for point in points],
            "version": version,
        },
        on_points_change=lambda: _hear(key, on_points),
    )


def _hear(key: str, act: Callable[[Painted], None]) -> None:
    found = read_points((st.session_state.get(key) or {}).get("points"))
    if found:
        act(found)


def read_points(sent: Any) -> Painted:
    """The points that the browser sent; none for anything else."""
    if not isinstance(sent, Sequence) or len(sent) > MOST_POINTS:
        return ()
    try:
        found = tuple((float(x), float(y), int(label)) for x, y, label in sent)
    except (TypeError, ValueError, OverflowError):
        return ()
    inside = all(abs(x) <= 1 and abs(y) <= 1 and 0 <= c < len(CLASSES) for x, y, c in found)
    return found if inside else ()


def as_link(points: Painted) -> str:
    """Three bytes a point, in letters that a URL may hold."""
    flat = [
        round(value) for x, y, c in points for value in (x * SCALE + SCALE, y * SCALE + SCALE, c)
    ]
    return base64.urlsafe_b64encode(bytes(flat)).decode().rstrip("=")


def from_link(text: str) -> Painted:
    """The points of `as_link`. Raises DataError where the text is none."""
    try:
        flat = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        flat = b""
    triples = [flat[at : at + 3] for at in range(0, len(flat) // 3 * 3, 3)]
    found = read_points([((x - SCALE) / SCALE, (y - SCALE) / SCALE, c) for x, y, c in triples])
    if not found or len(flat) % 3:
        raise DataError(
            "The link holds no points that can be read: it may have been cut. Paint them again",
            field="points",
        )
    return found
