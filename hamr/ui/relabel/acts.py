"""Acts of an annotator on their way into the database: sent, kept, or not saved yet.

An act has its client ids from the moment it is made. One that can't be kept for now is put
aside with the reason and sent again with the same ids, so that it counts once however often it
is sent. What is put aside belongs to the annotator and lies with the server: it is there again
when they come back to the page, or load it anew.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import streamlit as st

from hamr.decisions import Decision, Event, Recorded, in_words, new_id
from hamr.errors import HamrError
from hamr.legible import legible
from hamr.store import PERSON_SECONDS, Decisions, patience
from hamr.ui.shell.server import store
from hamr.ui.shell.state import set_query
from hamr.ui.shell.text import count, plain

TRIES, PAUSE = 6, 2.0  # how often an act is sent again by itself, and seconds between
FAR_BACK = 5_000  # events that are looked through for the words of an act


@dataclass
class Act:
    """What an annotator did, and what became of it."""

    annotator: str
    fingerprint: str
    words: str  # what it does, for people
    decisions: tuple[Decision, ...] = ()  # else it turns an act:
    turn: Literal["undo", "redo"] | None = None
    turned: str = ""
    client_id: str = field(default_factory=new_id)  # of an undo or redo
    leads_to: int | None = None  # the row to show once it is kept; None: the queue's first
    reason: str = ""  # why it is not saved yet
    sent: int = 0
    last: float = 0.0

    def send(self) -> list[Recorded]:
        """Send it, again or for the first time. Raises HamrError where it is not kept."""
        self.sent += 1
        decisions = store().decisions(self.fingerprint)
        try:
            with patience(PERSON_SECONDS):
                if self.turn is None:
                    return decisions.record(self.decisions)
                turn = decisions.undo if self.turn == "undo" else decisions.redo
                return [turn(self.turned, self.annotator, self.client_id)]
        finally:
            self.last = time.monotonic()  # a busy database may have kept it for seconds


# cache_resource: a tab that is loaded anew has a new session, but the same server.
@st.cache_resource(show_spinner=False)
def _unsaved(home: str, database: str, annotator: str) -> list[Act]:
    return []


def unsaved(annotator: str) -> list[Act]:
    """The acts of an annotator that are not saved yet, oldest first."""
    return _unsaved(str(store().home), str(store().database.engine.url), annotator)


def perform(act: Act) -> None:
    """Do it now: kept and the next row, or put aside, or refused with a sentence."""
    if unsaved(act.annotator):
        return  # acts are kept in their order
    try:
        again = own_meanwhile(act)
        answers = act.send()
    except HamrError as error:
        if error.retryable:
            act.reason = str(error)
            unsaved(act.annotator).append(act)
        else:
            say("error", str(error))
        return
    kept(act, answers, again)


def own_meanwhile(act: Act) -> int:
    """On how many of its rows the same person has decided since they were shown here."""
    decisions = store().decisions(act.fingerprint)

    def is_newer(one: Decision) -> bool:
        state = decisions.state(one.row_id)
        own = state.judgements if state else ()
        return any(j.annotator == act.annotator and j.version > one.base for j in own)

    return sum(map(is_newer, act.decisions))


def kept(act: Act, answers: Sequence[Recorded], again: int = 0) -> None:
    """Say that an act is in the database, and show the row that comes after it.

    `again` is on how many rows it takes the place of what the same person decided in another tab.
    """
    st.session_state.setdefault("relabel.mine", set()).update(one.act_id for one in answers)
    others = {one.annotator for answer in answers for one in answer.unseen}
    differ = sum(state.conflict for answer in answers for state in answer.states)
    text = f"Kept: {act.words}"
    if act.turn:
        text = f"{'Undone' if act.turn == 'undo' else 'Back again'}: {act.words}"
    if others:
        text += f". {' and '.join(sorted(others))} had decided on it meanwhile; both are kept"
    if again:
        what = "it" if len(act.decisions) == 1 else f"{again:,} of these rows"
        text += f". You had decided on {what} in another tab meanwhile; this takes its place"
    if differ:
        text += f". {count(differ, 'row')} now in conflict"
    say("warning" if others or differ or again else "kept", text)
    if act.leads_to is not None or act.turn is None:
        set_query("row", act.leads_to)


def send_again(annotator: str) -> None:
    """Send what is not saved yet, because somebody asks for it."""
    try_again(annotator)


def try_again(annotator: str) -> bool:
    """Send what is not saved yet, in its order, up to the first that still fails: all kept?"""
    waiting = unsaved(annotator)
    while waiting:
        act = waiting[0]
        try:
            answers = act.send()
        except HamrError as error:
            act.reason = str(error)
            if not error.retryable:  # it will never be kept
                waiting.pop(0)
                say("error", f"Not kept: {act.words}. {error}")
            return False
        waiting.pop(0)
        kept(act, answers)
    return True


def turn(decisions: Decisions, annotator: str, way: Literal["undo", "redo"]) -> None:
    """Take back the annotator's last act, or bring back the one they undid last."""
    try:
        with patience(PERSON_SECONDS):
            last = decisions.last_act if way == "undo" else decisions.next_redo
            act_id = last(annotator)
            events = events_of(decisions, act_id) if act_id else []
    except HamrError as error:  # nothing was done yet: it is pressed again
        say("error", str(error))
        return
    if act_id is None:
        say("warning", f"There is nothing to {way}.")
        return
    if is_of_another_tab(decisions, act_id, events):
        say(
            "warning",
            f"Your newest act was made in another tab: {told(events)}. Press "
            f"{way.capitalize()} once more to {way} it from here.",
        )
        return
    act = Act(annotator, decisions.fingerprint, told(events), turn=way, turned=act_id)
    if len(events) == 1 and events[0].split == "train" and events[0].row_id is not None:
        # The row is shown again, so that one sees what the undo did.
        act.leads_to = store().rows(decisions.fingerprint, "train").find(events[0].row_id)
    perform(act)


