"""The Learn page: points in the plane, and one HAMR step after another, stage by stage."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import streamlit as st

from hamr.jobs.playing import Setup, Shown, last_step, step_of
from hamr.methods import method_title
from hamr.playground.exercises import Exercise
from hamr.ui.learn.controls import METHOD, PAINT, POINTS, Choice, controls, opened
from hamr.ui.learn.exercises import EXERCISE, buttons, chooser, judged, panel, progress
from hamr.ui.learn.link import (
    POINT,
    STAGE,
    STAGES,
    STEP,
    check_version,
    number_in_link,
    quoted,
    say,
    show_notes,
)
from hamr.ui.learn.painting import Painted, as_link, easel
from hamr.ui.learn.stepper import stepper
from hamr.ui.learn.views import of_a_run
from hamr.ui.shell.guard import guard
from hamr.ui.shell.page import open_page
from hamr.ui.shell.presenter import is_on
from hamr.ui.shell.server import home
from hamr.ui.shell.state import query, set_query
from hamr.views.learn.picture import Beside, picture

SIDE = "side"  # in the URL: 1 where the two planes are next to each other


def learn_page() -> None:
    """Show the page."""
    intro = open_page(
        "Learn",
        "One HAMR step on points, by the code that trains your runs. Right arrow: on; left arrow: "
        "back; space: play.",
    )
    if of_a_run():
        from hamr.ui.learn.run_step import run_step_view  # with its tables and figures

        run_step_view(intro)
    else:
        _playground()


@st.fragment
def _playground() -> None:
    """Controls and stages; a change of either reaches only them."""
    notes = st.container()
    with guard():
        try:
            _step()
        finally:
            with notes:
                show_notes()


def _step() -> None:
    check_version()
    begins = _begins()
    with _setup_place():
        choice = controls()
        exercise = _choices(choice)
        folded = st.container() if is_on() else None
    if choice.paints:
        _easel(choice.setup.painted)
        if not choice.setup.painted:
            return
    place = st.container()
    asked = number_in_link(STEP, "step")
    shown = _at_most(choice.setup, asked)
    if asked > shown.view.step:
        say(f"There is no step {asked:,} here: the last one, {shown.view.step:,}, is shown.")
    if exercise is not None:
        found = judged(exercise, choice.setup, shown)
        with folded or place:
            panel(exercise, found)
        if folded:
            with place:
                progress(exercise, found)
    beside = None
    if choice.beside is not None:
        other = _at_most(choice.beside, shown.view.step)
        title = method_title(dict(choice.beside.settings)["method"])
        beside = Beside(title, other.view, choice.shared)
    set_query(STEP, shown.view.step if shown.view.step > 1 else None)
    data = picture(shown, choice.setup.points(), choice.settings, title=choice.title, beside=beside)
    data |= {"begins": begins, "together": _together(), "opened": opened(), "presented": is_on()}
    data["point"] = _point(len(data["points"]["xy"]))
    stage = number_in_link(STAGE, "stage", high=STAGES) - 1
    stepper(
        data, stage=stage, key="stepper", on_step=_go, on_stage=_look, on_point=_choose,
        on_together=_side,
    )  # fmt: skip


def _together() -> bool:
    """Whether the two planes are next to each other."""
    asked = query(SIDE)
    if asked not in (None, "1"):
        say(f"The link has {quoted(asked)} for side by side, which is 1 or left out.")
        set_query(SIDE, None)
    return asked == "1"


def _point(count: int) -> int:
    """The chosen one of so many points; -1 for the hardest of the batch."""
    if query(POINT) is None:
        return -1
    asked = number_in_link(POINT, "point", low=0, high=count - 1)
    return asked if query(POINT) is not None else -1


def _setup_place() -> AbstractContextManager[object]:
    """Where the controls are: closed for an audience, which needs the room for the stages."""
    if not is_on():
        return nullcontext()
    place = st.container(key="learn-setup")
    return place.expander("Points, method and exercises", icon=":material/tune:")


def _begins() -> bool:
    """Whether the page plays its first step by itself: where a link says nothing else."""
    return not any(query(part) for part in (STEP, STAGE, POINT, POINTS, METHOD, EXERCISE))


def _choices(choice: Choice) -> Exercise | None:
    """What to watch on these points, or the buttons of an exercise; and the list of these."""
    left, right = st.columns([5, 3], vertical_alignment="center")
    with right:
        exercise = chooser()
    with left:
        if exercise is None:
            st.caption(choice.meaning)
        else:
            buttons(exercise)
    return exercise


def _easel(points: Painted) -> None:
    """The plane to paint on: open until there are points to train on."""
    if not points:
        st.info(
            "Choose a class and paint points of it on the plane, then press *Train on these "
            "points*. Two classes of about twenty points are enough.",
            icon=":material/brush:",
        )
    with st.expander("Paint points", icon=":material/brush:", expanded=not points):
        easel(points, version=hash(points), key="easel", on_points=_train_on)


def _train_on(points: Painted) -> None:
    set_query(PAINT, as_link(points))
    set_query(STEP, None)
    set_query(POINT, None)


def _at_most(setup: Setup, step: int) -> Shown:
    """That step, or of a shorter run its last one."""
    return _at(setup, min(step, last_step(setup)))


def _at(setup: Setup, step: int) -> Shown:
    """A step, with a spinner where the helper process has to start first."""
    with st.spinner("Computing the step", show_time=True):
        return step_of(home(), setup, step)


def _go(step: int) -> None:
    set_query(STEP, step)


def _look(stage: int) -> None:
    set_query(STAGE, stage + 1 if stage else None)


def _choose(point: int) -> None:
    set_query(POINT, point if point >= 0 else None)


def _side(together: bool) -> None:
    set_query(SIDE, 1 if together else None)
