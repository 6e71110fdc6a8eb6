"""Search by meaning on Neighbourhoods: ?like=PHRASE or ?like=row:12 in the URL, and what it finds.

The page never waits for the encoder: while it loads the map can be used, and the rows appear once
they are ranked.
"""

from __future__ import annotations

import time
from concurrent.futures import wait
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st
from streamlit.errors import StreamlitAPIException

from hamr.errors import HamrError, SettingError
from hamr.jobs.meaning import (
    MOST,
    TOP,
    Ranked,
    mention_of,
    phrases,
    ranked,
    ranked_mentions,
    row_of,
    similar,
    similar_mentions,
)
from hamr.store import Run
from hamr.ui.neighbourhoods.side import SELECTION, show_side
from hamr.ui.shell.cached import view
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.guide_links import with_guide
from hamr.ui.shell.state import LASSOS, LIKE, REGION, query, set_query
from hamr.views.neighbourhoods.subjects import Subject

TEXT, MEANING = "text", "meaning"
TOPS = (10, 20, 50, TOP, 200, 500, MOST)  # where the ranking can be cut
SOON = 0.3  # seconds in which an encoder that is loaded has answered
_BY, _FIELD, _TOP = "search-by", "like-typed", "like-top"


@dataclass(frozen=True)
class Likeness:
    """What the URL asks to find similar rows to, and the rows; None until they are ranked."""

    text: str  # a phrase, row:12 or mention:12
    found: Ranked | None = None
    error: HamrError | None = None

    @property
    def what(self) -> str:
        """The rows in a sentence, after their number."""
        for kind, number in (("row", row_of), ("mention", mention_of)):
            if (found := number(self.text)) is not None:
                return f"similar to {kind} {found}"
        return f"similar to {self.text!r}"


def likeness(subject: Subject, run: Run) -> Likeness | None:
    """The rows that the URL asks for, cut where people want it; None where it asks for none."""
    text = (query(LIKE) or "").strip()
    if not text:
        return None
    try:
        found = _ranked(subject, run, text)
    except HamrError as error:
        return Likeness(text, error=error)
    return Likeness(text, None if found is None else found.first(top_in_link()))


def _ranked(subject: Subject, run: Run, text: str) -> Ranked | None:
    row, mention = row_of(text), mention_of(text)
    if not subject.are_rows and (row, mention) != (None, None):
        return view(similar_mentions, run, text, MOST)
    if row is not None:
        return view(similar, run, row, MOST)
    answer = phrases.get(run, text).answer
    wait([answer], timeout=SOON)
    if not (answer.done() and answer.result()):
        return None
    return view(_of_phrase if subject.are_rows else _mentions_of_phrase, run, text)


def _of_phrase(run: Run, text: str) -> Ranked:
    return ranked(run, phrases.get(run, text).answer.result(), MOST)


def _mentions_of_phrase(run: Run, text: str) -> Ranked:
    return ranked_mentions(run, phrases.get(run, text).answer.result(), MOST)


def text_in_link() -> str:
    """What the search by text looks for; the field may have just been set."""
    return str(st.session_state.get("find", query("find")) or "").strip()


def top_in_link() -> int:
    """How many of the most similar rows are chosen, in the URL as ?top=."""
    named = query("top") or ""
    return int(named) if named in [str(top) for top in TOPS] else TOP


def choose_top(subject: Subject) -> None:
    """Where the ranking is cut, as a control."""
    st.session_state[_TOP] = top_in_link()
    st.select_slider(
        f"Most similar {subject.name}s",
        TOPS,
        key=_TOP,
        on_change=lambda: set_query(
            "top", None if st.session_state[_TOP] == TOP else st.session_state[_TOP]
        ),
        help=with_guide(
            "Where the ranking is cut. These are marked on the map and listed below.", "map.top"
        ),
    )


def search_by() -> str:
    """The choice between text and meaning, before the field."""
    if query(LIKE):
        st.session_state[_BY] = MEANING
    elif _BY not in st.session_state:
        st.session_state[_BY] = TEXT
    by = st.segmented_control(
        "Search by",
        (TEXT, MEANING),
        key=_BY,
        required=True,
        on_change=_switched,
        label_visibility="collapsed",
    )
    return str(by)


def _switched() -> None:
    """What was typed stays: it is searched the other way."""
    if st.session_state[_BY] == MEANING:
        _like(st.session_state.get("find") or query("find"))
    else:
        text = query(LIKE) or ""
        set_query(LIKE, None)
        if row_of(text) is None and mention_of(text) is None:
            st.session_state["find"] = text


def meaning_field() -> None:
    """The field for a phrase."""
    st.session_state[_FIELD] = query(LIKE) or ""
    what = "Describe rows in your words"
    st.text_input(
        what,
        key=_FIELD,
        placeholder=what,
        on_change=lambda: _like(st.session_state[_FIELD]),
        icon=":material/psychology:",
        label_visibility="collapsed",
        width="stretch",
    )


def _like(text: str | None) -> None:
    """Search for that, and show the rows in the place of a lasso, a text search or one row."""
    set_query(LIKE, (text or "").strip() or None)
    for name in (*LASSOS, REGION):
        set_query(name, None)
    st.session_state["find"] = ""
    with suppress(StreamlitAPIException):  # the field of the text search has taken it out itself
        set_query("find", None)
    show_side(SELECTION)


def similar_button(row: int, *, key: str) -> None:
    """*Find similar*: rank all rows by their similarity to this one."""
    _similar_button(
        f"row:{row}",
        key,
        "Rows of all splits whose embeddings are most similar to that of this row",
    )


def similar_mentions_button(mention: int) -> None:
    """The same for an entity mention, among those of all splits."""
    _similar_button(
        f"mention:{mention}",
        "mention-similar",
        "Entity mentions of all splits whose words have the most similar vectors",
    )


def _similar_button(like: str, key: str, help: str) -> None:
    st.button(
        "Find similar",
        key=key,
        icon=":material/join_inner:",
        on_click=lambda: _like(like),
        help=help,
    )


def notice(run: Run, like: Likeness | None) -> None:
    """Below the controls: how long the encoder has been loading, or what went wrong."""
    if like is None or like.found is not None:
        return
    if like.error is None:
        _loading(run, like.text)
        return
    show_error(like.error)
    if not isinstance(like.error, SettingError):  # only another phrase mends those
        st.button(
            "Search again",
            key="like-again",
            icon=":material/refresh:",
            on_click=lambda: phrases.forget(run, like.text),
        )


@st.fragment(run_every=0.5)
def _loading(run: Run, text: str) -> None:
    asked = phrases.get(run, text)
    if asked.answer.done():
        st.rerun()
    seconds = time.monotonic() - asked.since
    st.caption(f":material/hourglass_top: Loading the encoder… {seconds:.0f} s")
