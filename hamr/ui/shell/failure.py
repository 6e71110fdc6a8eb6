"""What Streamlit does by itself, replaced: red boxes of errors, and a question to the outside."""

from __future__ import annotations

import streamlit as st
from streamlit import error_util, net_util

from hamr.errors import HamrError
from hamr.ui.shell.text import plain


def install() -> None:
    """Show every uncaught error as a sentence; its traceback goes to the server's log alone.

    Streamlit calls this function for pages, fragments and callbacks alike, which no
    try-statement of ours surrounds. It also looks up this machine's address at an outside
    service when a page of another origin knocks: nobody is asked, and such a page is refused.
    """
    error_util.show_uncaught_app_exception = _shown
    net_util.get_external_ip = _nobody_knows


def show(error: BaseException) -> None:
    """The sentence of an error that nothing has caught."""
    st.error(plain(sentence(error)), icon=":material/warning:")


def sentence(error: BaseException) -> str:
    """Ours is whole already; any other one is a fault of the program, named by its kind."""
    if isinstance(error, HamrError):
        return str(error)
    return (
        f"This page met an error of the program itself ({type(error).__name__}). What was saved "
        "is safe: load the page again, or open it from Home. The server's log has the details."
    )


def _shown(ex: BaseException) -> None:
    show(ex)  # looked up at each call, so that tests can have the red box back


def _nobody_knows() -> str | None:
    return None
