"""Which step of a run is shown, which stage and which row: in the URL, by buttons and by keys."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass

import streamlit as st

from hamr.errors import StoreError
from hamr.store import Run
from hamr.ui.shell.presenter import is_on, listen
from hamr.ui.shell.state import query, set_query
from hamr.ui.shell.status import ACTIVE
from hamr.ui.shell.text import plain_name
from hamr.views.learn.run_step import RunStep
from hamr.views.learn.stages import stage_count

STEP, STAGE, ROW = "step", "stage", "row"  # in the URL; step and stage are counted from 1
SHORT = {  # of stages, on their buttons
    "draw": "Draw", "loss": "Losses", "pre": "Weights", "virtual": "Virtual",
    "gradient": "Gradient", "post": "New weights", "update": "Update", "next": "Seeds",
}  # fmt: skip
CLICKER = {"PageDown": "run-step-on", "PageUp": "run-step-back"}  # while the page is presented


def _number(part: str) -> int | None:
    asked = query(part) or ""
    return int(asked) if asked.isdecimal() and len(asked) < 12 else None


def asks_for_another(epoch: int, epochs: Sequence[int]) -> bool:
    """Whether the URL names another one of those epochs."""
    asked = _number("epoch")
    return asked != epoch and asked in epochs


def step_of_link(kept: Sequence[int]) -> int:
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


def stage_of_link(found: RunStep) -> int:
    """The stage that the link names, from 0, within those of the method."""
    asked, last = query(STAGE), len(found.stages)
    shown = min(max(_number(STAGE) or 1, 1), last)
    if asked and asked != str(shown):
        st.caption(
            f"The link asks for stage {plain_name(asked)}; stages of this step are 1 to {last}: "
            f"stage {shown} is shown."
        )
    return shown - 1


def row_of_link(found: RunStep) -> int:
    """The place of the row that the link names, else of the hardest one."""
    asked = _number(ROW)
    places = [place for place, row in enumerate(found.rows.tolist()) if row == asked]
    if query(ROW) and not places:
        st.caption(
            f"Row {plain_name(query(ROW))} is not in the batch of this step: the hardest row is "
            "shown."
        )
    return places[0] if places else 0


# ---- moving ------------------------------------------------------------------------------------

Target = tuple[int, int | None, int]  # epoch, number of the step, stage from 1


@dataclass(frozen=True)
class Spot:
    """Where somebody is in the kept steps of a run."""

    epoch: int
    steps: tuple[int, ...]  # kept of the epoch, by number; none where these can't be read
    place: int  # of the step among them
    stage: int | None  # from 0; None where the step can't be shown
    stages: int  # of a step, by the run's method


def step_bar(run: Run, found: RunStep, steps: Sequence[int], stage: int) -> None:
    """Which step, which stage, and the way on and back."""
    step = found.step
    here = Spot(step.epoch, tuple(steps), steps.index(step.number), stage, len(found.stages))
    with _bar():
        _buttons(run, here)
        _choose_step(here, of=f" of {found.steps:,}")
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
    if info.status not in ACTIVE and info.status != "finished" and info.as_of is None:
        st.caption(
            f"This run is {info.status}, with {len(run.epochs())} of "
            f"{info.settings.training.epochs} epochs: the steps of its complete epochs are kept."
        )


def way_on(run: Run, epoch: int, steps: Sequence[int], place: int) -> None:
    """The same where the step can't be shown: to the other step, and to the epochs around it."""
    here = Spot(epoch, tuple(steps), place, None, stage_count(run.info.settings.training))
    with _bar():
        _buttons(run, here)
        if steps:
            _choose_step(here)


def _bar() -> AbstractContextManager[object]:
    return st.container(horizontal=True, vertical_alignment="bottom", key="run-step-bar")


def _buttons(run: Run, here: Spot) -> None:
    back, on = (_moved(run, here, by) for by in (-1, 1))
    st.button("Back", key="run-step-back", icon=":material/arrow_back:", shortcut="Left",
              disabled=back is None, on_click=_go, args=(back,))  # fmt: skip
    st.button("Next", key="run-step-on", icon=":material/arrow_forward:", shortcut="Right",
              type="primary", disabled=on is None, on_click=_go, args=(on,))  # fmt: skip


def _choose_step(here: Spot, of: str = "") -> None:
    st.session_state["run-step"] = here.steps[here.place]
    st.segmented_control(
        f"Kept steps of epoch {here.epoch}",
        list(here.steps),
        format_func=lambda number: f"Step {number:,}{of}",
        key="run-step",
        required=True,
        label_visibility="collapsed",
        on_change=_chose_step,
    )


def _moved(run: Run, here: Spot, by: int) -> Target | None:
    """Where the next or the last stage is: of this step, another one, or another epoch's."""
    epoch, steps = here.epoch, here.steps
    if here.stage is not None and 0 <= here.stage + by < here.stages:
        return epoch, steps[here.place], here.stage + by + 1
    # Beyond a step's stages comes the first one of the next step, or the last one of that before.
    first, place = 1 if by > 0 else here.stages, here.place + by
    if 0 <= place < len(steps):
        return epoch, steps[place], first
    kept = run.epochs_with_steps
    other = kept.index(epoch) + by
    if run.past is not None or not 0 <= other < len(kept):
        return None  # in a replay its player chooses the epoch
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


def clicker() -> None:
    """Let a clicker's keys press the buttons while the page is presented; else they scroll it."""
    if is_on():
        listen(CLICKER, copies=False, key="run-step-clicker")
