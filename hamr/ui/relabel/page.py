"""The page Relabel: one row at a time, or many as a group."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hamr.store import PERSON_SECONDS, Decisions, Run, as_seen_by, patience
from hamr.ui.relabel.annotator import annotator_name, confirm, point_out_alike
from hamr.ui.relabel.bound import begin
from hamr.ui.relabel.by_column import by_column
from hamr.ui.relabel.enough import enough_section
from hamr.ui.relabel.filters import MANY, ONE, filters, modes
from hamr.ui.relabel.group import group
from hamr.ui.relabel.impact import impact_section
from hamr.ui.relabel.issues import offer_label_errors, queue_of
from hamr.ui.relabel.last_act import show_report
from hamr.ui.relabel.map_link import back_to_map
from hamr.ui.relabel.one_by_one import one_by_one
from hamr.ui.relabel.order import order_of, rank_again
from hamr.ui.relabel.own_keys import keymap_of
from hamr.ui.relabel.place import shows_unlabelled
from hamr.ui.relabel.progress import progress, work_done
from hamr.ui.relabel.together import corrected_in_blind_mode, team_buttons
from hamr.ui.relabel.unlabelled import unlabelled
from hamr.ui.relabel.unsaved_acts import unsaved_section
from hamr.ui.shell.cached import view
from hamr.ui.shell.guard import guard
from hamr.ui.shell.page import open_page
from hamr.ui.shell.picker import choose_epoch, choose_run
from hamr.ui.shell.server import store
from hamr.ui.widgets.corrected import corrected_download
from hamr.views.base.all_rows import AllRows
from hamr.views.base.current_labels import label_changes
from hamr.views.relabel.filters import matching


def relabel_page() -> None:
    """Show the page: the annotator, the queue's filters, and the row to decide on."""
    open_page(
        "Relabel",
        "One key accepts a label or changes it. Every decision is saved and can be undone.",
    )
    with guard(), patience(PERSON_SECONDS):
        bar = st.container(horizontal=True, vertical_alignment="center", key="bar")
        with bar:
            annotator = annotator_name()
        confirm()
        unsaved_section(annotator)  # before anything that may need a database that is gone
        run = choose_run()
        relabel(run, choose_epoch(run), annotator, bar)


def relabel(run: Run, epoch: int, annotator: str, bar: DeltaGenerator) -> None:
    """Everything below the run and the epoch."""
    assert run.info.label_source is not None  # a run with epochs has rows
    decisions = as_seen_by(store().decisions(run.info.label_source), annotator)
    if corrected_in_blind_mode(run, decisions):
        return
    known: AllRows = view(AllRows.of, run)
    states = decisions.states()
    order = order_of(run, decisions, known)
    queue = queue_of(run, epoch, order.changes)
    changes = label_changes(run, decisions, known, states)
    _begin(run, decisions, annotator)
    with bar:
        wanted = filters(run, decisions, epoch, queue, known)
        without_labels = shows_unlabelled()
        mode = ONE if without_labels else modes(wanted)
        back_to_map(run, epoch)
        corrected_download(run, key="download", alone=True)
    if without_labels:
        unlabelled(run, decisions, annotator)
        return
    rows = matching(run, queue, known, states, changes, wanted, annotator)
    with st.container(horizontal=True, vertical_alignment="center", key="way"):
        progress(decisions, queue, known, states, rows, annotator)
        show_report()
    offer_label_errors(run, epoch, queue)
    with st.container(key="review"):  # on a phone it comes first, see assets/style.css
        if mode == MANY:
            group(run, decisions, epoch, queue, known, rows, annotator)
        else:
            one_by_one(run, decisions, epoch, queue, known, rows, annotator, wanted, order.version)
    with st.container(horizontal=True, vertical_alignment="center", key="work"):
        enough_section(run, decisions, epoch, known, states, annotator)
        rank_again(run, decisions, queue, order, changes)
        work_done(decisions, annotator)
        by_column(run, decisions, queue, known, states)
        team_buttons(decisions, annotator)
    impact_section(run, decisions, epoch, states, changes)


def _begin(run: Run, decisions: Decisions, annotator: str) -> None:
    """What is noted before the first control is drawn."""
    since = st.session_state.setdefault("relabel.since", {})
    since.setdefault(run.info.label_source, decisions.version)
    begin(keymap_of(run, decisions, annotator))
    point_out_alike(decisions, annotator)
