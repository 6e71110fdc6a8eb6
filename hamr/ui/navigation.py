"""The list of pages, and links between them."""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "Dataset": ("1_Dataset.py", "🗂️"),
    "Train": ("2_Train.py", "🚀"),
    "Hardness": ("3_Hardness.py", "🧗"),
    "Weights": ("4_Weights.py", "⚖️"),
    "Neighbourhoods": ("5_Neighbourhoods.py", "🗺️"),
    "Per-class F1": ("6_Per_class_F1.py", "🎯"),
}
HOME_ICON = "🧭"

# Set in the thread that runs app.py, before it runs the page.
_routed: ContextVar[bool] = ContextVar("routed", default=False)


def route() -> None:
    """Show the navigation and run the page that the URL asks for."""
    page = _navigation()
    _routed.set(True)
    page.run()


def announce() -> None:
    """Show the navigation from within a page that was started without app.py.

    On a fresh server the first visit may go straight to a file of `pages/`; Streamlit then
    makes up a navigation of its own from the file names. This puts ours in its place.
    """
    if not _routed.get():
        _navigation()


def _navigation() -> st.Page:
    from hamr.ui.home import home

    pages = [st.Page(home, title="Home", icon=HOME_ICON, default=True)]
    pages += [
        st.Page(ROOT / "pages" / name, title=title, icon=icon)
        for title, (name, icon) in PAGES.items()
    ]
    return st.navigation(pages)


def icon(title: str) -> str:
    """The emoji of a page, by its title."""
    return PAGES[title][1] if title in PAGES else HOME_ICON


def link(title: str, label: str, *, query: Mapping[str, str] | None = None) -> None:
    """A link to the page of that title, carrying the given part of the URL."""
    st.page_link(_path(title), label=label, icon=icon(title), query_params=dict(query or {}))


def go(title: str, *, query: Mapping[str, str] | None = None) -> None:
    """Leave this page for the one of that title."""
    st.switch_page(_path(title), query_params=dict(query or {}))


def _path(title: str) -> Path:
    return ROOT / "pages" / PAGES[title][0]
