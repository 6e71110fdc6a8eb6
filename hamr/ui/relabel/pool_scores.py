"""Scores over the labels that were given to unlabelled rows, and when to stop."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.ui.relabel.retraining import retraining
from hamr.ui.shell.charts import show
from hamr.ui.shell.server import store
from hamr.ui.shell.text import plain
from hamr.views.base.figures import numbers
from hamr.views.relabel.learning import curve, points, when_to_stop


def scores_over_labels(run: Run) -> None:
    """The curve, and the button that trains on the labels given so far."""
    box = st.expander("Scores over labels, and when to stop", key="pool-curve", on_change="rerun")
    if not box.open:
        return
    with box:
        found = points(store(), run)
        if found:
            fig = curve(found)
            show(
                fig,
                key="scores-over-labels",
                how_to_read="Each mark is the mean of the finished runs with so many labels of "
                "unlabelled rows among their training rows. A flat curve says that more labels add "
                "little.",
                alt="Macro-F1 and F1 of the rarest classes by the number of labels given",
                table=lambda: numbers(fig),
            )
            if said := when_to_stop(found):
                st.text(said)
        else:
            st.caption(plain("No run on this data has finished yet. Train one to see its scores."))
        retraining(run, store().decisions(run.info.label_source or ""))
