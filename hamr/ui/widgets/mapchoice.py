"""What all maps share: which map, row and lasso the URL names, and what is shown until a map is
drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from hamr.errors import DataError
from hamr.records import Split
from hamr.store import Run
from hamr.tasks import features
from hamr.ui.shell.state import POOL_ROW, query, set_query
from hamr.ui.shell.status import ACTIVE
from hamr.ui.shell.text import plain
from hamr.views.base.all_rows import SPLIT_NAMES, AllRows
from hamr.views.base.geometry import lasso_from_text
from hamr.views.base.packing import Frame

Packed = list[tuple[int, int]]  # the corners of a lasso as a link holds them

SENTENCES, MENTIONS = "Sentences", "Entity mentions"


def map_in_link(run: Run) -> str:
    """Which map the URL names; only token runs have two."""
    named = st.session_state.get("map", query("map"))
    return MENTIONS if features(run.info.task).entities and named == MENTIONS else SENTENCES


def choose_map(run: Run, on_change: Callable[[], None] | None = None) -> str:
    """The choice between the maps, in the URL; only token runs have two.

    What filters one map means something else on the other: `on_change` drops it.
    """
    if not features(run.info.task).entities:
        return SENTENCES
    chosen = st.segmented_control(
        "Map", (SENTENCES, MENTIONS), default=SENTENCES, key="map", required=True,
        bind="query-params", label_visibility="collapsed", on_change=on_change,
    )  # fmt: skip
    return chosen or SENTENCES


def choose(*, row: int | None, mention: int | None = None) -> None:
    """Put a row into the URL, and which of its mentions was meant; an unlabelled row gives way."""
    set_query("row", row)
    set_query("mention", mention)
    set_query(POOL_ROW, None)


def row_in_link(run: Run, name: str = "row", split: Split | None = "train") -> int | None:
    """The row that the URL holds under that name; a wrong one is reported and taken out of it.

    Without a `split`, its index among the rows of all splits (`hamr.views.base.all_rows`). Such a
    link to a validation or test row, on a page that shows training rows, says so and stays.
    """
    row = query(name)
    if row is None:  # the rows of all splits take a moment to open
        return None
    known = AllRows.of(run)
    last = len(known if split is None else run.rows(split)) - 1
    number = int(row) if row is not None and row.isdecimal() and len(row) < 12 else None
    if number is not None and number <= last:
        return number
    if split == "train" and name == "row" and number is not None and number < len(known):
        which = SPLIT_NAMES[known.split(number)]
        st.caption(
            f"Row {number} of the link is a {which} row. This page shows training rows, and "
            f"these rows are numbered 0 to {last}."
        )
        return None
    kind = "row" if split in (None, "train") else f"{split} row"
    asked = plain(repr(row[:20]))
    st.warning(
        f"There is no {kind} {asked}: {kind}s are numbered 0 to {last}.", icon=":material/search:"
    )
    set_query(name, None)
    return None


def lasso_in_link(name: str) -> Packed | None:
    """The lasso that the URL holds under that name; a damaged one is reported and taken out.

    Each map has a name of its own, since the same corners mean other places on the other map.
    """
    text = query(name)
    if not text:
        return None
    try:
        return lasso_from_text(text)
    except DataError as error:
        st.warning(plain(error), icon=":material/search:")
        set_query(name, None)
        return None


def corners(
    lasso: Packed | None, where: Frame | np.ndarray | None
) -> list[tuple[float, float]] | None:
    """The lasso in the map's own coordinates; None without a lasso or a map.

    `where` is the map's frame, or its points, where the frame is that around them.
    """
    if lasso is None or where is None:
        return None
    frame = where if isinstance(where, Frame) else Frame.around(where)
    return [(float(x), float(y)) for x, y in frame.to_data(lasso)]


@st.fragment(run_every=2.0)
def no_map(run: Run, what: str, read: Callable[[Run], np.ndarray | None]) -> None:
    """Say how far the map of `what` is until `read` finds it, then show it."""
    if read(run) is not None:
        st.rerun()
    info = run.info
    with st.container(border=True):
        st.subheader("The map is not drawn yet", anchor=False)
        if info.status in ACTIVE:
            st.text(
                f"UMAP is placing {what} on the map while training continues. The map appears here "
                "by itself."
            )
        else:
            st.text(
                f"This run is {info.status} and has no map of its {what}. To draw it, run the "
                "command below; the map appears here by itself."
            )
            st.code(f"python -m hamr map {info.id[:8]}", language=None)
        st.text("To see why a row was drawn before the map is there, add ?row=12 to the URL.")
