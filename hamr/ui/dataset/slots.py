"""Places next to the controls of the Dataset page, for errors that are found later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from hamr.errors import EncodingError, HamrError
from hamr.ui.dataset.encoding import offer_cp1252
from hamr.ui.shell.text import plain

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator


class Slots:
    """The places by the names of their settings."""

    def __init__(self) -> None:
        self._slots: dict[str, DeltaGenerator] = {}
        self.has_error = False
        self.source = ""  # whose rows are chosen

    def open(self, name: str) -> None:
        """A place for the errors of this setting, here."""
        self._slots[name] = st.empty()

    def show_error(self, error: HamrError) -> None:
        """Show the error next to its control; below all of them where it has none."""
        self.has_error = True
        place = self._slots.get(error.field or "")
        with place.container() if place else st.container():
            st.error(plain(error), icon=":material/warning:")
            if isinstance(error, EncodingError):
                offer_cp1252(error, self.source)
