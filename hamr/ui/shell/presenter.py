"""Presenting: larger type and figures, no sidebar, pages by keys or clicker, a link to this view.

`present=1` in the URL shows a page so, and goes along from page to page until it is left. The bar
below the page has ordinary buttons; the listener of assets/presenter presses them by keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from hamr import resources
from hamr.ui.shell.state import query, set_query

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

PRESENT = "present"  # in the URL, and in the session while it is on
ON = "1"
# Pages that arrows move about: a row at a time, a stage at a time, a point of the map at a time.
OWN_ARROWS = ("Relabel", "Learn", "Neighbourhoods")
OWN_STAGES = ("Learn",)  # pages whose stages a clicker goes through
SCALE = 1.4  # of the type at 720 lines, see presenting.css
MOST_HIGH = 480  # pixels of a chart that grows
_ASSETS = resources.ASSETS / "presenter"
_BACK, _NEXT, _LEAVE, _START = "present-back", "present-next", "present-leave", "present-start"

_component = st.components.v2.component(
    "hamr_presenter",
    html='<div class="presenter"><button type="button" class="copy">Copy link</button>'
    '<input readonly hidden aria-label="Link to this view"><span role="status"></span></div>',
    css=(_ASSETS / "presenter.css").read_text("utf-8"),
    js=(_ASSETS / "presenter.js").read_text("utf-8"),
)


def is_presenting() -> bool:
    """Whether this page is shown to an audience; the URL then says so, too."""
    if query(PRESENT) == ON:
        st.session_state[PRESENT] = True
    on = is_on()
    if (query(PRESENT) == ON) != on:
        set_query(PRESENT, ON if on else None)
    return on


def larger(pixels: float | None) -> int | None:
    """A height or a font in pixels, as large as the type is while the page is presented.

    Charts that fit a screen below the heading still do.
    """
    if pixels is None or not is_on():
        return None if pixels is None else round(pixels)
    return round(max(pixels, min(pixels * SCALE, MOST_HIGH)))


def is_on() -> bool:
    """Whether the page is presented, asked while it is drawn."""
    return bool(st.session_state.get(PRESENT))


def offer() -> None:
    """The button that starts it."""
    st.button(
        "Present",
        key=_START,
        icon=":material/co_present:",
        type="tertiary",
        help="Larger type and figures and no sidebar. Page Down and Page Up change the page, "
        "Escape leaves.",
        on_click=_switch,
        args=(True,),
    )


def bar(page: StreamlitPage, pages: Sequence[StreamlitPage], *, keys: bool) -> None:
    """The bar below the page; with `keys` it changes the page, also by Page Down and Page Up."""
    st.html(_ASSETS / "presenting.css")
    titles = [one.title for one in pages]
    at = titles.index(page.title)
    with st.container(key="presenter", horizontal=True, vertical_alignment="center"):
        if keys:
            _go("Previous page", pages[at - 1] if at else None, _BACK)
            _go("Next page", pages[at + 1] if at + 1 < len(pages) else None, _NEXT)
        st.markdown(f"**{page.title}** · {at + 1} of {len(pages)}", width="stretch")
        own = keys_of(page.title, back=_BACK, forward=_NEXT) if keys else {}
        listen({"Escape": _LEAVE, **own}, copies=True, key="presenting")
        st.button("Leave", key=_LEAVE, icon=":material/close:", on_click=_switch, args=(False,))


def listen(keys: Mapping[str, str], *, copies: bool, key: str) -> None:
    """Let keys press buttons, by the key of their widgets; `copies` shows *Copy link*."""
    _component(key=key, data={"keys": dict(keys), "copies": copies}, width="content")


def keys_of(title: str, *, back: str, forward: str) -> dict[str, str]:
    """The keys of clickers and arrows that the page of that title has no use for itself."""
    found: dict[str, str] = {}
    if title not in OWN_STAGES:
        found |= {"PageDown": forward, "PageUp": back}
    if title not in OWN_ARROWS:
        found |= {"ArrowRight": forward, "ArrowLeft": back}
    return found


def _go(label: str, page: StreamlitPage | None, key: str) -> None:
    icon = ":material/arrow_back:" if key == _BACK else ":material/arrow_forward:"
    if st.button(label, key=key, icon=icon, disabled=page is None) and page is not None:
        st.switch_page(page, query_params={PRESENT: ON})


def _switch(on: bool) -> None:
    st.session_state[PRESENT] = on
    set_query(PRESENT, ON if on else None)
