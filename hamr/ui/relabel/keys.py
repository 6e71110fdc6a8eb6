"""The controls by which a row is judged, each with its key."""

from __future__ import annotations

from typing import Any

import streamlit as st

from hamr.decisions import in_words
from hamr.legible import legible
from hamr.store import Decisions
from hamr.ui.relabel.acts import turn, unsaved
from hamr.ui.relabel.annotator import asked_for
from hamr.ui.relabel.row import Shown, back, decide
from hamr.ui.shell.text import distinct, plain, plain_name
from hamr.views.relabel.queue import TOP, Suggestion

NEW = "a new class …"  # chosen like a label, so that none is made by a slip of the finger
# Streamlit can't put the cursor into a field; `O` has to, and before the next letter is typed:
# one that came earlier would be a key that judges the row. So the page itself listens, once.
_LISTEN = """<script>
if (!window.hamrOther) {
    window.hamrOther = true;
    document.addEventListener("keydown", (event) => {
        const box = document.querySelector(".st-key-other-box input");
        const writes = document.activeElement?.closest("input, textarea, [contenteditable=true]");
        const other = event.ctrlKey || event.metaKey || event.altKey;
        if (!box || box.disabled || writes || other || event.key.toLowerCase() !== "o") return;
        event.preventDefault();
        event.stopImmediatePropagation();
        box.focus();
    }, true);
}
</script>"""
_FOCUS = """<script>
setTimeout(() => document.querySelector(".st-key-other-box input")?.focus(), 60); // %d
</script>"""


def blocked(annotator: str) -> str:
    """Why no decision can be made now; "" if one can."""
    if not annotator:
        return asked_for()
    if unsaved(annotator):
        return "The last act is not saved yet: it goes first."
    return ""


def class_keys(shown: Shown, proposed: tuple[Suggestion, ...], names: tuple[str, ...]) -> None:
    """Accept, the model's top labels, and any other label, for a row of texts."""
    off = bool(blocked(shown.annotator))
    if not shown.conflict:
        accept(shown, f"Accept: {plain_name(shown.label)}", off)
    with st.container(horizontal=True, key="tops"):
        for number, one in enumerate(proposed[:TOP], 1):
            chance = "" if one.probability is None else f" · {one.probability:.2f}"
            st.button(
                f"{plain_name(one.label)}{chance}",
                key=shown.key(f"top{number}"),
                shortcut=shown.shortcut(str(number)),
                disabled=off,
                on_click=decide,
                args=(shown, "label", one.label),
                help="The model's choice"
                + (", with its probability" if chance else "")
                + (": the label that it has" if one.label == shown.label else ""),
            )
        # In this line, as an element of its own would leave a gap between the controls.
        st.html(_LISTEN, width="content", unsafe_allow_javascript=True)
    _other(shown, names, off)


def accept(shown: Shown, label: str, off: bool) -> None:
    """Leave the label as it is, by `A` or Enter."""
    with st.container(horizontal=True, key="accept-row"):
        given: dict[str, Any] = {
            "disabled": off,
            "on_click": decide,
            "args": (shown, "label", shown.label),
        }
        st.button(
            label,
            key=shown.key("accept"),
            type="primary",
            shortcut=shown.shortcut("A"),
            width="stretch",
            **given,
        )
        st.button(
            "or",
            key=shown.key("enter"),
            shortcut=shown.shortcut("Enter"),
            help="Accepts the label too",
            **given,
        )


def _other(shown: Shown, names: tuple[str, ...], off: bool) -> None:
    """Any label by its name; one that the data lacks is made only on purpose."""
    key = shown.key("other")

    def picked() -> None:
        if st.session_state[key] in names:
            decide(shown, "label", st.session_state[key])

    with st.container(horizontal=True, vertical_alignment="bottom", key="other-box"):
        chosen = st.selectbox(
            "Another label",
            (*names, NEW),
            index=None,
            key=key,
            disabled=off,
            on_change=picked,
            format_func=distinct((*names, NEW)),
            placeholder="Search a label",
            label_visibility="collapsed",
            width="stretch",
        )
        opened = st.button("Other", key=shown.key("open"), shortcut="O", disabled=off)
    if opened:  # by the mouse; the number makes it another script, or it would not run twice
        times = st.session_state["relabel.opened"] = st.session_state.get("relabel.opened", 0) + 1
        st.html(_FOCUS % times, unsafe_allow_javascript=True)
    if chosen == NEW and not off:
        _new_class(shown, names)


def _new_class(shown: Shown, names: tuple[str, ...]) -> None:
    with st.container(border=True, key="new-class"):
        name = st.text_input(
            "Name of the new class",
            key=shown.key("new"),
            help="It has no rows yet. Others can give it too, once a row has it.",
        ).strip()
        if name in names:
            st.warning(plain(f"{name} is a class already: choose it above."), icon="✋")
        st.button(
            f"Make {plain_name(name)} a new class" if name else "Make it a new class",
            key=shown.key("make"),
            type="primary",
            disabled=not name or name in names,
            on_click=decide,
            args=(shown, "label", name, True),
        )


def common_keys(shown: Shown) -> None:
    """Unsure, skip, back, undo and redo, whatever the row is."""
    off = bool(blocked(shown.annotator))
    with st.container(horizontal=True, key="moves"):
        for label, kind, shortcut, meaning in (
            ("Unsure", "unsure", "U", "I can't tell which label is right"),
            ("Skip", "skip", "S", "Not now: the row comes again at the end of the queue"),
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
        st.button(
            "Back",
            key="back",
            shortcut=shown.shortcut("B"),
            on_click=back,
            help="The row before this one",
        )
        st.button("or", key="back-arrow", shortcut=shown.shortcut("Left"), on_click=back)
    with st.container(horizontal=True, key="turns"):
        turns(shown.decisions, shown.annotator, keys=not shown.editing)
    reason = blocked(shown.annotator)
    if reason:
        st.warning(reason, icon="✋")


def turns(decisions: Decisions, annotator: str, *, keys: bool = True) -> None:
    """Undo and redo of whole acts."""
    off = bool(blocked(annotator))
    for label, way, shortcut in (("Undo", "undo", "Mod+Z"), ("Redo", "redo", "Mod+Shift+Z")):
        st.button(
            label,
            key=way,
            shortcut=shortcut if keys else None,
            disabled=off,
            on_click=turn,
            args=(decisions, annotator, way),
        )


def conflict(shown: Shown) -> None:
    """What annotators say of a row that they differ on; one more act settles it."""
    if not shown.conflict or shown.state is None:
        return
    off = bool(blocked(shown.annotator))
    with st.container(border=True, key="conflict"):
        st.markdown("**In conflict.** Both decisions are kept; settle it with one more.")
        for one in shown.state.open:
            if one.label is not None:
                st.text(
                    legible(f"{one.annotator}: {in_words(one.label)}, {one.time:%d %b %H:%M} UTC")
                )
        with st.container(horizontal=True):
            for number, label in enumerate(shown.state.labels, 1):
                st.button(
                    f"Settle as {plain_name(in_words(label))}",
                    key=shown.key(f"settle{number}"),
                    shortcut=str(number) if number < 10 and not shown.editing else None,
                    disabled=off,
                    on_click=decide,
                    args=(shown, "resolve", label),
                )
