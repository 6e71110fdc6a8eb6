"""Which rows are in the queue, and whether they come one by one or as a group; all in the URL."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hamr.decisions.comments import containing
from hamr.records import Split
from hamr.regions import Region
from hamr.store import Decisions, Run, Team
from hamr.tasks import TaskWords, features
from hamr.ui.relabel.by_column import rows_with_values
from hamr.ui.relabel.comments import readable_threads
from hamr.ui.relabel.enough import drop_sample, sample_of
from hamr.ui.relabel.place import UNLABELLED
from hamr.ui.shell.cached import view
from hamr.ui.shell.guide_links import with_guide
from hamr.ui.shell.navigation import AS_GROUP
from hamr.ui.shell.state import (
    FILTERS,
    LASSOS,
    LIKE,
    MENTION_LASSO,
    MOST_LISTED,
    POOL_ROW,
    REGION,
    chosen_rows,
    query,
    set_query,
)
from hamr.ui.shell.text import count, distinct, plain
from hamr.ui.widgets.mapchoice import corners, lasso_in_link
from hamr.views.base.all_rows import SPLIT_NAMES, AllRows
from hamr.views.base.geometry import inside
from hamr.views.base.mentions import mentions
from hamr.views.base.places import places
from hamr.views.base.region_rows import training_rows
from hamr.views.base.regions import is_long_search, regions_at_once, regions_of
from hamr.views.relabel.filters import (
    CONFLICTS,
    EVERY_CHOICE,
    NOBODY,
    REVIEWED,
    TO_REVIEW,
    TO_REVIEW_BY_ME,
    Wanted,
)
from hamr.views.relabel.queue import Queue

# What links hold for each split, and what the field shows.
_SPLITS: dict[str, Split | None] = {"all": None} | {name: s for s, name in SPLIT_NAMES.items()}
ONE, MANY = MODES = ("One by one", AS_GROUP)
# What links made by version 0.1.0 have.
_OLD_SHOWN = {
    "not yet judged": TO_REVIEW,
    "not yet judged by me": TO_REVIEW_BY_ME,
    "only conflicts": CONFLICTS,
    "judged": REVIEWED,
}
_OLD_DIAGNOSIS = "reading"


def filters(run: Run, decisions: Decisions, epoch: int, queue: Queue, known: AllRows) -> Wanted:
    """The filters of the queue."""
    bound: dict[str, Any] = {"bind": "query-params", "on_change": _first}
    _modernise_link(queue)
    _drop_unknown(queue)
    box = st.popover(_summary(), key="filters", icon=":material/filter_list:")
    text = box.text_input("Search text or id", key="q", placeholder="or of a comment",
                          help=with_guide(None, "relabel.search"), **bound)  # fmt: skip
    labels = _labels(run, decisions, box, bound)
    diagnosis = box.selectbox(
        "Diagnosis", queue.issue_types, index=None, key="diagnosis", placeholder="any",
        help=with_guide(None, "relabel.diagnosis"), **bound,
    )  # fmt: skip
    about = with_guide(None, "relabel.show")
    shown = box.selectbox("Show", EVERY_CHOICE, key="show", help=about, **bound)
    about = with_guide(None, "relabel.split")
    split = box.selectbox("Split", (*_SPLITS, UNLABELLED), key="split", help=about, **bound)
    threads, team = readable_threads(decisions), Team(decisions)
    sample = sample_of(decisions, known)
    return Wanted(
        shown=shown or TO_REVIEW,
        query=text or "",
        labels=tuple(labels),
        issue_type=queue.issue_types.index(diagnosis) if diagnosis else None,
        split=_SPLITS.get(split or ""),
        rows=_group(run, epoch, known),
        sample=None if sample is None else sample.rows,
        with_values=rows_with_values(run),
        commented=frozenset(thread.row_id for thread in threads if thread.open),
        mentioned=frozenset(t.row_id for t in containing(threads, text or "")) if text else NOBODY,
        retired=team.rows_with(decisions.class_names().retired_names()),
    )


def _labels(
    run: Run, decisions: Decisions, box: DeltaGenerator, bound: dict[str, Any]
) -> list[str]:
    """The classes, or entity types, that rows must have one of; none for all."""
    words = TaskWords.of(run.info.task)
    called = map(decisions.class_names().name, run.classes)
    names = [*dict.fromkeys((*called, *decisions.names()))]
    return box.multiselect(
        words.own.capitalize(),
        names,
        key="label",
        format_func=distinct(names),
        placeholder=f"all {words.many}",
        help=with_guide(None, "relabel.label"),
        **bound,
    )


def _summary() -> str:
    """What the closed filters say: how many of them leave rows out."""
    state = st.session_state
    now = {
        name: state.get(name, query(name)) for name in ("q", "label", "diagnosis", "show", "split")
    }
    used = sum(bool(v) and v not in (TO_REVIEW, "all") for v in now.values())
    return f"Filters ({used})" if used else "Filters"


def _modernise_link(queue: Queue) -> None:
    """Set the filters of an older link, which had other names for them."""
    shown, diagnosis = query("show"), query(_OLD_DIAGNOSIS)
    if shown in _OLD_SHOWN:
        st.session_state["show"] = _OLD_SHOWN[shown]
    if diagnosis is not None:
        set_query(_OLD_DIAGNOSIS, None)
        if diagnosis in queue.issue_types:
            st.session_state["diagnosis"] = diagnosis


def _drop_unknown(queue: Queue) -> None:
    """Leave out what the link asks of a filter that has no such choice, and say so."""
    known = {
        "diagnosis": queue.issue_types,
        "show": (*EVERY_CHOICE, *_OLD_SHOWN),
        "split": (*_SPLITS, UNLABELLED),
    }
    for name, choices in known.items():
        asked = query(name)
        if asked and asked not in choices:
            set_query(name, None)
            st.warning(
                f"The filter *{name.capitalize()}* has no choice {plain(repr(asked[:20]))}, so "
                "that it is not used.",
                icon=":material/search:",
            )


def _first() -> None:
    """Start a changed queue with its first row."""
    set_query("row", None)
    set_query(POOL_ROW, None)


def _group(run: Run, epoch: int, known: AllRows) -> np.ndarray | None:
    """The rows that the link chooses together: listed, of a region or in a lasso; None for all."""
    if query("rows"):
        return np.array(chosen_rows(len(known), MOST_LISTED), np.int64)
    return _in_region(run, epoch) if query(REGION) else _in_lasso(run, epoch)


def _in_lasso(run: Run, epoch: int) -> np.ndarray | None:
    """The rows of the link's lasso, on the map of rows at that epoch or of mentions; None without
    one.
    """
    has_mentions = features(run.info.task).entities
    of_mentions = lasso_in_link(MENTION_LASSO) if has_mentions else None
    lasso = of_mentions or lasso_in_link("lasso")
    if lasso is None:
        return None
    drawn, xy = None, run.mention_map() if of_mentions else None
    if not of_mentions and (drawn := places(run, epoch)) is not None:
        xy = drawn.xy
    polygon = corners(lasso, drawn.frame if drawn is not None else xy)
    if xy is None or polygon is None:
        st.warning(
            "The map is not drawn yet, so the lasso in the link selects no rows.",
            icon=":material/map:",
        )
        return np.empty(0, np.int64)
    held = np.flatnonzero(inside(polygon, xy))
    return np.unique(view(mentions, run).row[held]) if of_mentions else held


def _in_region(run: Run, epoch: int) -> np.ndarray | None:
    """The training rows of the link's region; None where there is no such region."""
    with st.spinner("Finding the rows of the region"):
        region = region_in_link(run, epoch)
    if region is None:
        asked = query(REGION) or ""
        st.warning(
            f"There is no region {plain(repr(asked[:20]))} at epoch {epoch}, so all rows are "
            "shown. Open Neighbourhoods to choose one.",
            icon=":material/map:",
        )
        set_query(REGION, None)
        return None
    return training_rows(run, region)


