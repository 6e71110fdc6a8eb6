"""The line that says what became of the annotator's last action."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from hamr.ui.shell.text import plain

_NOTE = "relabel.note"  # in the session


def report(kind: Literal["saved", "warning", "error"], text: str) -> None:
    """Have the page show this once it is drawn again."""
    st.session_state[_NOTE] = (kind, text)


def forget_report() -> None:
    """Have the page show nothing of the last action."""
    st.session_state.pop(_NOTE, None)


def show_report() -> None:
    """The sentence on the last action."""
    kind, text = st.session_state.get(_NOTE, ("", ""))
    with st.container(key="last-act", width="stretch"):
        _show(kind, text)


def _show(kind: str, text: str) -> None:
    if kind == "error":
        st.error(plain(text), icon=":material/error:")
    elif kind == "warning":
        st.warning(plain(text), icon=":material/group:")
    elif text:
        st.markdown(f":material/check: {plain(text)}")
    else:  # a line is shown even now, so that nothing moves at the first action
        st.caption("Your last action appears here.")
