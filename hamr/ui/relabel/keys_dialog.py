"""All keys in a dialog, where annotators change them for themselves."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from hamr.errors import HamrError
from hamr.store import Decisions
from hamr.ui.relabel.bound import bind_action, keys_now
from hamr.ui.relabel.own_keys import change_key, reset_keys
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.text import distinct, plain, plain_name
from hamr.views.relabel.keymap import BY_NAME, Keymap, clash, shown_as

_KEYS = "keys"  # the action that opens the dialog


def all_keys(decisions: Decisions, annotator: str) -> None:
    """The button that opens the dialog."""
    hint = bind_action(_KEYS, "all-keys", "show all keys", of_row=False)
    if st.button(f"Keys{hint}", key="all-keys", help="All keys, and how to change them"):
        _dialog(decisions, annotator, keys_now())


@st.dialog("Keys")
def _dialog(decisions: Decisions, annotator: str, keys: Keymap) -> None:
    st.markdown(_table(keys))
    st.caption(
        "Enter takes the suggestion where the label is probably wrong; elsewhere it accepts the "
        "label. Keys work whenever you are not typing into a field."
    )
    if not annotator:
        st.caption("Enter your name on the page to change keys for yourself.")
        return
    _change(decisions, annotator, keys)


def _table(keys: Keymap) -> str:
    lines = ["| Key | What it does |", "|---|---|", "| `Enter` | Suggestion, or Accept |"]
    lines += [
        f"| {' '.join(f'`{shown_as(key)}`' for key in keys.of(name))} | {action.words} |"
        for name, action in BY_NAME.items()
    ]
    lines += [
        f"| `{shown_as(key)}` | Label: {plain_name(name)} |" for name, key in keys.classes.items()
    ]
    return "\n".join(lines)


def _change(decisions: Decisions, annotator: str, keys: Keymap) -> None:
    """One action or class, and its new key."""
    actions = [name for name in BY_NAME if name != _KEYS]
    names = decisions.names() if keys.classes else ()
    choices = [("action", name) for name in actions] + [("class", name) for name in names]
    shown_as_class = distinct(names)

    def words(choice: tuple[str, str]) -> str:
        kind, name = choice
        return BY_NAME[name].words if kind == "action" else f"Label: {shown_as_class(name)}"

    a, b = st.columns([3, 2], vertical_alignment="bottom")
    kind, name = a.selectbox("Change the key of", choices, format_func=words, key="key-of")
    key = b.text_input("New key", key="key-new", max_chars=1, placeholder="e.g. x").strip().lower()
    of_class = kind == "class"
    refused = clash(keys, name, key, of_class=of_class) if key else ""
    if refused:
        st.warning(plain(refused), icon=":material/info:")
    with st.container(horizontal=True):
        if st.button(
            "Change key", key="key-change", type="primary", disabled=bool(refused) or not key
        ):
            _try(lambda: change_key(decisions, annotator, name, key, of_class=of_class))
        if st.button("Reset my keys", key="key-reset"):
            _try(lambda: reset_keys(decisions, annotator))
    st.caption("Your keys are stored under your name and follow you to other machines.")


def _try(change: Callable[[], None]) -> None:
    try:
        change()
    except HamrError as error:
        show_error(error)
    else:
        st.rerun()
