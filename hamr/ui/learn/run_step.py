"""A run's step: the second view of the page Learn, stage by stage with the rows of its batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from hamr.errors import StoreError
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.learn.step_place import (
    asks_for_another,
    clicker,
    row_of_link,
    stage_of_link,
    step_bar,
    step_of_link,
    way_on,
)
from hamr.ui.learn.step_rows import row_columns, rows_elsewhere, rows_table
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.shell.charts import show
from hamr.ui.shell.guard import guard, show_error
from hamr.ui.shell.picker import choose_epoch, choose_run
from hamr.ui.shell.presenter import is_on
from hamr.ui.shell.text import plain, plain_name
from hamr.ui.widgets.sentence import row_text
from hamr.ui.widgets.steplink import see_steps
from hamr.ui.widgets.tables import show_table
from hamr.views.base.figures import numbers
from hamr.views.learn import step_figures
from hamr.views.learn.run_step import RunStep, meta_table, run_step

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

INTRO = (
    "One step of a run, as it was recorded: which rows were drawn, their losses, their weights "
    "before and after the meta step. Right arrow: next; left arrow: back."
)


def run_step_view(intro: DeltaGenerator) -> None:
    """Show it: choose run and epoch in the sidebar, then step, stage and row.

    `intro` is the place of the page's own words below its heading.
    """
    if is_on():
        intro.empty()  # an audience needs the room
    else:
        intro.caption(INTRO)
    run = choose_run()
    epoch = choose_epoch(run)
    _at(run, epoch)


@st.fragment
def _at(run: Run, epoch: int) -> None:
    """A step of the epoch; another step, stage or row changes only this part of the page."""
    if run.past is None and asks_for_another(epoch, run.epochs()):
        st.rerun()  # the next or the last stage is of another epoch
    with guard():
        kept = run.epochs_with_steps
        if epoch not in kept:
            _none_kept(run, epoch, kept)
            return
        found, steps = _read(run, epoch)
        if found is None:
            clicker()
            return
        stage, place = stage_of_link(found), row_of_link(found)
        step_bar(run, found, steps, stage)
        _stage(run, found, stage, place)
        rows_table(run, found)
        clicker()
        rows_elsewhere(run, epoch, found, stage, place)


def _read(run: Run, epoch: int) -> tuple[RunStep | None, Sequence[int]]:
    """The step that the link names, and the kept ones of its epoch; where it can't be read that is
    said, with the way on to others.
    """
    steps: Sequence[int] = ()
    place = 0
    try:
        steps = run.steps_of(epoch)
        place = step_of_link(steps)
        return view(run_step, run, epoch, place), steps
    except StoreError as error:
        way_on(run, epoch, steps, place)
        show_error(error)
        return None, steps


def _none_kept(run: Run, epoch: int, kept: Sequence[int]) -> None:
    """Why there is no step to read, and what to do."""
    name = plain_name(run.info.name)
    if kept:
        st.info(
            f"{name} kept no step of epoch {epoch}, which an older version recorded. Steps of "
            f"epochs {kept[0]} to {kept[-1]} are kept.",
            icon=":material/info:",
        )
        see_steps(run, kept[-1])
        return
    st.info(
        f"{name} was recorded before steps were kept: it has weights and hardness by epoch, on the "
        "pages Weights and Hardness, but no step that could be read. Nothing of it is lost. Train "
        "the rows again to have two steps of each epoch.",
        icon=":material/info:",
    )
    navigation.link("Train", "Train a run")


def _stage(run: Run, found: RunStep, at: int, place: int) -> None:
    """Its equation with the chosen row's numbers, and its picture."""
    stage = found.stages[at]
    words = TaskWords.of(run.info.task)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        st.subheader(f"{at + 1}. {stage.title}", anchor=False)
        st.html(f'<p class="run-step-equation">{stage.equation}</p>')
        if stage.general:
            st.text(stage.general)
        row = int(found.rows[place])
        with st.container(border=True, key="run-step-numbers", gap="small"):
            own = f" · {words.own} {plain_name(found.labels[place])}" if found.labels[place] else ""
            st.markdown(f"**{words.each.capitalize()} {row:,}**{own}")
            st.text(found.numbers(at, place) or "This stage has no number of its own for it.")
            _text(run, found, place)
        st.caption(stage.why)
        if stage.marked == "meta":
            _meta_batch(run, found)
    with right:
        _pictures(found, at, place)


def _meta_batch(run: Run, found: RunStep) -> None:
    """The rows of the meta set that judged the step, when asked for."""
    box = st.expander("Rows of the meta batch", key="run-step-meta", on_change="rerun")
    if box.open:
        with box:
            show_table(
                meta_table(run, found),
                key="run-step-meta-rows",
                height=250,
                alt="Rows of the meta batch",
                column_config=row_columns(),
            )


def _text(run: Run, found: RunStep, place: int) -> None:
    row = int(found.rows[place])
    if row >= run.info.train_rows:
        st.caption(plain(found.texts[place]))
        return
    row_text(run, found.step.epoch, row, limit=300, explain=False)


def _change(found: RunStep) -> str:
    """Where it is seen how far the step moves the curve."""
    if step_figures.has_change(found):
        return "Below: how far the step moves the curve. "
    return "This recording rounds curves to 16 bits, so that one step's change is not seen. "


def _pictures(found: RunStep, at: int, place: int) -> None:
    stage = found.stages[at]
    key = f"run-step-{stage.key}"
    shown = step_figures.bars_of(found, stage.key)
    if stage.curve and step_figures.has_curve(found):
        both = stage.curve == "both"
        curve = step_figures.curves(found, place, both=both)
        show(
            curve,
            key=f"{key}-curve",
            how_to_read="Right are rows harder than their batch. Dashed: the curve before the meta "
            f"step. {_change(found) if both else ''}The chosen row is orange.",
            alt="The weight curve s over the z-score, with the rows of the batch on it",
            table=lambda: numbers(curve),
        )
        return
    bars = step_figures.rows_of_batch(found, stage.key, place)
    show(
        bars,
        key=key,
        how_to_read=f"Each bar is a row of the batch, the largest loss left. {shown.reading}",
        alt=f"{shown.title} of {len(found.rows)} rows of the batch",
        table=lambda: numbers(bars),
    )
