"""The bar above the map: what it is coloured by, the search, and the rest in a popover."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hamr.entities import ERROR_MEANINGS
from hamr.store import Run
from hamr.ui.neighbourhoods.decision_colours import SENTENCES as DECISIONS
from hamr.ui.neighbourhoods.filtering import drop_filters
from hamr.ui.neighbourhoods.layout import choose_layout
from hamr.ui.neighbourhoods.meaning import MEANING, meaning_field, search_by
from hamr.ui.neighbourhoods.side import SELECTION, show_side
from hamr.ui.neighbourhoods.splits import choose_split
from hamr.ui.shell.guide_links import with_guide
from hamr.ui.shell.state import query
from hamr.ui.shell.text import distinct
from hamr.ui.widgets.mapchoice import choose_map
from hamr.views.base import metadata
from hamr.views.neighbourhoods import row_map
from hamr.views.neighbourhoods.mention_map import KINDS
from hamr.views.neighbourhoods.subjects import Subject

# What is left of the window below the heading and the bar, for the canvas of the map; about as
# high as wide on a phone.
MAP_HEIGHT = "min(clamp(var(--hamr-map-least, 18rem), calc(100vh - 17.5rem), 60rem), 60vw + 12rem)"
MOST_SEEDS = 500  # whose edges can be shown at a time
FIRST_SEEDS = 30  # whose edges are shown at first


def bar(subject: Subject, run: Run, epoch: int, has_seeds: bool) -> tuple[str, int, DeltaGenerator]:
    """The colouring and the number of seeds whose edges are drawn, both in the URL; and the
    place for what else there is to say.
    """
    names = metadata.names(run) if subject.are_rows else []
    choose_map(run, on_change=drop_filters)
    colour = choose_colour(
        (*subject.colourings(run), *DECISIONS),
        subject.by_class,
        key=subject.in_links[0],
        called=lambda by: called(subject, run, by),
        help=None if subject.are_rows else _KINDS,
        disabled=query("by") in names,
    )
    if search_by() == MEANING:
        meaning_field()
    else:
        search(_SEARCHES[subject.name])
    more = more_box()
    with more:
        choose_split(subject, run)
        choose_layout(subject, run, epoch)
        column = _column(names)
        edges = _choose_edges(has_seeds) if subject.are_rows else 0
    return column or colour, edges if has_seeds else 0, more


_KINDS = "; ".join(
    f"*{name}*: {ERROR_MEANINGS[name]}" for name, _ in KINDS.values() if name in ERROR_MEANINGS
)
_SEARCHES = {"row": "Search text or id", "entity mention": "Search mentions"}


def _choose_edges(has_seeds: bool) -> int:
    return st.slider(
        "Links shown",
        0,
        MOST_SEEDS,
        FIRST_SEEDS,
        step=10,
        key="edges",
        disabled=not has_seeds,
        help=with_guide(
            "Number of hard seeds, the hardest first, whose links to their neighbours are "
            "drawn; with a lasso, of the seeds in it",
            "map.edges",
        ),
        bind="query-params",
        persist_state="page",
    )


def more_box() -> DeltaGenerator:
    """The closed box at the end of the bar."""
    return st.popover("More", icon=":material/tune:", key="map-more")


def choose_colour(
    options: Sequence[str],
    default: str,
    *,
    key: str,
    called: Callable[[str], str] = str,
    disabled: bool = False,
    help: str | None = None,
) -> str:
    """What the points are coloured by, in the URL under `key`."""
    if st.session_state.get(key) not in (None, *options):  # of another run
        st.session_state[key] = default
    chosen = st.selectbox(
        "Colour",
        options,
        index=options.index(default),
        format_func=called,
        icon=":material/palette:",
        key=key,
        required=True,
        disabled=disabled,
        help=help,
        label_visibility="collapsed",
        bind="query-params",
        persist_state="page",
        width=180,
    )
    return chosen or default


def search(what: str) -> None:
    """The field whose matches the map marks, in the URL as `?find=`."""
    st.text_input(
        what,
        key="find",
        placeholder=what,
        on_change=lambda: show_side(SELECTION),
        icon=":material/search:",
        label_visibility="collapsed",
        bind="query-params",
        width=220,
    )


def _column(names: Sequence[str]) -> str | None:
    """The column of metadata to colour by, where the rows have some and one is chosen."""
    if not names:
        return None
    if st.session_state.get("by") not in (None, *names):  # of another run
        st.session_state["by"] = None
    name = st.selectbox(
        "Colour by metadata",
        names,
        index=None,
        key="by",
        format_func=distinct(names),
        placeholder="a column",
        help="In the place of the colour above. Clear it to go back.",
        bind="query-params",
        persist_state="page",
    )
    return f"{row_map.METADATA}{name}" if name else None


def called(subject: Subject, run: Run, by: str) -> str:
    """A colouring as people read it: a sentence has no class, but a rarest entity type."""
    return by if by in DECISIONS or not subject.are_rows else row_map.title_of(run, by)
