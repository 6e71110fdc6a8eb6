"""The line above every page that shows the recording: what it is, and the way out of it."""

from __future__ import annotations

import streamlit as st

from hamr.ui.shell import recording
from hamr.ui.shell.demo import quiet_demo_button
from hamr.ui.shell.state import leave_run

SAID = (
    "This is a recording that comes with the program. Look at every page; nothing in it can be "
    "changed."
)


def recording_bar(title: str) -> None:
    """Show the line where the page shows the recording. Home is the way out of it."""
    known = recording.run_id()
    if title == "Home" and known is not None:
        leave_run(known)
    if not recording.is_open():
        return
    with st.container(
        horizontal=True, vertical_alignment="center", wrap=False, key="recording-bar"
    ):
        st.caption(f":material/radio_button_checked: {SAID}", width="stretch")
        quiet_demo_button(key="recording-demo")
