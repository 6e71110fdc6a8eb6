"""Relabel: the rows whose labels are worth a look, one key each."""

import streamlit as st

from hamr.store import PERSON_SECONDS, patience
from hamr.ui.annotator import confirm, who
from hamr.ui.page import choose_epoch, choose_run, guard, open_page
from hamr.ui.relabel import relabel
from hamr.ui.relabel_acts import waiting

open_page(
    "Relabel",
    "Rows whose labels are worth a second look, the most doubtful first. One key accepts a label "
    "or gives another one; every decision is kept, and can be undone.",
)
with guard(), patience(PERSON_SECONDS):
    name_at, filters_at = st.columns([2, 10])
    with name_at:
        annotator = who()
    confirm()
    waiting(annotator)  # before anything that may need a database that is gone
    run = choose_run()
    relabel(run, choose_epoch(run), annotator, filters_at)
