"""The controls of a text: accept its class, take one of the model's top labels, or any other."""

from __future__ import annotations

import streamlit as st

from hamr.ui.relabel.keys import accept, blocked
from hamr.ui.relabel.row import Shown, decide
from hamr.ui.shell.text import distinct, plain, plain_name
from hamr.views.relabel.context import TOP, Suggestion

NEW = "Add a new class …"  # chosen like a label, so that none is made by a slip of the finger
# Streamlit can't put the cursor into a field. `O` has to, before the next letter is typed: a letter
# that came earlier would be a key that labels the row. So the page itself listens, once.
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


def class_keys(shown: Shown, suggested: tuple[Suggestion, ...], names: tuple[str, ...]) -> None:
    """Accept, the model's top labels, and any other label, for a text."""
    off = bool(blocked(shown.annotator))
    if not shown.conflict:
        accept(shown, f"Accept: {plain_name(shown.label)}", off)
    with st.container(horizontal=True, key="tops"):
        for number, one in enumerate(suggested[:TOP], 1):
            share = "" if one.probability is None else f" · {100 * one.probability:.0f} %"
            st.button(
                f"{plain_name(one.label)}{share}",
                key=shown.key(f"top{number}"),
                shortcut=shown.shortcut(str(number)),
                disabled=off,
                on_click=decide,
                args=(shown, "label", one.label),
                help="The model's choice"
                + (", with its probability" if share else "")
                + ("; this is the current label" if one.label == shown.label else ""),
            )
        # In this line, as an element of its own would leave a gap between the controls.
        st.html(_LISTEN, width="content", unsafe_allow_javascript=True)
    _other(shown, names, off)


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
            placeholder="Search labels",
            label_visibility="collapsed",
            width="stretch",
        )
        opened = st.button("Other label", key=shown.key("open"), shortcut="O", disabled=off)
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
            help="It has no rows yet. Other annotators can choose it once a row has it.",
        ).strip()
        if name in names:
            st.warning(plain(f"{name} exists already. Choose it above."), icon=":material/info:")
        st.button(
            f"Create class {plain_name(name)}" if name else "Create class",
            key=shown.key("make"),
            type="primary",
            disabled=not name or name in names,
            on_click=decide,
            args=(shown, "label", name, True),
        )
