"""How people work together on a data set: blind mode, and who may settle conflicts."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from hamr.errors import HamrError
from hamr.store import PERSON_SECONDS, Decisions, Run, Seen, Team, patience
from hamr.ui.relabel.classes import classes_dialog
from hamr.ui.relabel.keys import blocked
from hamr.ui.relabel.last_act import report
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.text import plain, plain_name

EVERYBODY, NAMED = "Everybody", "Only these people"


def team_buttons(decisions: Decisions, annotator: str) -> None:
    """The buttons that open the dialogs of classes and of working together, in the sidebar, where
    they take no room from the row. The second shows whether blind mode is on.
    """
    blind, words = decisions.rules.blind, decisions.rows.words
    with st.sidebar, st.container(horizontal=True, key="team-buttons"):
        classes = st.button(
            words.many.capitalize(),
            key="classes",
            icon=":material/category:",
            help=f"Rename, merge or retire {words.many}, and write what each is for",
        )
        team = st.button(
            "Team: blind" if blind else "Team",
            key="team",
            icon=":material/visibility_off:" if blind else ":material/group:",
            help="Blind mode, and who may settle conflicts",
        )
    if classes:  # a dialog is no part of the sidebar
        classes_dialog(decisions, annotator)
    elif team:
        _dialog(decisions, annotator)


def corrected_in_blind_mode(run: Run, decisions: Decisions) -> bool:
    """Whether the run learned from others' labels, which blind mode hides; says so if it did."""
    if run.info.parent is None or not isinstance(decisions, Seen):
        return False
    st.info(
        "Blind mode is on, and this run was trained on labels that people corrected, so its "
        "suggestions would show them. Relabel with a run on the labels as given.",
        icon=":material/visibility_off:",
    )
    if any(other.id == run.info.parent for other in store().runs()):
        navigation.link("Relabel", "Relabel with that run", query={"run": run.info.parent})
    return True


@st.dialog("Working together")
def _dialog(decisions: Decisions, annotator: str) -> None:
    together_section(decisions, annotator)


def together_section(decisions: Decisions, annotator: str) -> None:
    """What the dialog holds: blind mode, and who may settle conflicts."""
    st.caption(
        "Nobody signs in to HAMR: a name is what somebody typed. These settings keep people from "
        "mistakes, not from bad will. Each change is recorded with its name and time."
    )
    reason = blocked(annotator)
    if reason:
        st.warning(reason, icon=":material/info:")
    _blind(decisions, annotator, off=bool(reason))
    _settlers(decisions, annotator, off=bool(reason))


def _blind(decisions: Decisions, annotator: str, *, off: bool) -> None:
    rules, team = decisions.rules, Team(decisions)
    st.markdown("**Blind mode**")
    st.caption(
        "Until you have decided on a row, you see nobody else's label, comment or history of it, "
        "and suggestions do not follow from them. Agreement counts labels that were given so. "
        "Downloads and the audit still hold everything."
    )
    if rules.blind_by is None or rules.blind_since is None:
        if st.button("Turn blind mode on", key="blind-on", disabled=off):
            _send(lambda: team.set_blind(True, annotator), "Blind mode is on for everybody")
        return
    since = f"{rules.blind_since:%d %b %Y %H:%M} UTC"
    st.text(f"On for everybody: {rules.blind_by} turned it on, {since}.")
    if st.button("Turn blind mode off", key="blind-off", disabled=off):
        _send(lambda: team.set_blind(False, annotator), "Blind mode is off")


def _settlers(decisions: Decisions, annotator: str, *, off: bool) -> None:
    rules, team = decisions.rules, Team(decisions)
    st.markdown("**Who may choose the final label where annotators disagree**")
    if rules.settlers is not None and rules.settlers_by:
        st.caption(plain(f"Set by {rules.settlers_by}."))
    who = st.radio(
        "Who may settle",
        (EVERYBODY, NAMED),
        index=int(rules.settlers is not None),
        key="settle-who",
        label_visibility="collapsed",
        horizontal=True,
    )
    named: list[str] | None = None
    if who == NAMED:
        known = dict.fromkeys((*(rules.settlers or ()), annotator, *decisions.annotators()))
        named = st.multiselect(
            "People",
            [name for name in known if name],
            default=list(rules.settlers or ()),
            key="settle-names",
            accept_new_options=True,
            format_func=plain_name,
            placeholder="Choose or type names",
        )
    same = (None if named is None else tuple(named)) == rules.settlers
    if st.button("Save who may settle", key="settle-save", disabled=off or same or named == []):
        _send(lambda: team.set_settlers(named, annotator), "Saved: who may settle conflicts")


def _send(send: Callable[[], object], words: str) -> None:
    try:
        with patience(PERSON_SECONDS):
            send()
    except HamrError as error:
        show_error(error)
        return
    report("saved", words)
    st.rerun()