def is_of_another_tab(decisions: Decisions, act_id: str, events: Sequence[Event]) -> bool:
    """Whether an act came from elsewhere since this tab was opened, and was not met before."""
    state = st.session_state
    mine: set[str] = state.setdefault("relabel.mine", set())
    since = state.get("relabel.since", {}).get(decisions.fingerprint, 0)
    if act_id in mine or not events or events[0].version <= since:
        return False
    mine.add(act_id)  # the next press is about an act that one knows of
    return True


def events_of(decisions: Decisions, act_id: str) -> list[Event]:
    """The decisions of an act; none where it lies too far back to look for."""
    recent = decisions.events(after=max(0, decisions.version - FAR_BACK))
    return [event for event in recent if event.act_id == act_id and event.row_id is not None]


def told(events: Sequence[Event]) -> str:
    """An act in words: "row train:12 from 'a' to 'b'", or "34 rows to 'b'"."""
    if not events:
        return "the last act"
    first = events[0]
    label = {event.new for event in events}
    if len(events) > 1:
        to = f" to {in_words(first.new)}" if len(label) == 1 and first.new is not None else ""
        return f"{len(events):,} rows{to}"
    return in_short(first.row_id or "", first.kind, first.old, first.new)


def in_short(row_id: str, kind: str, old: object, new: object) -> str:
    """One decision in words."""
    if kind in ("unsure", "skip"):
        return f"row {row_id} {'marked unsure' if kind == 'unsure' else 'skipped'}"
    after = in_words(new)  # type: ignore[arg-type]
    if kind == "resolve":
        return f"row {row_id} settled as {after}"
    if old == new:
        return f"row {row_id} accepted as {after}"
    return f"row {row_id} from {in_words(old)} to {after}"  # type: ignore[arg-type]


def say(kind: str, text: str) -> None:
    """What the page tells of the last act, once it is drawn anew."""
    st.session_state["relabel.note"] = (kind, text)


def note() -> None:
    """The sentence on the last act."""
    kind, text = st.session_state.get("relabel.note", ("", ""))
    if kind == "error":
        st.error(plain(text), icon="⚠️")
    elif kind == "warning":
        st.warning(plain(text), icon="👥")
    elif text:
        st.text(legible(f"✓ {text}"))
    else:  # the line keeps its place, so that nothing jumps at the first act
        st.caption("Each key does one act, and shows here what the database has kept of it.")


def waiting(annotator: str) -> None:
    """Acts that are not saved yet, with the reason, and the way to send them again."""
    acts = unsaved(annotator) if annotator else []
    if acts:
        active = acts[0].sent <= TRIES
        st.fragment(_waiting, run_every=PAUSE if active else None)(annotator)


def _waiting(annotator: str) -> None:
    acts = unsaved(annotator)
    due = acts and acts[0].sent <= TRIES and time.monotonic() - acts[0].last >= PAUSE
    if not acts or (due and try_again(annotator)):
        st.rerun()  # another tab, or this one, has saved them
    for act in acts:
        st.error(plain(f"Not saved yet: {act.words}. {act.reason}"), icon="⏳")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Send again", key="send-again", type="primary", on_click=send_again, args=(annotator,)
        )
        st.button(
            "Give it up",
            key="give-up",
            on_click=acts.clear,
            help="Forget the act. Where only the answer was lost it may still have been kept: "
            "the row's history tells.",
        )
        times = count(acts[0].sent, "time") if acts else ""
        st.caption(f"Sent {times}. It stays here, also if you leave the page, until it is saved.")
