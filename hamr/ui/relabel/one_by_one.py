"""One row of the queue at a time: the row, what helps to review it, and its controls."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hamr.decisions.log import names_in
from hamr.store import Decisions, Run
from hamr.tasks import features
from hamr.ui.relabel.bound import listen
from hamr.ui.relabel.by_column import row_metadata
from hamr.ui.relabel.class_keys import class_keys
from hamr.ui.relabel.classes import retired_hint
from hamr.ui.relabel.comments import comments
from hamr.ui.relabel.context import about, context, neighbours
from hamr.ui.relabel.guidelines import guidelines
from hamr.ui.relabel.keys import back_key, common_keys, conflict, undo_keys
from hamr.ui.relabel.row import Shown, client_id
from hamr.ui.relabel.spans import span_keys, span_sentence
from hamr.ui.shell.state import set_query
from hamr.ui.widgets.mapchoice import row_in_link
from hamr.ui.widgets.sentence import row_text
from hamr.views.base.all_rows import AllRows
from hamr.views.base.reviewed import called_now
from hamr.views.relabel.context import Suggestion, as_called, evidence, near, suggestions
from hamr.views.relabel.doubt import doubt
from hamr.views.relabel.filters import CONFLICTS, TO_REVIEW, TO_REVIEW_BY_ME, Wanted
from hamr.views.relabel.queue import Queue


def one_by_one(
    run: Run,
    decisions: Decisions,
    epoch: int,
    queue: Queue,
    known: AllRows,
    rows: np.ndarray,
    annotator: str,
    wanted: Wanted,
    order: int,
) -> None:
    """The row on screen, or what to do where the queue is empty; `order` is recorded with it."""
    row = _current(run, rows, queue)
    if row is None:
        _empty(wanted, decisions, annotator)
        return
    shown = _shown(run, decisions, epoch, row, queue, known, rows, annotator, order)
    left, right = st.columns([5, 3], gap="medium")
    with left:
        with st.container(border=True, key="row-card"):
            about(shown, queue)
            if features(run.info.task).entities:
                span_sentence(shown, decisions.names())
            else:
                row_text(run, epoch, row)
            row_metadata(run, row)
        conflict(shown)
        _controls(shown, known)
        listen(shown.client_id)  # before what is not needed to decide
        comments(shown, known)
        neighbours(shown, known, near(run, epoch, row, queue))
    with right:
        context(shown, queue)


def _controls(shown: Shown, known: AllRows) -> None:
    """What a row is decided by, and what its classes are for."""
    names, held = shown.decisions.class_names(), names_in(shown.label)
    for name in sorted(held & names.retired_names()):
        retired_hint(shown.decisions, name)
    suggested: tuple[Suggestion, ...] = ()
    if features(shown.run.info.task).entities:
        span_keys(shown)
    else:
        found = suggestions(shown.run, shown.epoch, known, shown.row)
        suggested = as_called(found, called_now(shown.decisions, shown.run), names.retired_names())
        class_keys(shown, suggested, shown.decisions.names())
    common_keys(shown)
    guidelines(shown.decisions, (*held, *(one.label for one in suggested)))


def _current(run: Run, rows: np.ndarray, queue: Queue) -> int | None:
    """The row of the URL, else the first of the queue.

    A row that the page itself chose is replaced by the next of the queue if somebody else has
    reviewed it meanwhile; one that a link or *Back* names stays.
    """
    row = row_in_link(run, split=None)
    led = st.session_state.get("relabel.led")
    if row is not None and row == led and row not in rows:
        later = rows[queue.rank[rows] > queue.rank[row]]
        row = int(later[0]) if len(later) else None
    if row is None and len(rows):
        row = int(rows[0])
    set_query("row", row)
    return row


def _following(row: int, rows: np.ndarray) -> int | None:
    """The row after this one in the queue, or its first one; None if there is no other."""
    here = np.flatnonzero(rows == row)
    others = rows[rows != row]
    if not len(others):
        return None
    from_top = st.session_state.get("relabel.from_top") == str(row)  # the queue was ranked again
    if not from_top and here.size and here[0] < len(rows) - 1:
        return int(rows[here[0] + 1])
    return int(others[0])


def _shown(
    run: Run,
    decisions: Decisions,
    epoch: int,
    row: int,
    queue: Queue,
    known: AllRows,
    rows: np.ndarray,
    annotator: str,
    order: int,
) -> Shown:
    row_id, text = known.ids[row], known.texts([row])[0]
    state = decisions.state(row_id)
    return Shown(
        run=run,
        decisions=decisions,
        epoch=epoch,
        row=row,
        split=known.split(row),
        row_id=row_id,
        text=text,
        label=decisions.label(row_id),
        state=state,
        annotator=annotator,
        following=_following(row, rows),
        evidence={
            "diagnosis": queue.diagnosis(row),
            "score": float(queue.score[row]),
            "score_is": queue.score_is,
            "rank": int(queue.rank[row]) + 1,
            "order": order,
            "sentences": evidence(run, epoch, row, queue),
        },
        client_id=client_id(row_id, annotator, state.version if state else 0),
        doubt=doubt(run, decisions, queue, row, decisions.label(row_id)),
    )


def _empty(wanted: Wanted, decisions: Decisions, annotator: str) -> None:
    """No row passes the filters."""
    if wanted.shown in (TO_REVIEW, TO_REVIEW_BY_ME) and not wanted.narrowed:
        st.success(
            "All rows are reviewed. Choose *reviewed* or *unsure* under *Show* to see them again."
        )
    elif wanted.shown == CONFLICTS and not wanted.narrowed:
        st.success("No conflicts: annotators agree on every row.")
    else:
        st.info(
            "No rows match. Clear a filter, or choose other rows under *Show*.",
            icon=":material/search_off:",
        )
    with st.container(horizontal=True):
        back_key()
        undo_keys(decisions, annotator)
    listen(None)
