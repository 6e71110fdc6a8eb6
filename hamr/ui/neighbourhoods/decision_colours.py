"""The map's colours where it shows what people have decided."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hamr.store import PERSON_SECONDS, Run, as_seen_by, patience
from hamr.ui.shell.cached import view
from hamr.ui.shell.server import store
from hamr.views.base.all_rows import AllRows
from hamr.views.neighbourhoods.colours import Colouring
from hamr.views.neighbourhoods.decision_colours import by_annotator, by_decision

# What to colour by, on screen and in links.
DECISIONS, ANNOTATOR = "decisions", "annotator"
SENTENCES = {
    DECISIONS: "Colours show what people have decided so far; grey rows are not reviewed yet.",
    ANNOTATOR: "Colours show who gave the current label; grey rows are not reviewed yet.",
}


def decision_colours(run: Run, by: str = DECISIONS, rows: np.ndarray | None = None) -> Colouring:
    """Rows, by default the training rows, by the decisions on them so far.

    `rows` are indices among those of all splits. In blind mode the decisions are the visitor's own,
    and those of others on rows that they have decided on themselves.
    """
    whole = store().decisions(run.info.label_source or "")
    annotator = str(st.session_state.get("relabel.annotator", ""))
    with patience(PERSON_SECONDS):
        decisions = as_seen_by(whole, annotator)
        ids = view(AllRows.of, run).ids
        if rows is None:
            shown, states = ids[: run.info.train_rows], decisions.states("train")
        else:
            shown, states = tuple(ids[row] for row in rows.tolist()), decisions.states()
        if by == ANNOTATOR:
            return by_annotator(shown, states)
        return by_decision(shown, states, decisions.rows.original)
