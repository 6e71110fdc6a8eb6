"""A second kind of points on a map: plain marks under its own, with no colours and no filters.

They can be pointed at and clicked like the map's own points, and turned off in its legend. Their
feeds are those of a map (`hamr.ui.widgets.mapfeeds`), of the address of the map with "-layer".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from hamr.ui.widgets.hover import NOTHING, Hover, hover_feeds
from hamr.ui.widgets.mapfeeds import bytes_feed, points_feed
from hamr.views.base.packing import Frame


@dataclass(frozen=True)
class Layer:
    """Points of another kind; while they are turned off nothing of them is sent."""

    xy: np.ndarray  # [S, 2] in the frame of the map
    rows: np.ndarray  # [S] their numbers
    called: str  # what one is called, before its number
    label: str  # in the legend
    hover: Hover = NOTHING
    selected: int | None = None  # a point
    shown: bool = True
    on_click: Callable[[int], None] = lambda _: None  # a point was clicked
    on_shown: Callable[[bool], None] = lambda _: None  # it was turned on or off in the legend

    def config(self) -> dict[str, Any]:
        """What the map's JavaScript reads."""
        return {
            "called": self.called,
            "label": self.label,
            "shown": self.shown,
            "selected": self.selected,
        }

    def feeds(self, key: str, frame: Frame) -> None:
        """Draw the invisible feeds of the points."""
        if not self.shown:
            return
        points_feed(f"{key}-layer", self.xy, frame, self.rows)
        hover_feeds(bytes_feed, f"{key}-layer", self.hover, len(self.xy))

    def callbacks(self, key: str) -> dict[str, Any]:
        """What Streamlit calls for each thing the reader did, before the page runs again."""
        return {
            "on_layerclicked_change": lambda: _hand(key, "layerclicked", self._clicked),
            "on_layershown_change": lambda: _hand(key, "layershown", self.on_shown),
        }

    def _clicked(self, point: int) -> None:
        if 0 <= point < len(self.xy):
            self.on_click(point)


def _hand(key: str, name: str, to: Callable[[Any], None]) -> None:
    sent = (st.session_state.get(key) or {}).get(name)
    if sent is not None:
        to(sent)