def region_in_link(run: Run, epoch: int) -> Region | None:
    """The region that the link names; None without one, or where there is no such region."""
    asked = query(REGION)
    if not asked:
        return None
    long = is_long_search(run, epoch)
    found = regions_at_once(run, epoch) if long else view(regions_of, run, epoch)
    return found.by_id(asked)


def _no_group() -> None:
    for name in (*LASSOS, REGION, LIKE, *FILTERS, "rows"):
        set_query(name, None)


def modes(wanted: Wanted) -> str:
    """One row at a time or a group; and the lasso or region, with a way out of it."""
    mode = st.segmented_control(
        "Review",
        MODES,
        default=ONE,
        key="judge",
        required=True,
        bind="query-params",
        label_visibility="collapsed",
    )
    if wanted.rows is not None:
        which = "of the region" if query(REGION) else "in your lasso"
        if query("rows"):
            which = "of your search by meaning" if query(LIKE) else "of your selection"
        st.text(f"Only the {count(len(wanted.rows), 'row')} {which}.")
        st.button("Show all rows", key="no-lasso", on_click=_no_group)
    if wanted.sample is not None:
        st.text(f"Only the {count(len(wanted.sample), 'row')} of a random sample.")
        st.button("Show all rows", key="no-sample", on_click=drop_sample)
    return mode or ONE
