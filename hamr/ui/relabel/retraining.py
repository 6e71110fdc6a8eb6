"""A short run on the corrected rows, and what it changes for each class."""

from __future__ import annotations

import streamlit as st

from hamr.errors import HamrError
from hamr.jobs.again import EPOCHS, retrain, retrained
from hamr.store import Run
from hamr.ui.shell import navigation
from hamr.ui.shell.guard import show_error
from hamr.ui.shell.server import store
from hamr.ui.shell.status import ACTIVE, STATUS_ICONS
from hamr.ui.shell.text import count, plain
from hamr.ui.widgets.tables import show_table
from hamr.views.relabel.impact import f1_before_after


def retraining(run: Run) -> None:
    """A button that queues the run on corrected rows, and what became of it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Retrain on current labels", key="retrain", icon=":material/refresh:"):
            try:
                retrain(store(), run.id)
            except HamrError as error:
                show_error(error)
        epochs = min(EPOCHS, run.info.epochs)
        st.caption(
            f"Queues a run of {count(epochs, 'epoch')} with the same settings on the corrected "
            "rows. Validation rows stay unchanged. Decisions are shared by both runs."
        )
    after = retrained(store(), run.info)
    if after is not None:
        st.fragment(_after, run_every=3.0 if after.status in ACTIVE else None)(run, after.status)


def _after(run: Run, was: str) -> None:
    """The status of the run on corrected rows, and its F1 next to that of this run."""
    after = retrained(store(), run.info)
    if after is None or (was in ACTIVE and after.status not in ACTIVE):
        st.rerun()
    st.markdown(f"{STATUS_ICONS[after.status]} {plain(after.name)} is {after.status}.")
    navigation.link("Train", "Watch it on Train", query={"run": after.id})
    if not after.epochs_done:
        return
    navigation.link("Relabel", "Relabel with what it learned", query={"run": after.id})
    number = st.column_config.NumberColumn
    show_table(
        f1_before_after(run, Run(store(), after.id)),
        key="f1-after",
        alt="F1 of each class on validation before and after, most changed first",
        column_config={
            "F1 before": number(format="%.3f"),
            "F1 after": number(format="%.3f"),
            "change": number(format="%+.3f"),
        },
    )
    st.caption(
        "F1 on the same validation rows, each run at its best epoch. Both runs draw rows at "
        "random, and rare classes have few validation rows, so trust only large changes."
    )
