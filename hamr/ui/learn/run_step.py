"""A run's step: the second view of the page Learn, stage by stage with the rows of its batch."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from hamr.errors import StoreError
from hamr.store import Run
from hamr.tasks import TaskWords
from hamr.ui.shell import navigation
from hamr.ui.shell.cached import view
from hamr.ui.shell.charts import show
from hamr.ui.shell.guard import guard
from hamr.ui.shell.picker import choose_epoch, choose_run
from hamr.ui.shell.presenter import is_on, listen
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.status import ACTIVE
from hamr.ui.shell.text import plain, plain_name
from hamr.ui.widgets.sentence import row_text
from hamr.ui.widgets.steplink import RUN_STEP, see_steps
from hamr.ui.widgets.tables import show_table
from hamr.views.base.figures import numbers
from hamr.views.learn import step_figures
from hamr.views.learn.run_step import RunStep, meta_table, run_step

VIEWS = ("Playground", RUN_STEP)  # in the URL: view
STEP, STAGE, ROW = "step", "stage", "row"  # in the URL; step and stage are counted from 1
SHORT = {  # of stages, on their buttons
    "draw": "Draw", "loss": "Losses", "pre": "Weights", "virtual": "Virtual",
    "gradient": "Gradient", "post": "New weights", "update": "Update", "next": "Seeds",
}  # fmt: skip
CLICKER = {"PageDown": "run-step-on", "PageUp": "run-step-back"}  # while the page is presented
INTRO = (
    "One step of a run, as it was recorded: which rows were drawn, their losses, their weights "
    "before and after the meta step. Right arrow: next; left arrow: back."
)


def of_a_run() -> bool:
    """Let people choose what is looked at: a step on points, or one of a run."""
    chosen = st.segmented_control(
        "What to look at",
        list(VIEWS),
        default=VIEWS[0],
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
        on_change=_forget_place,
    )
    return chosen == VIEWS[1]


def _forget_place() -> None:
    """Steps and stages of the one view are not those of the other."""
    set_query(STEP, None)
    set_query(STAGE, None)


def run_step_view() -> None:
    """Show it: choose run and epoch in the sidebar, then step, stage and row."""
    run = choose_run()
    epoch = choose_epoch(run)
    with guard():
        kept = run.epochs_with_steps
        if epoch not in kept:
            _none_kept(run, epoch, kept)
            return
        steps = run.steps_of(epoch)
        found = view(run_step, run, epoch, _step_of_link(steps))
        stage = _stage_of_link(found)
        place = _row_of_link(found)
        _bar(run, found, steps, stage)
        _stage(run, found, stage, place)
        _rows(run, found)
        if is_on():  # else these keys scroll the page
            listen(CLICKER, copies=False, key="run-step-clicker")
        _below(run, epoch, found, stage, place)


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
    navigation.link("Train", "Train again")


# ---- what the URL says -------------------------------------------------------------------------


def _number(part: str) -> int | None:
    asked = query(part) or ""
    return int(asked) if asked.isdecimal() and len(asked) < 12 else None


def _step_of_link(kept: Sequence[int]) -> int:
    """The place of the step that the link names, else of the first one."""
    asked = _number(STEP)
    if asked in kept:
        return kept.index(asked)
    if query(STEP):
        listed = ", ".join(map(str, kept))
        st.warning(
            f"Step {plain_name(query(STEP))} of this epoch was not kept; kept: {listed}.",
            icon=":material/search:",
        )
    return 0


def _stage_of_link(found: RunStep) -> int:
    """The stage that the link names, from 0, within those of the method."""
    return min(max((_number(STAGE) or 1) - 1, 0), len(found.stages) - 1)


def _row_of_link(found: RunStep) -> int:
    """The place of the row that the link names, else of the hardest one."""
    asked = _number(ROW)
    places = [place for place, row in enumerate(found.rows.tolist()) if row == asked]
    if asked is not None and not places:
        st.caption(f"Row {asked} is not in the batch of this step: the hardest row is shown.")
    return places[0] if places else 0


# ---- moving ------------------------------------------------------------------------------------


def _bar(run: Run, found: RunStep, steps: Sequence[int], stage: int) -> None:
    """Which step, which stage, and the way on and back."""
    step = found.step
    with st.container(horizontal=True, vertical_alignment="bottom", key="run-step-bar"):
        back, on = (_moved(run, found, steps, stage, by) for by in (-1, 1))
        st.button("Back", key="run-step-back", icon=":material/arrow_back:", shortcut="Left",
                  disabled=back is None, on_click=_go, args=(back,))  # fmt: skip
        st.button("Next", key="run-step-on", icon=":material/arrow_forward:", shortcut="Right",
                  type="primary", disabled=on is None, on_click=_go, args=(on,))  # fmt: skip
        st.session_state["run-step"] = step.number
        st.segmented_control(
            f"Kept steps of epoch {step.epoch}",
            list(steps),
            format_func=lambda number: f"Step {number:,} of {found.steps:,}",
            key="run-step",
            required=True,
            label_visibility="collapsed",
            on_change=_chose_step,
        )
        st.session_state["run-stage"] = stage
        st.segmented_control(
            "Stage",
            list(range(len(found.stages))),
            format_func=lambda at: f"{at + 1} {SHORT[found.stages[at].key]}",
            key="run-stage",
            required=True,
            label_visibility="collapsed",
            wrap=True,
            on_change=_chose_stage,
        )
    info = run.info
    if info.status not in ACTIVE and info.status != "finished":
        st.caption(
            f"This run is {info.status}, with {len(run.epochs())} of "
            f"{info.settings.training.epochs} epochs: the steps of its complete epochs are kept."
        )


Target = tuple[int, int | None, int]  # epoch, number of the step, stage from 1


def _moved(run: Run, found: RunStep, steps: Sequence[int], stage: int, by: int) -> Target | None:
    """Where the next or the last stage is: of this step, another one, or another epoch's."""
    epoch, number, count = found.step.epoch, found.step.number, len(found.stages)
    if 0 <= stage + by < count:
        return epoch, number, stage + by + 1
    # Beyond a step's stages comes the first one of the next step, or the last one of that before.
    first, place = 1 if by > 0 else count, steps.index(number) + by
    if 0 <= place < len(steps):
        return epoch, steps[place], first
    kept = run.epochs_with_steps
    other = kept.index(epoch) + by
    if not 0 <= other < len(kept):
        return None
    with suppress(StoreError):  # a damaged epoch is said where it is shown
        return kept[other], run.steps_of(kept[other])[0 if by > 0 else -1], first
    return kept[other], None, first


