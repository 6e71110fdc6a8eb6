"""The sentence at the top of a page on which hardness does not mean hard."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.ui.shell.guard import guard
from hamr.ui.shell.text import plain
from hamr.views.base import hardness_check


def warn_of_hardness(run: Run, epoch: int, *, name: str = "", turned: str = "") -> None:
    """Warn where hardness does not rank the rows as their loss does; else show nothing.

    `name` tells runs apart where a page shows several; `turned` is what the page does about
    hardness that ranks easy rows first.
    """
    with guard():
        said = hardness_check.warning(run, epoch)
        if not said:
            return
        if turned and hardness_check.is_turned(run, epoch):
            said = f"{said} {turned}"
        st.warning(plain(f"{name}: {said}" if name else said), icon=":material/warning:")
