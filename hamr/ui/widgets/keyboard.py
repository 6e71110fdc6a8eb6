"""The keys of a page: which key presses which of its buttons.

    keyboard({"a": Key("accept-1", "Accept"), "?": Key("keys", "Keys", of_row=False)}, row="1")

The buttons are ordinary ones, found by the key of their widget; nothing happens by a key that the
button alone would not do. assets/keyboard has the listener and its rules: which presses wait while
the page is drawn again, and which are given up because their row was not shown yet.

An element of the page with the attribute data-hamr-keys="own", or one within such an element,
keeps all keys while it has the focus.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import streamlit as st

from hamr import resources
from hamr.ui.widgets.modules import bundle

_ASSETS = resources.ASSETS / "keyboard"
_DRAWN = "keyboard.drawn"  # in the session: how often it was drawn

_component = st.components.v2.component(
    "hamr_keyboard",
    html='<div class="keyboard" role="status"></div>',
    css=(_ASSETS / "keyboard.css").read_text("utf-8"),
    js=bundle(_ASSETS / "keyboard.js"),
)


@dataclass(frozen=True)
class Key:
    """What a key presses."""

    target: str  # the key of the button's widget, or of the field's
    label: str  # what it does, for people
    of_row: bool = True  # whether it is about the row on screen, and about no other one
    field: bool = False  # whether it leads into a field instead


def keyboard(keys: Mapping[str, Key], row: str | None) -> None:
    """Listen for keys, by names such as "a", "7", "?", "Enter", "ArrowLeft", "Mod+Shift+z".

    `row` names what is on screen, by another name whenever something else is shown. Draw it after
    the row and its buttons: a key that is pressed before it comes belongs to the row before.
    """
    # The count makes it other data in each run, by which the listener knows that a run has come
    # this far.
    st.session_state[_DRAWN] = drawn = st.session_state.get(_DRAWN, 0) + 1
    data = {"row": row, "drawn": drawn, "keys": {name: asdict(key) for name, key in keys.items()}}
    _component(key="keyboard", data=data)
