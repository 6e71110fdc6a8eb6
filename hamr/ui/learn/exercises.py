"""The exercises on the page: a list to choose from, and the one that is being solved.

The URL has the exercise, how many of its hints were shown, and those that were solved; these stay
in the session, too, while the visitor is on other pages.
"""

from __future__ import annotations

import streamlit as st

from hamr.jobs.playing import Setup, Shown
from hamr.playground.exercises import Attempt, Exercise, Verdict, exercises, verdict
from hamr.ui.learn.controls import METHOD, POINTS, SEED, SLIDERS, forget_controls, in_sentence
from hamr.ui.learn.link import POINT, STAGE, STEP, number_in_link, quoted, say
from hamr.ui.shell.state import query, set_query
from hamr.views.learn.exercises import measured, movable, objections

EXERCISE, HINTS, SOLVED = "exercise", "hints", "solved"  # in the URL
NONE = ""
_CHOICE, _KEPT = "learn.exercise", "solved_exercises"  # keys of the session


LABELS = {
    "points": "the points", "seed": "the seed", "method": "the method",
    **{slider.name: in_sentence(slider.name) for slider in SLIDERS},
}  # fmt: skip


def chooser() -> Exercise | None:
    """A list of the exercises; the chosen one. One that a link names and there is not is said."""
    asked = query(EXERCISE) or NONE
    if asked not in {NONE, *exercises()}:
        say(f"The link names {quoted(asked)}, which is no exercise.")
        asked = NONE
        set_query(EXERCISE, None)
    st.session_state[_CHOICE] = asked  # the URL leads
    solved = _solved()
    st.selectbox(
        "Exercise",
        [NONE, *exercises()],
        format_func=lambda name: _title(name, solved),
        key=_CHOICE,
        on_change=_choose,
        label_visibility="collapsed",
    )
    return exercises().get(asked)


def _title(name: str, solved: set[str]) -> str:
    own = exercises()
    if name == NONE:
        count = f"{len(solved)} of {len(own)} solved" if solved else f"{len(own)} questions"
        return f"Exercises: {count}"
    return f"{_number(name)}. {own[name].title}{' ✓' if name in solved else ''}"


def _number(name: str) -> int:
    return [*exercises()].index(name) + 1


def _choose() -> None:
    name = st.session_state[_CHOICE]
    if name == NONE:
        set_query(EXERCISE, None)
        set_query(HINTS, None)
    else:
        start(exercises()[name])


def start(exercise: Exercise) -> None:
    """Put the page where the exercise starts; what was solved stays solved."""
    forget_controls()
    for name in (SEED, *(slider.name for slider in SLIDERS)):
        set_query(name, None)
    set_query(POINTS, exercise.points)
    set_query(METHOD, exercise.method)
    set_query(STEP, exercise.step)
    set_query(STAGE, exercise.stage)
    set_query(POINT, None)
    set_query(EXERCISE, exercise.name)
    set_query(HINTS, None)


def judged(exercise: Exercise, setup: Setup, shown: Shown) -> Verdict:
    """How far the step on screen has come; once solved, that is kept."""
    attempt = Attempt(setup.preset, setup.seed, dict(setup.settings))
    found = verdict(exercise, attempt, setup.points(), shown.view)
    if found.solved:
        _remember(exercise.name)
    return found


def progress(exercise: Exercise, found: Verdict) -> None:
    """The exercise in a line, for an audience: its question is among what is folded."""
    objection = "" if found.solved else objections(exercise, found, LABELS)
    said = f":orange[:material/block:] **{objection}**" if objection else _state(exercise, found)
    with st.container(key="learn-progress"):
        st.markdown(f"**Exercise {_number(exercise.name)}** {said}")


def panel(exercise: Exercise, found: Verdict) -> None:
    """The question, how far the step on screen has come, hints, and once solved what is learnt."""
    with st.container(border=True, key="learn-exercise", gap="small"):
        st.markdown(f"{exercise.question} :gray[{movable(exercise, LABELS)}]")
        st.markdown(_state(exercise, found))
        if exercise.name in _solved():
            st.markdown(exercise.explanation)
        else:
            _hints(exercise)


def _state(exercise: Exercise, found: Verdict) -> str:
    """How far the step on screen has come."""
    said = measured(exercise, found)
    if found.solved:
        return f":green[:material/check_circle: **Solved.**] {said}"
    objection = objections(exercise, found, LABELS)
    if objection:
        return f":orange[:material/block:] {said} **{objection}**"
    return f":material/straighten: {said}"


def _hints(exercise: Exercise) -> None:
    """The hints that were shown so far."""
    for number, hint in enumerate(exercise.hints[: _shown_hints(exercise)], 1):
        st.markdown(f"Hint {number}: {hint}")


def _shown_hints(exercise: Exercise) -> int:
    return number_in_link(HINTS, "hints", low=0, high=len(exercise.hints))


def buttons(exercise: Exercise) -> None:
    """For the next hint, and for the start."""
    count = _shown_hints(exercise)
    with st.container(horizontal=True):
        left = len(exercise.hints) - count
        st.button(
            f"Show a hint ({left} left)" if left else "No more hints",
            icon=":material/lightbulb:",
            disabled=not left or exercise.name in _solved(),
            on_click=lambda: set_query(HINTS, count + 1),
            key="learn-hint",
        )
        st.button(
            "Start again", icon=":material/restart_alt:", on_click=lambda: start(exercise),
            key="learn-restart", help="Everything as the exercise begins",
        )  # fmt: skip


def _solved() -> set[str]:
    """The exercises that were solved, by the URL and the session."""
    named = set((query(SOLVED) or "").split(".")) | set(st.session_state.get(_KEPT, ()))
    return named & exercises().keys()


def _remember(name: str) -> None:
    solved = _solved() | {name}
    st.session_state[_KEPT] = [one for one in exercises() if one in solved]
    set_query(SOLVED, ".".join(st.session_state[_KEPT]))