def _go(target: Target) -> None:
    epoch, number, stage = target
    set_query("epoch", epoch)
    set_query(STEP, number)
    set_query(STAGE, stage)


def _chose_step() -> None:
    set_query(STEP, st.session_state["run-step"])


def _chose_stage() -> None:
    set_query(STAGE, st.session_state["run-stage"] + 1)


# ---- the stage ---------------------------------------------------------------------------------


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
                column_config=_columns(),
            )


def _text(run: Run, found: RunStep, place: int) -> None:
    row = int(found.rows[place])
    if row >= run.info.train_rows:
        st.caption(plain(found.texts[place]))
        return
    row_text(run, found.step.epoch, row, limit=300, explain=False)


def _pictures(found: RunStep, at: int, place: int) -> None:
    stage = found.stages[at]
    key = f"run-step-{stage.key}"
    shown = step_figures.bars_of(found, stage.key)
    if stage.curve and step_figures.has_curve(found):
        curve = step_figures.curves(found, place, both=stage.curve == "both")
        show(
            curve,
            key=f"{key}-curve",
            how_to_read="Right are rows harder than their batch. Dashed: the curve before the meta "
            "step. Below, where it is shown: how far the step moves the curve. The chosen row is "
            "orange.",
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


# ---- the rows ----------------------------------------------------------------------------------


def _rows(run: Run, found: RunStep) -> None:
    """The rows of the batch; a click chooses the one whose numbers are shown."""
    words = TaskWords.of(run.info.task)
    table = found.table(words)
    key = f"run-step-rows-{found.step.epoch}-{found.step.number}"

    def picked() -> None:
        ticked = st.session_state[key]["selection"]["rows"]
        if ticked:
            set_query(ROW, int(found.rows[ticked[0]]))

    st.text(
        f"The {len(found.rows)} {words.unit} of the batch, largest loss first. Choose one to read "
        "its numbers above."
    )
    show_table(
        table,
        key=key,
        csv=f"step-{found.step.epoch}-{found.step.number}",
        height=min(36 * (len(table) + 1) + 2, 330),
        alt="Rows of the batch with their numbers",
        on_select=picked,
        selection_mode="single-row",
        column_config=_columns(),
    )


def _columns() -> dict[str, object]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "row": number(width=60, help="Index among the training rows, from 0"),
        "text": text(width=230),
        "draws": number(width=60, help="How often the batch has the row"),
        "loss": number(format="%.3f", help="In nats, at the step"),
        "z": number(format="%+.2f", help="z-score of the loss within the batch"),
        "before": number("weight before", format="%.3f", help="Pre-meta weight"),
        "after": number("weight after", format="%.3f", help="Post-meta weight"),
        "product": number(
            "gradient product",
            format="%+.3g",
            help="⟨∇l, ∇L_meta⟩: above 0, more weight on the row lowers the meta loss",
        ),
        "hardness": number(format="%.3f", help="After the step"),
    }


def _below(run: Run, epoch: int, found: RunStep, stage: int, place: int) -> None:
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
