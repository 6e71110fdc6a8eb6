"""Which labels the queue is ranked by: those the run was trained on, or those decided since.

The order stays the same while people work through it. They have it follow their decisions when
they want to; the link then names the last decision that it follows (`?order=`), so that whoever
opens the link sees the same order.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from hamr.store import Decisions, Run, Seen
from hamr.tasks import features
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.text import count, plain
from hamr.views.base.all_rows import AllRows
from hamr.views.base.current_labels import LabelChanges, label_changes
from hamr.views.relabel.queue import Queue

MOST_DIGITS = 18  # of a version; a longer number is none


@dataclass(frozen=True)
class Order:
    """What the queue on screen is ranked by."""

    version: int  # of the last decision that it follows
    as_trained: bool  # whether those are the labels that the run was trained on
    changes: LabelChanges


def order_of(run: Run, decisions: Decisions, known: AllRows) -> Order:
    """The order that the link names, else the one last asked for in this session."""
    chosen: dict[str, int] = st.session_state.setdefault("relabel.orders", {})
    asked = query("order")
    if asked is not None and not _is_version(asked, decisions.version):
        st.warning(
            f"There is no decision {plain(repr(asked[:20]))} to rank by; the newest is number "
            f"{decisions.version:,}. The queue is ranked by the labels the run was trained on.",
            icon=":material/search_off:",
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
        _changes(
            run, decisions, known, decisions.fingerprint, run.id, version, _seen_by(decisions)
        ),
    )


def _is_version(text: str, newest: int) -> bool:
    return text.isdecimal() and len(text) <= MOST_DIGITS and int(text) <= newest


def _seen_by(decisions: Decisions) -> str:
    """In blind mode, whose view of the decisions it is."""
    return decisions.annotator if isinstance(decisions, Seen) else ""


@st.cache_resource(max_entries=16, show_spinner=False)
def _changes(
    _run: Run,
    _decisions: Decisions,
    _known: AllRows,
    fingerprint: str,
    run_id: str,
    version: int,
    seen_by: str,
) -> LabelChanges:
    return label_changes(_run, _decisions, _known, _decisions.states(at=version), version)


def rank_again(
    run: Run, decisions: Decisions, queue: Queue, order: Order, changes: LabelChanges
) -> None:
    """What was decided since the queue was ranked, and the button that ranks it again."""
    # Hardness does not depend on labels, and sentences are ranked by the tags trained on.
    if queue.issues is None or not features(run.info.task).neighbour_evidence:
        return
    since = decisions.decided_since(order.version)
    differ = sum(
        order.changes.by_row.get(row) != changes.by_row.get(row)
        for row in {*order.changes.by_row, *changes.by_row}
    )
    st.button(
        "Re-rank with corrections",
        key="reorder",
        disabled=not differ,
        on_click=_rank_again,
        args=(run.id, decisions.version),
        help="Ranks and diagnoses all rows by their current labels. The row on screen stays; "
        "after it the queue starts from the top.",
    )
    # In one line with the button: the row and its keys need the room below.
    st.caption(_since(order, since, differ), width="content")


def _since(order: Order, since: int, differ: int) -> str:
    if not since and not differ:
        by = "the labels the run was trained on" if order.as_trained else "all corrections"
        return f"Ranked by {by}."
    labels = "no label changed" if not differ else f"{count(differ, 'label')} changed"
    return f"Since ranking: {count(since, 'decision')}, {labels}."


def _rank_again(run_id: str, version: int) -> None:
    st.session_state["relabel.orders"][run_id] = version
    st.session_state["relabel.from_top"] = query("row")
    set_query("order", version)
