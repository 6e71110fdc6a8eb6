"""How the prediction of an unlabelled row moved over the epochs: a sentence and a small line."""

from __future__ import annotations

import numpy as np
import streamlit as st

from hamr.jobs.pool_history import History, history, why_none
from hamr.store import Run
from hamr.ui.shell.text import plain
from hamr.ui.widgets.sparkline import lines_over_epochs
from hamr.views.base.pool_history import course, in_words


def prediction_over_epochs(run: Run, row: int, best: int) -> None:
    """The sentence and the line of one row of the pool, or why there are none; `best` is the class
    that the best epoch's model predicts.
    """
    found = history(run, np.array([row]))
    if found is None:
        if reason := why_none(run):
            st.caption(plain(reason))
        return
    one = History(found.epochs, found.classes[:, 0], found.chances[:, 0])
    said = in_words(run, one)
    st.markdown(plain(f"{said[0].upper()}{said[1:]}."))
    lines_over_epochs([course(run, one, best)], (0.0, 1.0))
