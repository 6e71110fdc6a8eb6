"""The page Relabel: one row at a time, or many as a group."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from hamr.decisions import State
from hamr.store import PERSON_SECONDS, Decisions, Run, patience
from hamr.ui.relabel.acts import note, waiting
from hamr.ui.relabel.annotator import confirm, point_out_alike, who
from hamr.ui.relabel.context import about, beside, neighbours
from hamr.ui.relabel.group import MANY, MODES, ONE, group
from hamr.ui.relabel.impact import after_all
from hamr.ui.relabel.issues import look_for_wrong_labels, queue_of
from hamr.ui.relabel.keys import class_keys, common_keys, conflict, turns
from hamr.ui.relabel.order import Order, order_of, reorder
from hamr.ui.relabel.progress import progress
from hamr.ui.relabel.row import Shown, back, client_id
from hamr.ui.relabel.spans import span_keys
from hamr.ui.shell.cached import view
from hamr.ui.shell.guard import guard
from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_epoch, choose_run
from hamr.ui.shell.server import store
from hamr.ui.shell.state import LASSOS, MENTION_LASSO, set_query
from hamr.ui.shell.text import count, distinct
from hamr.ui.widgets.mapchoice import corners, lasso_in_link, row_in_link
from hamr.ui.widgets.sentence import row_text
from hamr.views.base.current_labels import in_force, trained_on
from hamr.views.base.geometry import inside
from hamr.views.base.labels import Words
from hamr.views.base.mentions import mentions
from hamr.views.base.sentence import Entities
from hamr.views.relabel import queue as queues
from hamr.views.relabel.queue import CONFLICTS, MINE, SHOWN, UNDECIDED, Ids, Queue, Wanted


def relabel_page() -> None:
    """Show the page: who decides, the queue's filters, and the row to decide on."""
    open_page(
        "Relabel",
        "Rows whose labels are worth a second look, the most doubtful first. One key accepts a "
        "label or gives another one; every decision is saved and can be undone.",
    )
    with guard(), patience(PERSON_SECONDS):
        name_at, filters_at = st.columns([2, 10])
        with name_at:
            annotator = who()
        confirm()
        waiting(annotator)  # before anything that may need a database that is gone
        run = choose_run()
        relabel(run, choose_epoch(run), annotator, filters_at)


def relabel(run: Run, epoch: int, annotator: str, filters_at: Any) -> None:
    """All of the page below the name of who labels."""
    assert run.info.label_source is not None  # a run with epochs has rows
    decisions = store().decisions(run.info.label_source)
    known: Ids = view(queues.ids, run)
    states = decisions.states("train")
    order = order_of(run, decisions, known)
    found = queue_of(run, epoch, order.given)
    now = in_force(run, decisions, known.place, states)
    since = st.session_state.setdefault("relabel.since", {})
    since.setdefault(run.info.label_source, decisions.version)
    point_out_alike(decisions, annotator)
    with filters_at:
        wanted = filters(run, decisions, found)
    rows = queues.matching(run, found, known, states, now, wanted, annotator)
    with st.container(horizontal=True, vertical_alignment="center", key="modes"):
        mode = modes(wanted)
        reorder(run, decisions, found, order, now)
    progress(decisions, found, known, states, rows, annotator)
    look_for_wrong_labels(run, found)
    note()
    if mode == MANY:
        group(run, decisions, epoch, found, rows, annotator)
    else:
        one(run, decisions, epoch, found, rows, annotator, wanted, order)
    after_all(run, decisions, epoch, states, now)


def filters(run: Run, decisions: Decisions, found: Queue) -> Wanted:
    """Which rows are in the queue; all of it in the URL."""
    bound: dict[str, Any] = {"bind": "query-params", "on_change": _first}
    words = Words.of(run.info.task)
    a, b, c, d = st.columns([3, 3, 3, 3])
    text = a.text_input("Search text or id", key="q", placeholder="any part of it", **bound)
    names = [*dict.fromkeys((*run.classes, *decisions.names()))]
    labels = b.multiselect(
        words.own.capitalize(),
        names,
        key="label",
        format_func=distinct(names),
        placeholder=f"all {words.many}",
        **bound,
    )
    reading = c.selectbox(
        "Reading", found.readings, index=None, key="reading", placeholder="any", **bound
    )
    shown = d.selectbox("Show", SHOWN, key="show", **bound)
    return Wanted(
        shown=shown or UNDECIDED,
        query=text or "",
        labels=tuple(labels),
        reading=found.readings.index(reading) if reading else None,
        rows=_in_lasso(run),
    )


def _first() -> None:
    """Another queue begins with its first row."""
    set_query("row", None)


