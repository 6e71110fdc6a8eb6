"""Why a row was drawn: in a sentence, as a formula, and by the seeds that boost it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.neighbourhoods.side import open_row
from hamr.ui.shell.cached import view
from hamr.ui.shell.charts import show
from hamr.ui.shell.text import count
from hamr.ui.widgets.rowgrid import columns
from hamr.ui.widgets.steplink import see_step
from hamr.ui.widgets.tables import show_table
from hamr.views.neighbourhoods import why_drawn
from hamr.views.neighbourhoods.why_drawn import Links, Why


def why_section(run: Run, epoch: int, row: int) -> None:
    """How often the row was drawn and why, in a sentence; the formula and the seeds when asked."""
    why = view(why_drawn.why_drawn, run, epoch, row)
    with st.container(border=True, key="why", gap="small"):
        st.markdown(f"**Why was row {row} drawn in epoch {epoch}?**")
        st.text(_sentence(why))
        see_step(run, epoch, row)
        # Filled only when opened: the formula and the chart take longer than the rest of the panel.
        box = st.expander("Formula, seeds and course", key="why-more", on_change="rerun")
        if box.open:
            with box:
                _in_full(run, why)


def _sentence(why: Why) -> str:
    """What was expected and what came of it."""
    before = "before training" if why.epoch == 1 else f"at the end of epoch {why.epoch - 1}"
    return (
        f"Drawn {count(why.draws, 'time')} of {why.draw_count:,}; {why.expected:.2f} expected, "
        f"rank {why.rank:,} of {why.row_count:,}. Hardness {why.hardness:.3f} and boost "
        f"{why.boost:.3f} {before}."
    )


def _in_full(run: Run, why: Why) -> None:
    """The probability as a formula, the seeds, and the course over the epochs."""
    _account(why)
    _links(run, why)
    show(
        view(why_drawn.row_path, run, why.row, why.epoch),
        key="row-path",
        how_to_read="The dotted line is the epoch explained here. Its draws depend on the "
        "hardness and boost of the epoch before, one to the left.",
        alt=f"Hardness, boost, draws and expected draws of row {why.row} over the epochs",
    )


def _account(why: Why) -> None:
    """The probability as a formula, with its numbers."""
    if not why.probability:
        st.text("This row was moved into the balanced meta set, so it is never drawn.")
    elif not why.resamples:
        st.text(
            "This method draws every row once an epoch, in shuffled order: neither hardness nor "
            "boost changes the draws."
        )
    else:
        st.latex(why.formula())
        st.text(
            f"With {why.draw_count:,} draws, {why.expected:.2f} are expected; the row was drawn "
            f"{count(why.draws, 'time')}. h and b are "
            + (
                "1 and 0, as before training."
                if why.epoch == 1
                else f"those at the end of epoch {why.epoch - 1}."
            )
        )


def _links(run: Run, why: Why) -> None:
    """The seeds that boost the row, and its own neighbours if it is a seed."""
    if why.epoch == 1:
        st.text("No row is boosted yet: seeds are chosen at the end of an epoch.")
        return
    if len(why.boosters):
        st.text(
            f"This row is a neighbour of {count(len(why.boosters), 'hard seed')}. The most boosted "
            f"row is a neighbour of {why.largest_count}, so the boost of this row is "
            f"{len(why.boosters)} / {why.largest_count} = {why.boost:.3f}. These seeds boost it:"
        )
        _link_grid(run, why, why.boosters, "boosters")
    elif run.info.settings.training.learns_hardness:
        st.text("This row is not a neighbour of any hard seed, so it has no boost.")
    if why.neighbours is not None:
        st.text(f"This row is a hard seed itself and boosts its {len(why.neighbours)} neighbours:")
        _link_grid(run, why, why.neighbours, "neighbours")


def _link_grid(run: Run, why: Why, links: Links, name: str) -> None:
    table: pd.DataFrame = why_drawn.link_table(run, why.epoch, why.row, links)
    key, words = f"{name}-{why.epoch}-{why.row}", TaskWords.of(run.info.task)

    def picked() -> None:
        ticked = st.session_state[key]["selection"]["rows"]
        if ticked:
            open_row(int(links.rows[ticked[0]]))

    show_table(
        table,
        key=key,
        height=min(36 * (len(table) + 1) + 2, 290),
        alt="The linked rows, nearest first",
        on_select=picked,
        selection_mode="single-row",
        column_config=columns(words) | {"same label": f"same {words.own}"},
    )
