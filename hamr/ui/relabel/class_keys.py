"""The controls of a text: take the suggestion, accept its class, or give another class.

Each class has one key, the same in every row. Where the label is probably wrong, the suggestion is
the prominent button, and Enter takes it: Enter never accepts a label that we call probably wrong.
"""

from __future__ import annotations

import streamlit as st

from hamr.decisions import NO_LABEL
from hamr.ui.relabel.bound import bind, bind_action, keys_now
from hamr.ui.relabel.keys import accept, blocked
from hamr.ui.relabel.row import Shown, decide
from hamr.ui.shell.text import distinct, plain, plain_name
from hamr.views.relabel.context import Suggestion
from hamr.views.relabel.keymap import ENTER

_FOCUS = """<script>
setTimeout(() => document.querySelector(".st-key-other-box input")?.focus(), 60); // %d
</script>"""


def class_keys(shown: Shown, suggested: tuple[Suggestion, ...], names: tuple[str, ...]) -> None:
    """The suggestion, Accept, a button for each class with a key, and the search for all."""
    off = bool(blocked(shown.annotator))
    made = st.container()  # where a new class is offered: above the fold
    shares = {one.label: one.probability for one in suggested}
    with st.container(horizontal=True, key="first"):
        instead = _suggestion(shown, shares, off)
        if not shown.conflict and shown.label != NO_LABEL:
            accept(shown, f"Accept: {plain_name(shown.label)}", off)
    with st.container(horizontal=True, key="tops"):
        keyed = keys_now().classes
        rest = [label for label in shares if label not in keyed]
        for number, name in enumerate((*keyed, *rest)):
            if name != instead:
                _class(shown, number, name, shares.get(name), off)
    name = _other(shown, names, off)
    if name:
        with made:
            _new_class(shown, name, names)


def _suggestion(shown: Shown, shares: dict[str, float | None], off: bool) -> str | None:
    """The suggestion, where the label is probably wrong; the class that it gives."""
    if shown.doubt is None or not shown.doubt.is_strong or shown.doubt.instead is None:
        return None
    label = shown.doubt.instead
    target = shown.key("instead")
    hint = bind(ENTER, target, f"take {label}")
    own = keys_now().classes.get(label)
    also = bind(own, target, f"give {label}") if own and not _digits_settle(shown, own) else ""
    st.button(
        f"Take suggestion: {plain_name(label)}{_share(shares.get(label))}{hint}{also}",
        key=target,
        type="primary",
        disabled=off,
        on_click=decide,
        args=(shown, "label", label),
        help=f"Estimated probability that the current label is wrong: {shown.doubt.p_wrong:.2f}",
    )
    return label


def _class(shown: Shown, number: int, name: str, share: float | None, off: bool) -> None:
    target, own = shown.key(f"class{number}"), keys_now().classes.get(name)
    hint = bind(own, target, f"give {name}") if own and not _digits_settle(shown, own) else ""
    st.button(
        f"{plain_name(name)}{_share(share)}{hint}",
        key=target,
        disabled=off,
        on_click=decide,
        args=(shown, "label", name),
        help="This is the current label" if name == shown.label else None,
    )


def _share(share: float | None) -> str:
    return "" if share is None else f" · {100 * share:.0f}\N{NO-BREAK SPACE}%"


def _digits_settle(shown: Shown, key: str) -> bool:
    """Whether the key chooses a final label instead."""
    return shown.conflict and key.isdecimal()


def _other(shown: Shown, names: tuple[str, ...], off: bool) -> str:
    """Any label by its name; the name that was typed, if no class has it."""
    key = shown.key("other")

    def picked() -> None:
        if st.session_state[key] in names:
            decide(shown, "label", st.session_state[key])

    typed = st.session_state.get(key)
    options = names if typed is None or typed in names else (*names, typed)
    hint = bind_action("other", "other-box", "search all labels", field=True)
    with st.container(horizontal=True, vertical_alignment="bottom", key="other-box"):
        chosen = st.selectbox(
            "Another label",
            options,
            index=None,
            key=key,
            disabled=off,
            on_change=picked,
            format_func=distinct(options),
            placeholder="Search labels, or type a new one",
            label_visibility="collapsed",
            accept_new_options=True,
            width="stretch",
        )
        opened = st.button(f"Other label{hint}", key=shown.key("open"), disabled=off)
    if opened:  # by the mouse; the number makes it another script, or it would not run twice
        times = st.session_state["relabel.opened"] = st.session_state.get("relabel.opened", 0) + 1
        st.html(_FOCUS % times, unsafe_allow_javascript=True)
    return "" if off or chosen in names else (chosen or "").strip()


def _new_class(shown: Shown, name: str, names: tuple[str, ...]) -> None:
    """Offer to make the class that was typed, and name those that differ in case only."""
    with st.container(border=True, key="new-class"):
        alike = [one for one in names if one.casefold().strip() == name.casefold()]
        if alike:
            st.warning(
                plain(f"{alike[0]} exists already and differs only in case or blanks."),
                icon=":material/info:",
            )
        st.text(f"There is no class {name!r} yet. It has no rows before this one.")
        target = shown.key("make")
        hint = "" if alike else bind(ENTER, target, f"create {name}", first=True)
        st.button(
            f"Create class {plain_name(name)}{hint}",
            key=target,
            type="primary",
            on_click=decide,
            args=(shown, "label", name, True),
        )
