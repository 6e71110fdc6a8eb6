"""The invisible elements that carry the bytes of a map, each sent only when it changed."""

from __future__ import annotations

import hashlib

import numpy as np
import streamlit as st

from hamr import resources
from hamr.ui.widgets.hover import Hover, hover_feeds
from hamr.ui.widgets.mapcontrols import Controls
from hamr.ui.widgets.mapmarks import Marks, few, flags
from hamr.ui.widgets.modules import bundle
from hamr.views.base.packing import Frame, pack_marks, pack_mask, pack_points, pack_style

bytes_feed = st.components.v2.component(
    "hamr_pointmap_feed", js=bundle(resources.ASSETS / "pointmap" / "feed.js")
)


def points_feed(key: str, xy: np.ndarray, frame: Frame, rows: np.ndarray | None) -> None:
    """The places of the points, and their numbers."""
    bytes_feed(key=f"{key}-points", data=_points(key, _digest(xy, rows, frame), xy, frame, rows))


def further_feeds(
    key: str,
    colours: np.ndarray,
    marks: Marks,
    chosen: tuple[int | None, list[tuple[int, int]]],
    hover: Hover,
    controls: Controls | None,
) -> None:
    """All that changes while the points stay; `chosen` are a point and the corners of a lasso."""
    count = len(colours)
    bytes_feed(key=f"{key}-style", data=pack_style(key, colours, flags(count, marks), marks.seeds))
    bytes_feed(key=f"{key}-mask", data=pack_mask(key, count, marks.dimmed))
    bytes_feed(key=f"{key}-marks", data=_packed(key, marks, chosen))
    hover_feeds(bytes_feed, key, hover, count)
    for part, data in controls.feeds(key).items() if controls else ():
        bytes_feed(key=f"{key}-{part}", data=data)


def _packed(key: str, marks: Marks, chosen: tuple[int | None, list[tuple[int, int]]]) -> bytes:
    """The marks that change with a click or a search, as bytes."""
    return pack_marks(
        key,
        highlight=few(marks.highlight),
        selected=chosen[0],
        edges=few(marks.edges),
        lasso=chosen[1],
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