def _in_lasso(run: Run) -> np.ndarray | None:
    """The rows of the link's lasso, on the map of rows or of mentions; None without one."""
    of_mentions = lasso_in_link(MENTION_LASSO) if run.info.task == "token" else None
    lasso = of_mentions or lasso_in_link("lasso")
    if lasso is None:
        return None
    xy = run.mention_map() if of_mentions else run.map()
    polygon = corners(lasso, xy)
    if xy is None or polygon is None:
        st.warning("The map is not drawn yet, so the lasso of the link holds no rows.", icon="🗺️")
        return np.empty(0, np.int64)
    held = np.flatnonzero(inside(polygon, xy))
    return np.unique(view(mentions, run).row[held]) if of_mentions else held


def _no_lasso() -> None:
    for name in LASSOS:
        set_query(name, None)


def modes(wanted: Wanted) -> str:
    """One row at a time or a group; and the region, with a way out of it."""
    mode = st.segmented_control(
        "Judge",
        MODES,
        default=ONE,
        key="judge",
        required=True,
        bind="query-params",
        label_visibility="collapsed",
    )
    if wanted.rows is not None:
        st.text(f"Only the {count(len(wanted.rows), 'row')} of your lasso.")
        st.button("All rows again", key="no-lasso", on_click=_no_lasso)
    return mode or ONE


def one(
    run: Run,
    decisions: Decisions,
    epoch: int,
    found: Queue,
    rows: np.ndarray,
    annotator: str,
    wanted: Wanted,
    order: Order,
) -> None:
    """The row on screen, or what to do where the queue is empty."""
    row = _current(run, rows, found)
    if row is None:
        _empty(wanted, decisions, annotator)
        return
    shown = _shown(run, decisions, epoch, row, found, rows, annotator, order)
    left, right = st.columns([3, 2], gap="large")
    with left:
        with st.container(border=True, key="row-card"):
            about(shown, found)
            # How to read a sentence is said at the first one.
            explain = not st.session_state.get("relabel.trail")
            row_text(run, epoch, row, explain=explain, label=_entities(shown))
        conflict(shown)
        if run.info.task == "token":
            span_keys(shown, decisions.names())
        else:
            class_keys(shown, queues.suggestions(run, epoch, row), decisions.names())
        common_keys(shown)
        neighbours(shown, queues.near(run, epoch, row, found))
    with right:
        beside(shown, found)


def _entities(shown: Shown) -> Entities | None:
    """The entities in force, where they are others than the run was trained on."""
    if isinstance(shown.label, str) or shown.label == trained_on(shown.run, shown.row):
        return None
    return shown.label


def _current(run: Run, rows: np.ndarray, found: Queue) -> int | None:
    """The row of the URL, else the first of the queue.

    One that the page itself chose gives way to the next of the queue if somebody else has
    judged it meanwhile; one that a link or *Back* names stays.
    """
    row = row_in_link(run)
    led = st.session_state.get("relabel.led")
    if row is not None and row == led and row not in rows:
        later = rows[found.rank[rows] > found.rank[row]]
        row = int(later[0]) if len(later) else None
    if row is None and len(rows):
        row = int(rows[0])
    set_query("row", row)
    return row


def _following(row: int, rows: np.ndarray, found: Queue) -> int | None:
    """The row after this one in the queue, or its first one; None if there is no other."""
    here = np.flatnonzero(rows == row)
    others = rows[rows != row]
    if not len(others):
        return None
    from_top = st.session_state.get("relabel.from_top") == str(row)  # the queue was ordered anew
    if not from_top and here.size and here[0] < len(rows) - 1:
        return int(rows[here[0] + 1])
    return int(others[0])


def _shown(
    run: Run,
    decisions: Decisions,
    epoch: int,
    row: int,
    found: Queue,
    rows: np.ndarray,
    annotator: str,
    order: Order,
) -> Shown:
    row_id, text = run.rows().ids([row])[0], run.rows().texts([row])[0]
    state: State | None = decisions.state(row_id)
    return Shown(
        run=run,
        decisions=decisions,
        epoch=epoch,
        row=row,
        row_id=row_id,
        text=text,
        label=decisions.label(row_id),
        state=state,
        annotator=annotator,
        following=_following(row, rows, found),
        evidence={
            "reading": found.named(row, found.classes),
            "score": float(found.score[row]),
            "score_is": found.by,
            "rank": int(found.rank[row]) + 1,
            "order": order.version,
            "told": queues.told(run, epoch, row, found),
        },
        client_id=client_id(row_id, annotator, state.version if state else 0),
    )


def _empty(wanted: Wanted, decisions: Decisions, annotator: str) -> None:
    """No row passes the filters."""
    narrowed = wanted.query or wanted.labels or wanted.reading is not None
    if wanted.shown in (UNDECIDED, MINE) and not narrowed and wanted.rows is None:
        st.success("Every row is judged. Choose *judged* or *unsure* under *Show* to go over them.")
    elif wanted.shown == CONFLICTS and not narrowed:
        st.success("No row is in conflict: nobody differs on any.")
    else:
        st.info(f"No row here that is {wanted.shown}. Take a filter away, or choose another "
                "group under *Show*.", icon="🔎")  # fmt: skip
    with st.container(horizontal=True):
        st.button("Back", key="back", shortcut="B", on_click=back)
        turns(decisions, annotator)
