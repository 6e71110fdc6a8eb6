"""The controls by which a row is reviewed, each with its key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import streamlit as st

from hamr.decisions import Label, in_words
from hamr.legible import legible
from hamr.store import Decisions
from hamr.ui.relabel.annotator import missing_name
from hamr.ui.relabel.bound import bind, bind_action
from hamr.ui.relabel.guidelines import guidelines_button
from hamr.ui.relabel.keys_dialog import all_keys
from hamr.ui.relabel.row import Shown, back, decide
from hamr.ui.relabel.undo import undo_or_redo
from hamr.ui.relabel.unsaved import unsaved
from hamr.ui.shell.text import plain, plain_name
from hamr.views.relabel.keymap import ENTER


def blocked(annotator: str) -> str:
    """Why no decision can be made now; "" if one can."""
    if not annotator:
        return missing_name()
    if unsaved(annotator):
        return "Your last action is not saved yet. Wait until it is, or discard it."
    return ""


def accept(shown: Shown, label: str, off: bool, on_click: Callable[[], None] | None = None) -> None:
    """Leave the label as it is, or do what `on_click` does: by A, and by Enter unless the label is
    probably wrong.
    """
    wrong = shown.doubt is not None and shown.doubt.is_strong
    target = shown.key("accept")
    hint = bind_action("accept", target, "accept the label")
    if not wrong:
        hint = bind(ENTER, target, "accept the label") + hint
    st.button(
        f"{label}{hint}",
        key=target,
        type="secondary" if wrong else "primary",
        disabled=off,
        on_click=on_click or partial(decide, shown, "label", shown.label),
    )


def offer(
    shown: Shown, number: int, name: str, label: Label, *, off: bool, help: str | None = None
) -> None:
    """A button that gives all entities of a sentence at once, by a digit; where those on screen
    are probably wrong, the first one is prominent, and Enter presses it.
    """
    target, digit = shown.key(f"top{number}"), str(number)
    first = number == 1 and shown.doubt is not None and shown.doubt.is_strong and not off
    hint = bind(ENTER, target, name) if first else ""
    if not shown.conflict:
        hint += bind(digit, target, name)
    st.button(
        f"{name}{hint}",
        key=target,
        type="primary" if first else "secondary",
        disabled=off,
        on_click=decide,
        args=(shown, "label", label),
        help=help,
    )


def common_keys(shown: Shown) -> None:
    """Unsure, skip, back, undo, redo and all keys, whatever the row is."""
    off = bool(blocked(shown.annotator))
    with st.container(horizontal=True, key="moves"):
        for label, kind, meaning in (
            ("Unsure", "unsure", "I can't tell which label is right"),
            ("Skip", "skip", "Decide later: the row moves to the end of the queue"),
        ):
            target = shown.key(kind)
            st.button(
                f"{label}{bind_action(kind, target, label)}",
                key=target,
                disabled=off,
                on_click=decide,
                args=(shown, kind),
                help=meaning,
            )
        back_key()
        guidelines_button(shown.decisions.rows.words.one)
        undo_keys(shown.decisions, shown.annotator)
        all_keys(shown.decisions, shown.annotator)
    reason = blocked(shown.annotator)
    if reason:
        st.warning(reason, icon=":material/info:")


def back_key() -> None:
    """Back to the row before."""
    hint = bind_action("back", "back", "go back", of_row=False)
    st.button(f"Back{hint}", key="back", on_click=back, help="Return to the previous row")


def undo_keys(decisions: Decisions, annotator: str) -> None:
    """Undo and redo of whole actions."""
    off = bool(blocked(annotator))
    ways: tuple[Literal["undo", "redo"], ...] = ("undo", "redo")
    for way in ways:
        hint = bind_action(way, way, f"{way} your last action", of_row=False)
        st.button(
            f"{way.capitalize()}{hint}",
            key=way,
            disabled=off,
            on_click=undo_or_redo,
            args=(decisions, annotator, way),
        )


def conflict(shown: Shown) -> None:
    """What annotators decided on a row that they disagree on; one more decision resolves it."""
    if not shown.conflict or shown.state is None:
        return
    off, words = bool(blocked(shown.annotator)) or not shown.settles, shown.words
    reason = shown.decisions.rules.refuses_to_settle(shown.annotator)
    with st.container(border=True, key="conflict"):
        ask = "" if reason else " Choose the final label."
        st.markdown(f"**Annotators disagree.** All decisions are kept.{ask}")
        if reason:
            st.info(plain(f"{reason}."), icon=":material/gavel:")
        for one in shown.state.open:
            if one.label is not None:
                st.text(
                    legible(
                        f"{one.annotator}: {in_words(one.label, words)}, {one.time:%d %b %H:%M} UTC"
                    )
                )
        with st.container(horizontal=True):
            for number, label in enumerate(shown.state.labels, 1):
                target, own = shown.key(f"settle{number}"), in_words(label, words)
                hint = bind(str(number), target, f"choose {own}") if number < 10 else ""
                st.button(
                    f"Choose {plain_name(own)}{hint}",
                    key=target,
                    disabled=off,
                    on_click=decide,
                    args=(shown, "resolve", label),
                )
