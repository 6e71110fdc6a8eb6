"""The section of acts that are not saved yet: each with its reason, and ways to go on."""

from __future__ import annotations

import time

import streamlit as st

from hamr.ui.relabel.perform import send_unsaved
from hamr.ui.relabel.unsaved import discard, unsaved
from hamr.ui.shell.text import count, plain

TRIES, PAUSE = 6, 2.0  # how often an act is sent again without being asked, and seconds between


def unsaved_section(annotator: str) -> None:
    """Show the acts that are not saved yet, if any, and go on trying to save them."""
    acts = unsaved(annotator) if annotator else ()
    if acts:
        retries = acts[0].sent <= TRIES
        st.fragment(_unsaved, run_every=PAUSE if retries else None)(annotator)


def _try_again(annotator: str) -> None:
    send_unsaved(annotator)


def _unsaved(annotator: str) -> None:
    acts = unsaved(annotator)
    due = acts and acts[0].sent <= TRIES and time.monotonic() - acts[0].last >= PAUSE
    if not acts or (due and send_unsaved(annotator)):
        st.rerun()  # another tab, or this one, has saved them
    for act in unsaved(annotator):
        text = plain(f"Not saved yet: {act.words}. {act.reason}")
        st.error(text, icon=":material/hourglass_top:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Try again",
            key="send-again",
            type="primary",
            on_click=_try_again,
            args=(annotator,),
        )
        st.button(
            "Discard",
            key="give-up",
            on_click=discard,
            args=(annotator,),
            help="Discard this action. If only the server's answer was lost, it may have been "
            "saved after all: see the row's history.",
        )
        st.caption(
            f"Tried {count(acts[0].sent, 'time')}. It stays here until it is saved, even if you "
            "leave the page."
        )
