"""The rows of a step's batch: as a table, on the map, and on other pages."""

from __future__ import annotations

import streamlit as st

from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.learn.step_place import ROW
from hamr.ui.shell import navigation
from hamr.ui.shell.charts import show
from hamr.ui.shell.state import set_query
from hamr.ui.widgets.tables import show_table
from hamr.views.learn import step_figures
from hamr.views.learn.run_step import RunStep


def rows_table(run: Run, found: RunStep) -> None:
    """The rows of the batch; a click chooses the one whose numbers are shown."""
    words = TaskWords.of(run.info.task)
    table = found.table(words)
    key = f"run-step-rows-{found.step.epoch}-{found.step.number}"

    def picked() -> None:
        ticked = st.session_state[key]["selection"]["rows"]
        if ticked:
            set_query(ROW, int(found.rows[ticked[0]]))

    st.text(
        f"The {len(found.rows)} {words.unit} of the batch, largest loss first. Choose one, by a "
        "click on its box or by Shift with Space, to read its numbers above."
    )
    show_table(
        table,
        key=key,
        csv=f"step-{found.step.epoch}-{found.step.number}",
        height=min(36 * (len(table) + 1) + 2, 330),
        alt="Rows of the batch with their numbers",
        on_select=picked,
        selection_mode="single-row",
        column_config=row_columns(),
    )


def row_columns() -> dict[str, object]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "row": number(width=60, help="Index among the training rows, from 0"),
        "text": text(width=190),
        "draws": number(width=60, help="How often the batch has the row"),
        "loss": number(format="%.3f", help="In nats, at the step"),
        "z": number(format="%+.2f", help="z-score of the loss within the batch"),
        "before": number("weight", format="%.3f", help="Pre-meta weight"),
        "after": number("new weight", format="%.3f", help="Post-meta weight"),
        "product": number(
            "product",
            format="%+.3g",
            help="⟨∇l, ∇L_meta⟩: above 0, more weight on the row lowers the meta loss",
        ),
        "hardness": number(format="%.3f", help="After the step"),
    }


def rows_elsewhere(run: Run, epoch: int, found: RunStep, stage: int, place: int) -> None:
    """The rows on the map, and links to the chosen row on other pages."""
    row = int(found.rows[place])
    if row < run.info.train_rows:
        here = {"run": run.id, "epoch": str(epoch), "row": str(row)}
        with st.container(horizontal=True):
            navigation.link("Neighbourhoods", "See this row on the map", query=here)
            navigation.link("Relabel", "Relabel this row", query=here)
    fig = step_figures.on_map(run, found, found.stages[stage].key, place)
    if fig is None:
        st.caption("The map of this run is not drawn yet.")
        return
    show(
        fig,
        key="run-step-map",
        how_to_read="Grey: the training rows. The larger the value of this stage, the larger the "
        "row of the batch; the ring is the chosen row.",
        alt="The rows of the batch on the map of the run",
    )
