"""The annotator's name: asked for once in a browser, and compared with names that look like it."""

from __future__ import annotations

import json
from urllib.parse import quote, unquote

import streamlit as st

from hamr.store import Decisions
from hamr.ui.shell.text import count, plain, plain_name

LONGEST = 100
CONFIRMED = "relabel.annotator"  # in the session: the name that this person typed or confirmed
COOKIE = "hamr_annotator"  # the same, for the browser's next visit
_REMEMBER = "<script>document.cookie = {cookie} + '; path=/; SameSite=Strict'</script>"
# Otherwise the cursor stays in the field, where keys write letters instead of labelling.
_LEAVE = "<script>document.activeElement?.blur()</script>"


def annotator_name() -> str:
    """The name that decisions are saved under; "" until it is given and confirmed.

    It is in the URL, so that a link opens a person's queue. A link does not prove who opens it:
    people type the name or confirm it, once in a browser; its next visit begins with that name.
    """
    state = st.session_state
    if "annotator" not in st.query_params and "annotator" not in state:
        state["annotator"] = state.get(CONFIRMED) or _remembered()
    name = st.text_input(
        "Your name",
        key="annotator",
        max_chars=LONGEST,
        placeholder="Your name",
        label_visibility="collapsed",
        width=150,
        bind="query-params",
        on_change=_typed,
    ).strip()[:LONGEST]
    if name and name == _remembered():
        state[CONFIRMED] = name
    if name != state.get(CONFIRMED, ""):
        return ""
    if name != state.get("relabel.greeted", ""):
        state["relabel.greeted"] = name
        cookie = json.dumps(f"{COOKIE}={quote(name, safe='')}")
        st.html(_LEAVE + _REMEMBER.format(cookie=cookie), unsafe_allow_javascript=True)
    return name


def confirm() -> None:
    """Ask whether the name in the link is the visitor's own, if they have not confirmed it yet."""
    name = str(st.session_state.get("annotator", "")).strip()[:LONGEST]
    if not name or name == st.session_state.get(CONFIRMED):
        return
    with st.container(border=True, key="confirm-name"):
        st.markdown(f"This link says you are **{plain_name(name)}**. Is that you?")
        with st.container(horizontal=True):
            st.button("Yes, that is me", key="is-me", type="primary", on_click=_be, args=(name,))
            st.button("No, use another name", key="not-me", on_click=_be, args=("",))


def missing_name() -> str:
    """What to do about the name before decisions can be made; "" if it is confirmed."""
    if st.session_state.get(CONFIRMED):
        return ""
    if str(st.session_state.get("annotator", "")).strip():
        return "Confirm your name above first. Each decision is saved with its annotator's name."
    return "Enter your name first. Each decision is saved with its annotator's name."


def point_out_alike(decisions: Decisions, name: str) -> None:
    """Warn that a name without decisions looks like the name of an annotator with some."""
    if not name or name in (known := decisions.annotators()):
        return
    from hamr.data.lookalikes import lookalikes, seen_apart

    group = next((group for group in lookalikes([name, *known]) if name in group), ())
    others = [other for other in known if other in group]
    if not others:
        return
    apart = dict(zip(group, seen_apart(group, most=len(group)), strict=True))
    of_others = " and ".join(
        f"{apart[other]} ({count(decisions.progress(other).reviewed, 'row')} reviewed)"
        for other in others
    )
    st.warning(
        plain(
            f"{apart[name]} has made no decision yet, but looks like {of_others}. Names that "
            "differ in a single character count as different people."
        ),
        icon=":material/group:",
    )
    with st.container(horizontal=True):
        for number, other in enumerate(others[:3]):
            st.button(
                f"I am {plain_name(apart[other])}",
                key=f"alike-{number}",
                on_click=_be,
                args=(other,),
            )


def _typed() -> None:
    st.session_state[CONFIRMED] = str(st.session_state["annotator"]).strip()[:LONGEST]


def _be(name: str) -> None:
    st.session_state["annotator"] = st.session_state[CONFIRMED] = name


def _remembered() -> str:
    """The name that was confirmed in an earlier visit of this browser; "" without one."""
    held = st.context.cookies.get(COOKIE)
    return unquote(held) if isinstance(held, str) else ""
