"""The component that shows a step stage by stage: assets/playground in the page.

Stages are gone through in the browser alone. Python hears which step is wanted next, and which
stage and point have been looked at for a moment, so that the link has them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from hamr import resources
from hamr.ui.widgets.modules import bundle

_ASSETS = resources.ASSETS / "playground"

_component = st.components.v2.component(
    "hamr_playground",
    html='<div class="playground"></div>',
    css=(_ASSETS / "playground.css").read_text("utf-8"),
    js=bundle(_ASSETS / "playground.js"),
)


def stepper(
    data: dict[str, Any],
    *,
    stage: int,
    key: str,
    on_step: Callable[[int], None],
    on_stage: Callable[[int], None],
    on_point: Callable[[int], None],
    on_together: Callable[[bool], None],
) -> None:
    """Show `hamr.views.learn.picture` data, at first at that stage (from 0).

    `on_point` hears the chosen point, -1 where it is the one that is chosen at first.
    """
    _component(
        key=key,
        # A list: in a mapping Streamlit looks for tables, for which it imports pandas at first.
        data=[{**data, "stage": stage}],
        on_step_change=lambda: _hear(key, "step", on_step),
        on_stage_change=lambda: _hear(key, "stage", on_stage),
        on_point_change=lambda: _hear(key, "point", on_point),
        on_together_change=lambda: on_together(_sent(key, "together") is True),
    )


def _hear(key: str, event: str, act: Callable[[int], None]) -> None:
    """Pass on the number that the browser sent; anything else is ignored."""
    sent = _sent(key, event)
    if isinstance(sent, int) and not isinstance(sent, bool):
        act(sent)


def _sent(key: str, event: str) -> Any:
    return (st.session_state.get(key) or {}).get(event)
