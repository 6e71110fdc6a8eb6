"""The map's colours where it shows what people have decided."""

from __future__ import annotations

import streamlit as st

from hamr.store import PERSON_SECONDS, Run, as_seen_by, patience
from hamr.ui.shell.cached import view
from hamr.ui.shell.server import store
from hamr.views.base.all_rows import AllRows
from hamr.views.neighbourhoods.decision_colours import by_decision
from hamr.views.neighbourhoods.row_map import Colouring

DECISIONS = "decisions"  # what to colour by, as links hold it


def decision_colours(run: Run) -> Colouring:
    """The training rows by the decisions on them so far.

    In blind mode these are the visitor's own, and those of others on rows that they have decided
    on themselves.
    """
    whole = store().decisions(run.info.label_source or "")
    annotator = str(st.session_state.get("relabel.annotator", ""))
    with patience(PERSON_SECONDS):
        decisions = as_seen_by(whole, annotator)
        ids = view(AllRows.of, run).ids[: run.info.train_rows]
        return by_decision(ids, decisions.states("train"), decisions.rows.original)
