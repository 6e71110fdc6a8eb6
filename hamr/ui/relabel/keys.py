"""The controls by which a row is reviewed, each with its key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from hamr.decisions import in_words
from hamr.legible import legible
from hamr.store import Decisions
from hamr.ui.relabel.annotator import missing_name
from hamr.ui.relabel.guidelines import KEY as GUIDELINES
from hamr.ui.relabel.guidelines import guidelines_button
from hamr.ui.relabel.row import Shown, back, decide
from hamr.ui.relabel.undo import undo_or_redo
from hamr.ui.relabel.unsaved import unsaved
from hamr.ui.shell.text import plain, plain_name


def blocked(annotator: str) -> str:
    """Why no decision can be made now; "" if one can."""
    if not annotator:
        return missing_name()
    if unsaved(annotator):
        return "Your last action is not saved yet. Wait until it is, or discard it."
    return ""


def accept(shown: Shown, label: str, off: bool, on_click: Callable[[], None] | None = None) -> None:
    """Leave the label as it is, by `A` or Enter, or do what `on_click` does."""
    _two_keys(
        label,
        shown.key("accept"),
        (shown.shortcut("A"), shown.shortcut("Enter")),
        ("Enter", "Enter"),
        type="primary",
        width="stretch",
        disabled=off,
        on_click=on_click or partial(decide, shown, "label", shown.label),
    )


def _two_keys(
    label: str,
    key: str,
    shortcuts: tuple[str | None, str | None],
    other: tuple[str, str],
    *,
    on_click: Callable[..., None],
    **options: Any,
) -> None:
    """One button with two keys, `other` being the second one's name and how it is shown.

    A button of Streamlit's has one shortcut, so the second belongs to a button that is not shown.
    """
    (first, second), (name, shown_as) = shortcuts, other
    both = f"{label}\N{EM SPACE}:small[{shown_as} or]" if second else label
    st.button(both, key=key, shortcut=first, on_click=on_click, **options)
    if second:
        with st.container(key=f"second-{key}"):  # see assets/style.css
            st.button(
                f"{label} ({name})",
                key=f"{key}-2",
                shortcut=second,
                disabled=options.get("disabled", False),
                on_click=on_click,
                args=options.get("args"),
            )


def common_keys(shown: Shown) -> None:
    """Unsure, skip, back, undo and redo, whatever the row is."""
    off = bool(blocked(shown.annotator))
    with st.container(horizontal=True, key="moves"):
        for label, kind, shortcut, meaning in (
            ("Unsure", "unsure", "U", "I can't tell which label is right"),
            ("Skip", "skip", "S", "Decide later: the row moves to the end of the queue"),
        ):
            st.button(
                label,
                key=shown.key(kind),
                shortcut=shown.shortcut(shortcut),
                disabled=off,
                on_click=decide,
                args=(shown, kind),
                help=meaning,
            )
        keys = (shown.shortcut("B"), shown.shortcut("Left"))
        _two_keys(
            "Back",
            "back",
            keys,
            ("left arrow", ":material/arrow_back:"),
            on_click=back,
            help="Return to the previous row",
        )
        guidelines_button(shown.shortcut(GUIDELINES))
    with st.container(horizontal=True, key="turns"):
        undo_keys(shown.decisions, shown.annotator)
    reason = blocked(shown.annotator)
    if reason:
        st.warning(reason, icon=":material/info:")


def undo_keys(decisions: Decisions, annotator: str) -> None:
    """Undo and redo of whole actions."""
    off = bool(blocked(annotator))
    for label, way, shortcut in (("Undo", "undo", "Mod+Z"), ("Redo", "redo", "Mod+Shift+Z")):
        st.button(
            label,
            key=way,
            shortcut=shortcut,
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
                st.button(
                    f"Choose {plain_name(in_words(label, words))}",
                    key=shown.key(f"settle{number}"),
                    shortcut=str(number) if number < 10 else None,
                    disabled=off,
                    on_click=decide,
                    args=(shown, "resolve", label),
                )
