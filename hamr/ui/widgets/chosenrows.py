"""The part of a new run's form that says which rows are excluded, drawn more often or verified."""

from __future__ import annotations

from typing import Any

import streamlit as st

from hamr.config import TrainingSettings, describe
from hamr.errors import HamrError, SettingError
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.text import count, plain

EXCLUDE, MORE, FACTOR = "exclude_rows", "draw_more", "draw_more_factor"
VERIFIED = "verified_rows"
WORDS = {EXCLUDE: "Not trained on", MORE: "Drawn more often", VERIFIED: "Verified rows"}
DROP = {EXCLUDE: "Use all rows", MORE: "Draw as usual", VERIFIED: "Use the reviewed rows"}
SETTINGS = (*WORDS, FACTOR)
LONGEST = 80  # characters of a set's name


def state_key(name: str) -> str:
    """Where the form keeps a setting."""
    return f"setting_{name}"


def take_sets_of_link() -> None:
    """Put the sets that the URL names into the form, once for each of them."""
    for field in WORDS:
        named = query(field)
        if named and st.session_state.get(f"taken_{field}") != named:
            st.session_state[f"taken_{field}"] = named
            st.session_state[state_key(field)] = named


def chosen_rows_form() -> dict[str, Any]:
    """Show the sets with a button that drops each; the values of their settings."""
    values = {name: st.session_state.get(state_key(name), "") for name in WORDS}
    if not any(values.values()):
        return {}
    with st.container(border=True, key="chosen-rows"):
        for field, words in WORDS.items():
            if values[field]:
                _show(field, words, values[field])
        if values[MORE]:
            values |= _factor()
    return {name: value for name, value in values.items() if value != ""}


def _show(field: str, words: str, key: str) -> None:
    try:
        found = store().row_sets.get(key)
        text = f"**{words}:** {count(len(found.ids), 'row')} · {plain(found.name, LONGEST)}"
    except HamrError as error:
        show_error(error)
        text = f"**{words}:** {plain(key, LONGEST)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(text, width="stretch")
        st.button(
            DROP[field],
            key=f"drop-{field}",
            on_click=lambda: _drop(field),
        )


def _factor() -> dict[str, Any]:
    key, spec = state_key(FACTOR), describe(TrainingSettings)[FACTOR]
    st.session_state.setdefault(key, f"{spec['default']:g}")
    typed = st.text_input(
        "Times as often", key=key, help=spec["help"], width=160, persist_state="session"
    )
    try:
        TrainingSettings(**{FACTOR: typed.strip()})
    except SettingError as error:
        show_error(error)
    return {FACTOR: typed.strip()}


def _drop(field: str) -> None:
    st.session_state[state_key(field)] = ""
    st.session_state.pop(f"taken_{field}", None)
    set_query(field, None)
