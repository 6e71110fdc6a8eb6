"""What every page begins with: its heading, the store and the driver.

open_page("Hardness", "Which rows the model finds hard, and since when.")
run = choose_run()
epoch = choose_epoch(run)
with guard():
    chart(figure, run, epoch, key="hardness", how_to_read="...", alt="...")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hamr import resources
from hamr.errors import HamrError
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.navigation import TAB_ICON
from hamr.ui.shell.recording_bar import recording_bar
from hamr.ui.shell.server import driver
from hamr.ui.shell.state import carry, enter
from hamr.ui.shell.text import plain

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator


def open_page(title: str, intro: str) -> DeltaGenerator:
    """Begin a page: browser title, navigation, heading, store and driver.

    Safe with app.py's router and without it. For a store that can't be opened
    a sentence is shown, and the page ends there. Returns the place of the intro, for a page that
    says it again in the words of its run.
    """
    place = head(title, intro)
    begin(title)
    return place


def head(title: str, intro: str) -> DeltaGenerator:
    """What a page shows before it needs the store."""
    st.set_page_config(f"{title} · HAMR", TAB_ICON, layout="wide")
    st.html(resources.ASSETS / "style.css")
    st.title(title, anchor=False)
    place = st.empty()
    place.caption(intro)
    return place


def begin(title: str) -> None:
    """Open the store, start the driver, and take over what was chosen on other pages."""
    try:
        worker = driver()
    except HamrError as error:
        show_error(error)
        st.stop()
    carry()
    enter(title)
    recording_bar(title)
    if worker.note:
        st.sidebar.caption(plain(worker.note))
