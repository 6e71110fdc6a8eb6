"""Downloads that are made when they are asked for, and what went wrong with one, as a sentence.

Streamlit calls the function of a download in a thread of its own and shows of an error only that
there was one. The button therefore stands in a fragment that is drawn again at a click, waits a
moment for the function, and shows its sentence.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import streamlit as st

from hamr.errors import HamrError
from hamr.ui.shell.guard import show_error

TO_START, TO_END, LOOK = 0.5, 3.0, 0.02  # seconds to wait for the function, and between looks


class Making:
    """How a download of one visitor went; the thread that makes it writes, the page reads."""

    def __init__(self) -> None:
        self.begun = self.ended = self.shown = 0
        self.error: HamrError | None = None

    def of(self, make: Callable[[], bytes]) -> Callable[[], bytes]:
        """`make`, with what becomes of it noted here."""

        def noted() -> bytes:
            self.begun += 1
            try:
                made = make()
            except HamrError as error:
                self.error = error
                raise
            else:
                self.error = None
                return made
            finally:
                self.ended += 1

        return noted

    def wait(self) -> None:
        """Wait until the function that was just asked for has ended; not longer than is bearable.

        What ends later shows its sentence at the next look at the page.
        """
        _wait(lambda: self.begun > self.shown, TO_START)
        _wait(lambda: self.ended >= self.begun, TO_END)
        self.shown = self.ended


def download_later(
    label: str,
    make: Callable[[], bytes],
    name: str,
    mime: str,
    *,
    key: str,
    kind: Literal["primary", "secondary", "tertiary"] = "secondary",
    icon: str | None = None,
    help: str | None = None,
) -> None:
    """A button that makes a file and downloads it; an error is a sentence below. In a fragment."""
    making: Making = st.session_state.setdefault(f"{key}.making", Making())
    clicked = st.download_button(
        label,
        making.of(make),
        name,
        mime,
        key=key,
        on_click="rerun",
        type=kind,
        icon=icon,
        help=help,
        width="content",
    )
    if clicked:
        making.wait()
    if making.error is not None:
        show_error(making.error)


def _wait(done: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(LOOK)
