"""What a page shows of a run that has no complete epoch yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hamr.legible import legible_name
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import guard
from hamr.ui.shell.status import ACTIVE
from hamr.ui.shell.text import plain

if TYPE_CHECKING:
    from hamr.store import Run, RunInfo


@st.fragment(run_every=1.0)
def await_first_epoch(run: Run) -> None:
    """Say how far the run is, and open the page by itself when the first epoch lands."""
    with guard():
        if run.epochs():
            st.rerun()
        _nothing_yet(run, run.info)


def _nothing_yet(run: Run, info: RunInfo) -> None:
    with st.container(border=True):
        st.subheader("Nothing to show yet", anchor=False)
        if info.status in ACTIVE:
            progress = run.progress()
            fraction = progress["fraction"] if progress else 0.0
            st.progress(fraction, text=plain(progress["message"] if progress else info.status))
            st.text("This page opens by itself when the first epoch is in.")
        else:
            name = legible_name(info.name)
            st.text(f"The run {name} is {info.status} and has no complete epoch.")
            if info.error:
                st.error(plain(info.error), icon=":material/warning:")
        navigation.link("Train", "See the run on Train", query={"run": info.id})
