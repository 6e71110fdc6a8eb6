"""Undo and redo of whole acts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from hamr.decisions import Event
from hamr.decisions.records import TURNING
from hamr.errors import HamrError
from hamr.store import PERSON_SECONDS, Decisions, patience
from hamr.store.pools import Pool
from hamr.ui.relabel.act import Act
from hamr.ui.relabel.last_act import report
from hamr.ui.relabel.perform import perform
from hamr.ui.relabel.place import shows_unlabelled
from hamr.ui.relabel.wording import act_in_words
from hamr.ui.shell.server import store
from hamr.views.base.all_rows import AllRows

NEWEST = 5_000  # events in which the decisions of an act are looked up


def undo_or_redo(decisions: Decisions, annotator: str, way: Literal["undo", "redo"]) -> None:
    """Undo the annotator's last act, or redo the one that they undid last."""
    try:
        with patience(PERSON_SECONDS):
            last = decisions.last_act if way == "undo" else decisions.next_redo
            act_id = last(annotator)
            events = _events_of(decisions, act_id) if act_id else []
    except HamrError as error:  # nothing was done yet, so it can be pressed again
        report("error", str(error))
        return
    if act_id is None:
        report("warning", f"There is nothing to {way}.")
        return
    words = act_in_words(events)
    if _is_of_another_tab(decisions, act_id, events):
        report(
            "warning",
            f"Your last action was made in another tab: {words}. Press {way.capitalize()} again "
            f"to {way} it.",
        )
        return
    act = Act(annotator, decisions.fingerprint, words, turn=way, turned=act_id)
    if len(events) == 1 and events[0].row_id is not None:
        # The row is shown again, so that its annotator sees what the undo did.
        act.leads_to = _row(decisions, events[0].row_id)
    perform(act)


def _row(decisions: Decisions, row_id: str) -> int | None:
    """The row, where the queue on screen is one that can show it."""
    if shows_unlabelled():
        return Pool(decisions).index(row_id)
    return AllRows.of_data(store(), decisions.fingerprint).rows.get(row_id)


def _is_of_another_tab(decisions: Decisions, act_id: str, events: Sequence[Event]) -> bool:
    """Whether an act was made elsewhere since this tab was opened, and was not pointed out yet."""
    state = st.session_state
    mine: set[str] = state.setdefault("relabel.mine", set())
    since = state.get("relabel.since", {}).get(decisions.fingerprint, 0)
    if act_id in mine or not events or events[0].version <= since:
        return False
    mine.add(act_id)  # pointed out now: the next press undoes it
    return True


def _events_of(decisions: Decisions, act_id: str) -> list[Event]:
    """The decisions of an act; none where it is too long ago to look for."""
    recent = decisions.events(after=max(0, decisions.version - NEWEST))
    return [event for event in recent if event.act_id == act_id and event.kind not in TURNING]
