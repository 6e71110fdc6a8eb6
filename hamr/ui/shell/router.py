"""Which page runs: the navigation of the app, whichever script a visit begins with."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from hamr import resources
from hamr.ui.home.page import home_page
from hamr.ui.shell import failure, frame
from hamr.ui.shell.navigation import HOME_ICON, PAGES, TAB_ICON

# Here, since a visit that goes straight to a file of pages/ does not run app.py.
failure.install()

# Whether the page that runs in this thread was started by our own navigation.
_routed: ContextVar[bool] = ContextVar("routed", default=False)


def route() -> None:
    """Show the navigation and run the page that the URL asks for."""
    _run(*_navigation())


def run_page(title: str, page: Callable[[], None]) -> None:
    """Run the page of that title: all that a file of `pages/` does.

    On a fresh server the first visit may go straight to such a file. Streamlit then makes up a
    navigation of its own from the file names, and drops it for ours at the next run. The page is
    run from our navigation instead, and this run of it ends here: otherwise its widgets would
    change their identities and the visitor's first click be lost.
    """
    if _routed.get():
        page()
        return
    chosen, pages = _navigation()
    if chosen.title != title:  # nothing to take over: a test runs the file by itself
        page()
        return
    _run(chosen, pages)


def _run(page: StreamlitPage, pages: list[StreamlitPage]) -> None:
    frame.show(page, pages)
    token = _routed.set(True)
    try:
        page.run()
    finally:
        _routed.reset(token)


def _navigation() -> tuple[StreamlitPage, list[StreamlitPage]]:
    """The page that the URL asks for, and all pages."""
    # First the icon of the browser's tab: without one of ours the browser would fetch the symbol of
    # the page from the internet.
    st.set_page_config(page_icon=TAB_ICON, layout="wide")
    pages = [st.Page(home_page, title="Home", icon=HOME_ICON, default=True)]
    pages += [
        st.Page(resources.PAGES / name, title=title, icon=icon)
        for title, (name, icon) in PAGES.items()
    ]
    return st.navigation(pages), pages
