"""What is around every page: the presenter's bar, the stop of the tour, and how to start both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from hamr import resources
from hamr.ui.shell import presenter, tour

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

_HELP = resources.ASSETS / "presenter" / "help.js"  # lets Enter open the link of a question mark


def show(page: StreamlitPage, pages: Sequence[StreamlitPage]) -> None:
    """Show it. Drawn before the page, which may end its script; style sheets put it below."""
    with st.sidebar:
        st.html(f"<script>{_HELP.read_text('utf-8')}</script>", unsafe_allow_javascript=True)
    presents = presenter.is_presenting()
    toured = tour.panel(page, pages)
    if presents:
        presenter.bar(page, pages, keys=not toured)
        return
    with st.sidebar.container(key="frame-start", horizontal=True):
        presenter.offer()
