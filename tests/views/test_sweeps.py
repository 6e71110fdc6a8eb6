import numpy as np
import pytest

from hamr.config import DataSettings, TrainingSettings
from hamr.sweeps import plan, sweep_of
from hamr.views.train.sweeps import (
    Outcome,
    frame,
    lines,
    mean_and_half,
    rare_f1,
    rarest_third,
    seconds_left,
)


def outcomes(scores, methods=("erm", "hamr"), pace=4.0):
    """Outcomes of a sweep with those test scores, None for a run still to come."""
    seeds = tuple(range(len(scores) // len(methods)))
    runs = plan(sweep_of(DataSettings(), TrainingSettings(), methods, seeds, {}))
    return [
        Outcome(run)
        if score is None
        else Outcome(run, "id", "finished", score, score / 2, score, 1, 9.0, pace)
        for run, score in zip(runs, scores, strict=True)
    ]


def test_the_half_width_is_that_of_student_s_distribution():
    found = mean_and_half([0.5, 0.6, 0.7])
    assert found.mean == pytest.approx(0.6)
    assert found.half == pytest.approx(4.302653 * 0.1 / 3**0.5, rel=1e-6)  # t of 2 degrees
    assert str(found) == "0.600 ± 0.248"


def test_one_seed_has_no_half_width_and_none_no_mean():
    assert str(mean_and_half([0.5])) == "0.500"
    assert str(mean_and_half([])) == "–"


def test_the_rare_third_is_rounded_down_but_for_the_last_class():
    assert rarest_third(np.array([9, 1, 5, 1, 7, 8, 6])).tolist() == [1, 3]
    assert rarest_third(np.array([9, 1])).tolist() == [1]


def test_rare_classes_without_test_rows_say_nothing():
    f1, support = np.array([0.9, 0.4, 0.0]), np.array([5, 5, 0])
    assert rare_f1(f1, support, np.array([1, 2])) == pytest.approx(0.4)
    assert rare_f1(f1, support, np.array([2])) is None


def test_lines_stand_in_the_order_of_the_methods_and_average_over_seeds():
    erm, hamr = lines(outcomes([0.5, 0.8, 0.7, None]))
    assert (erm.method, erm.finished, erm.planned) == ("erm", 2, 2)
    assert erm.macro_f1.mean == pytest.approx(0.6)
    assert (hamr.finished, hamr.planned, str(hamr.macro_f1)) == (1, 2, "0.800")


def test_a_gap_keeps_its_reason_in_the_table():
    found = outcomes([0.5, None])
    found[1] = Outcome(found[1].planned, "id", "failed", reason="The loss is NaN")
    table = frame(lines(found))
    assert table["Runs"].tolist() == ["1 of 1", "0 of 1"]
    assert table["Gaps"].tolist() == ["", "The loss is NaN"]
    assert table["Test macro-F1"].tolist() == ["0.500", "–"]


def test_time_left_goes_by_what_each_method_took():
    found = outcomes([0.5, 0.5, None, None], pace=4.0)
    assert seconds_left(found, jobs=2) == pytest.approx(4.0)
    assert seconds_left(outcomes([None, None]), jobs=2) is None
