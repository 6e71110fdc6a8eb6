"""Exercises: none is solved where it starts, each by its solution, and none by what it forbids."""

import numpy as np
import pytest

from hamr.methods import reads
from hamr.playground import playground_settings, preset_points
from hamr.playground.exercises import MEASURES, Attempt, changes, exercises, verdict
from hamr.playground.playground import Playground

ALL = exercises()
LIMITED = [name for name, exercise in ALL.items() if exercise.epochs is not None]
EPOCH = 12  # steps


def playground(exercise, settings=None):
    values = {"method": exercise.method, "seed": exercise.seed, **(settings or {})}
    return Playground(preset_points(exercise.points), playground_settings(**values))


def asked(exercise, own, step, **changed):
    """The verdict of a step, as the page asks for it."""
    settings = {"method": exercise.method, **changed}
    attempt = Attempt(exercise.points, exercise.seed, settings)
    return verdict(exercise, attempt, own.points, own.at(step))


@pytest.fixture(scope="module", params=ALL)
def solution(request):
    exercise = ALL[request.param]
    settings = exercise.solution["settings"]
    own = playground(exercise, settings)
    return exercise, own, settings, exercise.solution["step"]


def test_there_are_six_with_up_to_three_hints():
    assert len(ALL) == 6
    assert all(1 <= len(exercise.hints) <= 3 for exercise in ALL.values())
    assert {exercise.measure for exercise in ALL.values()} == MEASURES.keys()


@pytest.mark.parametrize("exercise", ALL.values(), ids=ALL)
def test_what_may_be_moved_is_read_by_the_method(exercise):
    assert all(reads(exercise.method, name) for name in exercise.allowed)
    assert exercise.solution["settings"].keys() <= {*exercise.allowed}


@pytest.mark.parametrize("exercise", ALL.values(), ids=ALL)
def test_no_exercise_is_solved_where_it_starts_nor_by_going_on(exercise):
    own, last = playground(exercise), exercise.epochs or 20
    for step in (exercise.step, *range(2 * EPOCH, last * EPOCH + 1, 2 * EPOCH)):
        assert not asked(exercise, own, step).reached, step


def test_each_exercise_is_solved_by_its_solution(solution):
    exercise, own, settings, step = solution
    found = asked(exercise, own, step, **settings)
    assert found.solved
    assert np.isfinite(found.value)


def test_a_solution_with_something_forbidden_does_not_count(solution):
    exercise, own, settings, step = solution
    found = asked(exercise, own, step, **settings, learning_rate=0.01)
    assert found.reached
    assert not found.solved
    assert found.touched == ("learning_rate",)


@pytest.mark.parametrize("solution", LIMITED, indirect=True)
def test_a_solution_counts_only_within_its_epochs(solution):
    exercise, own, settings, _ = solution
    found = asked(exercise, own, (exercise.epochs + 1) * EPOCH, **settings)
    assert found.late
    assert not found.solved


def test_one_half_of_the_islands_solution_is_not_enough():
    exercise = ALL["island"]
    for half in ({"soft_target_weight": 0.0}, {"tau": 4.0, "boost_strength": 5.0}):
        assert not asked(exercise, playground(exercise, half), exercise.epochs * EPOCH).reached


def test_plain_training_misses_the_island():
    exercise = ALL["island"]
    own = playground(exercise, {"method": "erm"})
    assert asked(exercise, own, 100).value < 0.2


def test_points_seed_method_and_class_balance_are_forbidden():
    exercise = ALL["island"]
    other = Attempt("noise", 3, {"method": "erm", "class_balance": 1.0, "tau": 2.0})
    assert changes(exercise, other) == ("points", "seed", "class_balance", "method")
    assert changes(exercise, Attempt("island", 0, {"method": "hamr-plus", "tau": 2.0})) == ()


def test_other_points_have_nothing_to_measure():
    exercise, own = ALL["island"], playground(ALL["even"])
    other = Attempt("imbalanced", 0, {"method": "hamr-plus"})
    found = verdict(exercise, other, own.points, own.at(1))
    assert np.isnan(found.value)
    assert not found.solved
    assert found.touched == ("points",)
