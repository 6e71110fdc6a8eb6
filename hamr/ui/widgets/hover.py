"""What a map says of the point under the pointer, as feeds that travel only when they change.

Up to `MOST_TEXTS` points all texts and facts go to the browser at once, so that hovering asks
nobody. Of more points those of one are asked for when the pointer rests on it; the answer is drawn
by a fragment, so that the page is not drawn again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from hamr import resources
from hamr.ui.widgets.modules import bundle
from hamr.views.base.tips import MOST_TEXTS, Fact, pack_asked, pack_facts, pack_texts

_asker = st.components.v2.component(
    "hamr_pointmap_asker", js=bundle(resources.ASSETS / "pointmap" / "asker.js")
)


@dataclass(frozen=True)
class Hover:
    """What is known of each of N points; with neither texts nor facts only its number."""

    texts: Callable[[Sequence[int]], Sequence[str]] | None = None  # of points by their indices
    # Of points by their indices, or of all N for None.
    facts: Callable[[np.ndarray | None], Sequence[Fact]] | None = None
    marked: bool = False  # whether the texts have marks (`MARK_START`)
    version: str = ""  # of the texts: another one wherever they may be others


NOTHING = Hover()


def hover_feeds(feed: Callable[..., Any], key: str, hover: Hover, count: int) -> None:
    """Draw the invisible feeds of a map with `count` points; `feed` is the map's own feed."""
    if hover.texts is not None and count > MOST_TEXTS:
        _one_point(feed, key, hover, count)
        return
    if hover.facts is not None and (facts := hover.facts(None)):
        feed(key=f"{key}-facts", data=pack_facts(key, facts))
    if hover.texts is not None:
        feed(key=f"{key}-texts", data=_texts(key, hover.version, count, hover.marked, hover.texts))


# Cutting and joining some ten thousand texts takes as long as the rest of the map.
@st.cache_resource(max_entries=6, show_spinner=False)
def _texts(
    key: str,
    version: str,
    count: int,
    marked: bool,
    _texts_of: Callable[[Sequence[int]], Sequence[str]],
) -> bytes:
    return pack_texts(key, _texts_of(range(count)), marked=marked)


@st.fragment
def _one_point(feed: Callable[..., Any], key: str, hover: Hover, count: int) -> None:
    """Answer with the text and the facts of the point that the map asked for."""
    asked = _asker(key=f"{key}-asker", data={"map": key}, on_asked_change=lambda: None).asked
    point = asked if isinstance(asked, int) and 0 <= asked < count else None
    text = "" if point is None or hover.texts is None else hover.texts([point])[0]
    known = () if point is None or hover.facts is None else hover.facts(np.array([point]))
    feed(key=f"{key}-asked", data=pack_asked(key, point, text, known, marked=hover.marked))
