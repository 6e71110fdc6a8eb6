"""What an exercise says of the step on screen, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan

from hamr.playground.exercises import Exercise, Verdict
from hamr.views.learn.numbers import number, setting


def measured(exercise: Exercise, found: Verdict) -> str:
    """What is measured at this step, and what is needed."""
    if isnan(found.value):
        return f"{found.what}: nothing to measure on these points. Needed: {_bar(exercise)}."
    return f"{found.what}: {number(found.value)}. Needed: {_bar(exercise)}."


def _bar(exercise: Exercise) -> str:
    parts = []
    if exercise.at_least is not None:
        parts.append(f"at least {setting(exercise.at_least)}")
    if exercise.at_most is not None:
        parts.append(f"at most {setting(exercise.at_most)}")
    if exercise.epochs is not None:
        parts.append(f"by epoch {exercise.epochs}")
    return ", ".join(parts)


def objections(exercise: Exercise, found: Verdict, labels: Mapping[str, str]) -> str:
    """Why a step does not count although it may have come far enough; "" where nothing is wrong.

    `labels` are the names of settings on screen.
    """
    said = []
    if found.touched:
        names = ", ".join(labels.get(name, name) for name in found.touched)
        said.append(f"This does not count: {names} may not be changed here. Put it back.")
    if found.late:
        said.append(f"This does not count: go back to epoch {exercise.epochs} or earlier.")
    return " ".join(said)


def movable(exercise: Exercise, labels: Mapping[str, str]) -> str:
    """Which controls may be moved."""
    names = ", ".join(labels.get(name, name) for name in exercise.allowed)
    return f"You may change: {names}; and go to any step."
