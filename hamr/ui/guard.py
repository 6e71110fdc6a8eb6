"""Errors as sentences on the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from hamr.errors import HamrError
from hamr.ui.text import plain


@contextmanager
def guard() -> Iterator[None]:
    """Show a HamrError raised inside as its sentence; the rest of the page goes on."""
    try:
        yield
    except HamrError as error:
        tell(error)


def tell(error: HamrError) -> None:
    """The error's sentence, here."""
    st.error(plain(error), icon="⚠️")
