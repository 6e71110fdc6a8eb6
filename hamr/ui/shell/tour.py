"""The tour: ten stops over the real pages, each a panel below the page it is about.

`tour=4` in the URL shows the fourth stop. It goes along from page to page until it is left; where
it was left is remembered in the session and in the home, so that it can be taken up there.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

from hamr import resources
from hamr.errors import HamrError
from hamr.legible import legible_name
from hamr.ui.shell import navigation, presenter, recording
from hamr.ui.shell.server import own_store
from hamr.ui.shell.state import chosen_run, query, set_query
from hamr.views.guide.stops import Stop, stops_of

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

TOUR = "tour"  # in the URL, from 1, and in the session while it is on
TOPIC = "tour"  # of the guide: the texts
_LEFT = "tour.left"  # in the session and among the home's preferences: the last stop seen
_TURNED = "tour.turned"  # in the session: whether another stop was just asked for
_ICON = ":material/tour:"
_BACK, _NEXT, _LEAVE = "tour-back", "tour-next", "tour-leave"
_KEYS = {"Shift+PageDown": _NEXT, "Shift+PageUp": _BACK}


@cache
def stops() -> tuple[Stop, ...]:
    """All stops, from the guide."""
    return stops_of((resources.ASSETS / "guide" / f"{TOPIC}.md").read_text("utf-8"))


def panel(page: StreamlitPage, pages: Sequence[StreamlitPage]) -> bool:
    """Show the stop that the URL names, if it names one; whether it does."""
    stop = _current()
    if stop is None:
        return False
    if st.session_state.pop(_TURNED, False) and page.title != stop.page:
        there = next(one for one in pages if one.title == stop.page)
        st.switch_page(there, query_params={TOUR: str(stop.number)})
    _show_a_run(page.title)
    st.html(resources.ASSETS / "tour" / "tour.css")
    with st.container(key="tour"):
        with st.container(horizontal=True, vertical_alignment="center", key="tour-bar"):
            heading = f"Stop {stop.number} of {len(stops())} · {stop.page}: {stop.title}"
            st.markdown(f"**{heading}**", width="stretch")
            presenter.listen(_keys(page.title), copies=False, key="touring")
            _buttons(stop)
        if page.title == stop.page:
            see, act = st.columns(2, gap="medium")
            see.markdown(f"**See.** {stop.see}")
            act.markdown(f"**Try.** {stop.act}")
        else:
            label = f"Go to {stop.page}"
            st.button(label, key="tour-there", icon=_ICON, on_click=_go, args=(stop.number,))
    return True


def offer(*, key: str) -> None:
    """The button that starts the tour, and one that takes it up where it was left."""
    left = _left()
    with st.container(horizontal=True, key=f"{key}-tour"):
        if 1 < left <= len(stops()):
            label = f"Go on with the tour at stop {left}"
            st.button(
                label,
                key=f"{key}-on",
                icon=_ICON,
                help="Where the tour was left last, by anybody who uses this home.",
                on_click=_go,
                args=(left,),
            )
        st.button(
            "Take the tour",
            key=f"{key}-start",
            icon=_ICON,
            help="Ten stops over the pages, in about ten minutes; each has one thing to see and "
            "one to try.",
            on_click=_go,
            args=(1,),
        )


def _current() -> Stop | None:
    """The stop of the URL, else the one that the visitor was at when the page changed."""
    asked = query(TOUR)
    if asked and asked.isdecimal() and len(asked) < 4:
        st.session_state[TOUR] = min(max(int(asked), 1), len(stops()))
    if asked is not None and asked not in {str(stop.number) for stop in stops()}:
        _say_no_stop(asked)
    number = st.session_state.get(TOUR)
    if asked != (number and str(number)):
        set_query(TOUR, number)
    return stops()[number - 1] if number else None


def _say_no_stop(asked: str) -> None:
    """Say that the link names no stop, and which one is shown in its place."""
    number = st.session_state.get(TOUR)
    st.warning(
        f'The link has "{legible_name(asked)}" for the stop of the tour, which is a number from 1 '
        f"to {len(stops())}{f': stop {number} is shown' if number else ''}.",
        icon=":material/link_off:",
    )


def _show_a_run(title: str) -> None:
    """Where nothing was trained yet, let a page that shows a run show the recorded one."""
    if title == "Dataset" or title not in navigation.OF_RUNS or chosen_run() is not None:
        return
    with suppress(HamrError):  # which the page says
        if not own_store().runs() and (recorded := recording.run_id()):
            set_query("run", recorded)


def _buttons(stop: Stop) -> None:
    at, last = stop.number, stop.number == len(stops())
    back, forward = ":material/arrow_back:", ":material/arrow_forward:"
    st.button("Back", key=_BACK, icon=back, disabled=at == 1, on_click=_go, args=(at - 1,))
    if not last:
        st.button(
            "Next", key=_NEXT, icon=forward, type="primary", on_click=_go, args=(at + 1,),
            help="Shift and Page Down; back: Shift and Page Up",
        )  # fmt: skip
    label = "Finish" if last else "Leave"
    st.button(label, key=_LEAVE, icon=":material/close:", on_click=_end, args=(last,))


def _keys(title: str) -> dict[str, str]:
    """What keys press: those of a clicker too, while the page is presented."""
    if not presenter.is_presenting():
        return _KEYS
    return _KEYS | presenter.keys_of(title, back=_BACK, forward=_NEXT)


def _go(number: int) -> None:
    """Come to a stop; its page is opened where the script runs next."""
    st.session_state[TOUR] = number
    st.session_state[_TURNED] = True
    set_query(TOUR, number)
    _remember(number)


def _end(finished: bool) -> None:
    """Leave the tour; one that was finished begins with its first stop again."""
    if finished:
        _remember(1)
    st.session_state.pop(TOUR, None)
    set_query(TOUR, None)


def _remember(number: int) -> None:
    st.session_state[_LEFT] = number
    with suppress(HamrError):  # of a home that can't be written the session remembers it
        own_store().preferences.put(_LEFT, number)


def _left() -> int:
    """The stop at which the tour was left, 1 where it was not begun."""
    if _LEFT not in st.session_state:
        kept = None
        with suppress(HamrError):
            kept = own_store().preferences.get(_LEFT)
        st.session_state[_LEFT] = kept if isinstance(kept, int) else 1
    number: int = st.session_state[_LEFT]
    return number
