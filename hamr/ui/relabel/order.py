"""Which labels the queue is ordered by: those the run was trained on, or those decided since.

The order holds still while people work through it. It follows their decisions when they ask for
it, and the link then names the decisions that it follows (`?order=`), so that whoever opens the
link sees the same order.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from hamr.store import Decisions, Run
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.text import count, plain
from hamr.views.base.current_labels import InForce, in_force
from hamr.views.relabel.queue import Ids, Queue

MOST_DIGITS = 18  # of a version; a longer number is none


@dataclass(frozen=True)
class Order:
    """What the queue on screen is ordered by."""

    version: int  # of the last decision that it follows
    as_trained: bool  # those are the labels that the run was trained on
    given: InForce


def order_of(run: Run, decisions: Decisions, known: Ids) -> Order:
    """The order that the link names, else the one last asked for in this session."""
    chosen: dict[str, int] = st.session_state.setdefault("relabel.orders", {})
    asked = query("order")
    if asked is not None and not _is_version(asked, decisions.version):
        st.warning(
            f"There is no decision {plain(repr(asked[:20]))} to order by: the newest is number "
            f"{decisions.version:,}. The queue goes by the labels that the run was trained on.",
            icon="🔎",
        )
        set_query("order", None)
        asked = None
    known_to_run = run.info.origin_version or 0
    version = chosen.get(run.id, known_to_run) if asked is None else int(asked)
    version = min(version, decisions.version)
    chosen[run.id] = version
    set_query("order", None if version == known_to_run else version)
    return Order(
        version,
        version == known_to_run,
        _given(run, decisions, known, decisions.fingerprint, run.id, version),
    )


def _is_version(text: str, newest: int) -> bool:
    return text.isdecimal() and len(text) <= MOST_DIGITS and int(text) <= newest


@st.cache_resource(max_entries=16, show_spinner=False)
def _given(
    _run: Run, _decisions: Decisions, _known: Ids, fingerprint: str, run_id: str, version: int
) -> InForce:
    return in_force(_run, _decisions, _known.place, _decisions.states("train", at=version))


def reorder(run: Run, decisions: Decisions, found: Queue, order: Order, now: InForce) -> None:
    """What was decided since the queue was ordered, and the button that orders it anew."""
    # Hardness does not hang on labels, and sentences are judged by the tags of the training.
    if found.judged is None or run.info.task == "token":
        return
    since = decisions.decided_since(order.version)
    differ = sum(
        order.given.changes.get(row) != now.changes.get(row)
        for row in {*order.given.changes, *now.changes}
    )
    st.button(
        "Reorder by the decisions",
        key="reorder",
        disabled=not differ,
        on_click=_reorder,
        args=(run.id, decisions.version),
        help="Orders and reads all rows by the labels in force. The row on screen stays; after it "
        "the queue begins with its first row.",
    )
    # Beside the button, not below it: the row and its keys need the room.
    st.caption(_since(order, since, differ), width="content")


def _since(order: Order, since: int, differ: int) -> str:
    if not since and not differ:
        by = "the labels that the run was trained on" if order.as_trained else "all decisions"
        return f"Ordered by {by}."
    labels = "no label differs" if not differ else f"{count(differ, 'row')} under another label"
    return f"{count(since, 'decision')} since then, {labels}."


def _reorder(run_id: str, version: int) -> None:
    st.session_state["relabel.orders"][run_id] = version
    st.session_state["relabel.from_top"] = query("row")
    set_query("order", version)
