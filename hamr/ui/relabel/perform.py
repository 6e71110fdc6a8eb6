"""Carrying out acts: saved at once, kept to be sent again, or refused with a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hamr.decisions import Decision, Recorded
from hamr.errors import HamrError
from hamr.ui.relabel.act import Act
from hamr.ui.relabel.last_act import report
from hamr.ui.relabel.place import row_name
from hamr.ui.relabel.saved import note_saved
from hamr.ui.relabel.unsaved import drop, keep, one_sender, unsaved
from hamr.ui.shell.server import store
from hamr.ui.shell.state import set_query
from hamr.ui.shell.text import count

_DONE = {None: "Saved", "undo": "Undone", "redo": "Redone"}


def perform(act: Act) -> None:
    """Save an act and show the next row; keep it for later, or refuse it with a sentence."""
    if unsaved(act.annotator):
        return  # acts are saved in their order
    try:
        again = decided_meanwhile(act)
        answers = act.send()
    except HamrError as error:
        if error.retryable:
            act.reason = str(error)
            keep(act)
        else:
            report("error", str(error))
        return
    saved(act, answers, again)


def send_unsaved(annotator: str) -> bool:
    """Send what is not saved yet, in its order, up to the first that still fails: all saved?"""
    with one_sender(annotator):
        for act in unsaved(annotator):
            try:
                answers = act.send()
            except HamrError as error:
                act.reason = str(error)
                if not error.retryable:  # it can never be saved
                    drop(act)
                    report("error", f"Not saved: {act.words}. {error}")
                return False
            drop(act)
            saved(act, answers)
    return True


def decided_meanwhile(act: Act) -> int:
    """How many of its rows the same person has decided on since they were shown here."""
    decisions = store().decisions(act.fingerprint)

    def is_newer(one: Decision) -> bool:
        state = decisions.state(one.row_id)
        own = state.judgements if state else ()
        return any(j.annotator == act.annotator and j.version > one.base for j in own)

    return sum(map(is_newer, act.decisions))


def saved(act: Act, answers: Sequence[Recorded], again: int = 0) -> None:
    """Report that an act is in the database, and show the row that comes after it.

    `again` is on how many of its rows it replaces what the same person decided in another tab.
    """
    st.session_state.setdefault("relabel.mine", set()).update(one.act_id for one in answers)
    note_saved(answers)
    others = sorted({one.annotator for answer in answers for one in answer.unseen})
    conflicts = sum(state.conflict for answer in answers for state in answer.states)
    this = "this row" if len(act.decisions) <= 1 else "these rows"
    parts = [f"{_DONE[act.turn]}: {act.words}"]
    if others:
        parts.append(
            f"Meanwhile {' and '.join(others)} decided on {this} too; all decisions are kept"
        )
    if again:
        which = this if len(act.decisions) == 1 else f"{again:,} of these rows"
        parts.append(
            f"You had already decided on {which} in another tab; the new decision replaces that one"
        )
    if conflicts:
        parts.append(f"Annotators now disagree on {count(conflicts, 'row')}")
    report("warning" if others or conflicts or again else "saved", ". ".join(parts))
    if act.leads_to is not None or act.turn is None:
        set_query(row_name(), act.leads_to)
