"""Who decides: the annotator's name, asked for once in a browser, and names that look like it."""

from __future__ import annotations

import json
from urllib.parse import quote, unquote

import streamlit as st

from hamr.store import Decisions
from hamr.ui.shell.text import count, plain, plain_name

LONGEST = 100
CONFIRMED = "relabel.annotator"  # in the session: the name that this person typed or said yes to
COOKIE = "hamr_annotator"  # the same, for the browser's next visit
_REMEMBER = "<script>document.cookie = {cookie} + '; path=/; SameSite=Strict'</script>"
# The cursor would stay in the field, and the keys be letters of the name.
_LEAVE = "<script>document.activeElement?.blur()</script>"


def who() -> str:
    """The name under which decisions are kept; "" until it is given, and said to be right.

    It is in the URL, so that a link opens the queue of a person. That one is this person is not
    taken from a link: they type the name or say yes to it, once in a browser.
    """
    state = st.session_state
    if "annotator" not in st.query_params and "annotator" not in state:
        state["annotator"] = state.get(CONFIRMED, "")
    name = st.text_input(
        "Your name",
        key="annotator",
        max_chars=LONGEST,
        placeholder="decisions are kept under it",
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
    """Ask whether the name of the link is one's own, where nobody has said so yet."""
    name = str(st.session_state.get("annotator", "")).strip()[:LONGEST]
    if not name or name == st.session_state.get(CONFIRMED):
        return
    with st.container(border=True, key="confirm-name"):
        st.markdown(f"This link says that you are **{plain_name(name)}**. Is that you?")
        with st.container(horizontal=True):
            st.button("Yes, that is me", key="is-me", type="primary", on_click=_be, args=(name,))
            st.button("No, use another name", key="not-me", on_click=_be, args=("",))


def asked_for() -> str:
    """What is missing before one may decide; "" where nothing is."""
    if st.session_state.get(CONFIRMED):
        return ""
    if str(st.session_state.get("annotator", "")).strip():
        return "Say above whether this name is yours: each decision is kept under its maker's name."
    return "Enter your name above first: each decision is kept under the name of who made it."


def point_out_alike(decisions: Decisions, name: str) -> None:
    """Say that a name which has decided nothing here looks like one that has."""
    if not name or name in (known := decisions.annotators()):
        return
    from hamr.data.lookalikes import lookalikes, seen_apart

    group = next((group for group in lookalikes([name, *known]) if name in group), ())
    others = [other for other in known if other in group]
    if not others:
        return
    apart = dict(zip(group, seen_apart(group, most=len(group)), strict=True))
    of_others = " and ".join(
        f"{apart[other]} ({count(decisions.progress(other).reviewed, 'row')} judged)"
        for other in others
    )
    st.warning(
        plain(
            f"No decision is kept under {apart[name]} yet, but the name looks like {of_others}. "
            "Names that are not the same to the letter count as different people."
        ),
        icon="👥",
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
    """The name that was said to be right in an earlier visit of this browser."""
    return unquote(st.context.cookies.get(COOKIE, ""))
