"""Errors as sentences on the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from hamr.errors import HamrError, LostError
from hamr.ui.shell.text import plain


@contextmanager
def guard() -> Iterator[None]:
    """Show a HamrError raised inside as its sentence; the rest of the page goes on."""
    try:
        yield
    except HamrError as error:
        show_error(error)


def show_error(error: HamrError) -> None:
    """The error's sentence, here; for a lost database also the button that restores it."""
    st.error(plain(error), icon=":material/warning:")
    if isinstance(error, LostError):
        offer_restoring()


def offer_restoring() -> None:
    """A button that makes the database of this server's home again from the folders of its runs.

    Below it the same as a command: a sentence's own can't be copied, as it holds characters that
    keep Markdown from acting.
    """
    from hamr.store.lost import command
    from hamr.ui.shell.server import home

    pressed = st.button(
        "Restore from the run folders",
        icon=":material/settings_backup_restore:",
        key="restore-home",
        type="primary",
    )
    st.caption("or in a terminal:")
    st.code(command(home()), language="bash")
    if pressed:
        from hamr.store.rebuild import restore_from_folders
        from hamr.ui.shell.server import forget

        try:
            found = restore_from_folders(home())
        except HamrError as error:
            st.error(plain(error), icon=":material/warning:")
            return
        forget()
        st.session_state["restored"] = [f"Restored: {found}.", *found.problems]
        st.rerun()


def show_restored() -> None:
    """What the last restore brought back, and what not; shown once."""
    for sentence in st.session_state.pop("restored", ()):
        st.info(plain(sentence), icon=":material/settings_backup_restore:")
