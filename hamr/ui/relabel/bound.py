"""Which keys are bound to the controls that are on the page now.

Each control that has a key calls `bind` where it is drawn; `listen` hands all of them over.
"""

from __future__ import annotations

import streamlit as st

from hamr.ui.widgets.keyboard import Key, keyboard
from hamr.views.relabel.keymap import Keymap, shown_as

_BOUND, _KEYMAP = "relabel.bound", "relabel.keymap"  # in the session


def begin(keys: Keymap) -> None:
    """Forget what was bound when the page was drawn last."""
    st.session_state[_BOUND], st.session_state[_KEYMAP] = {}, keys


def keys_now() -> Keymap:
    """The keys of the annotator on the page."""
    found: Keymap = st.session_state[_KEYMAP]
    return found


def bind(
    key: str,
    target: str,
    label: str,
    *,
    of_row: bool = True,
    field: bool = False,
    first: bool = False,
) -> str:
    """Bind a key to the widget of the key `target`; how a button's label shows the key.

    The control that asks for a key first gets it, another one is shown without; `first` takes it
    away from the one that has it.
    """
    bound: dict[str, Key] = st.session_state.setdefault(_BOUND, {})
    if first:
        bound.pop(key, None)
    if bound.setdefault(key, Key(target, label, of_row, field)).target != target:
        return ""
    return f"\N{EN SPACE}`{shown_as(key)}`"


def bind_action(
    action: str, target: str, label: str, *, of_row: bool = True, field: bool = False
) -> str:
    """Bind all keys of an action; a label shows the first one."""
    hints = [bind(key, target, label, of_row=of_row, field=field) for key in keys_now().of(action)]
    return hints[0]


def listen(row: str | None) -> None:
    """Listen for the keys that are bound; `row` as of `keyboard`."""
    keyboard(st.session_state.get(_BOUND, {}), row)
