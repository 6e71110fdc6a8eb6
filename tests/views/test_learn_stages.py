"""The stages of a step as text: each number is the library's own, rounded."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.playground import playground_settings, preset_points
from hamr.playground.playground import Playground
from hamr.views.learn.numbers import number, setting, times
from hamr.views.learn.stages import NOT_DRAWN, stages_of

DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def value_of(text):
    """The number that `number` wrote."""
    mantissa, _, exponent = text.translate(DIGITS).partition(" × 10")
    return float(mantissa) * 10 ** int(exponent or 0)


def numbers_in(text):
    """All numbers of a sentence, without those of 10⁻⁶."""
    text = text.replace("10⁻⁶", "").replace("−", "-")
    return [float(found) for found in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text)]


@pytest.fixture(scope="module")
def told():
    points, settings = preset_points("noise"), playground_settings(method="hamr")
    view = Playground(points, settings).at(17)
    return view, settings, {stage.key: stage for stage in stages_of(view, points, settings)}


@given(st.floats(-1e6, 1e6))
def test_a_number_keeps_three_digits(value):
    # The smallest floats have fewer digits themselves.
    written = value_of(number(value))
    assert math.isclose(written, value, rel_tol=0.0051, abs_tol=1e-300)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1.234, "1.23"), (-0.5, "−0.500"), (0.99999, "1.00"), (3.2e-7, "3.20 × 10⁻⁷"),
     (123.4, "123")],
)  # fmt: skip
def test_numbers_are_written_as_people_write_them(value, text):
    assert number(value) == text


def test_settings_are_written_as_they_were_typed():
    assert [setting(0.7), setting(8.0), setting(1e-05)] == ["0.7", "8", "1e−05"]


def test_counts_are_words_as_far_as_there_are_words():
    assert [times(1), times(2), times(3)] == ["once", "twice", "3 times"]


def test_the_probability_of_each_point_is_the_result_of_its_equation(told):
    view, settings, stages = told
    for row in range(len(view.probability)):
        hardness, _tau, _one, strength, boost, total, chance, ratio = numbers_in(
            stages["draw"].numbers[row].split(" In this")[0].split(" This")[0]
        )
        assert chance == pytest.approx(view.probability[row], rel=0.01)
        assert ratio == pytest.approx(view.probability[row] * len(view.probability), abs=0.01)
        made = hardness**settings.tau * (1 + strength * boost) / total
        assert made == pytest.approx(chance, rel=0.03)


def test_the_z_score_of_each_point_is_the_result_of_its_equation(told):
    view, _, stages = told
    for i, row in enumerate(view.rows.tolist()):
        said = numbers_in(stages["loss"].numbers[row])
        assert said[-1] == pytest.approx(view.z[view.rows == row][-1], abs=0.006)
        assert said[1] == pytest.approx(view.loss[view.rows == row][-1], rel=0.01)
        assert i < len(view.rows)


def test_a_weight_is_the_quotient_of_its_equation_or_clipped(told):
    view, settings, stages = told
    for row in set(view.rows.tolist()):
        text = stages["pre"].numbers[row]
        _z, s, _again, mean, weight = numbers_in(text)
        assert weight == pytest.approx(view.pre[view.rows == row][-1], rel=0.01)
        if "clipped" in text:
            assert weight in (settings.weight_low, settings.weight_high)
        else:
            assert s / mean == pytest.approx(weight, rel=0.02)


def test_the_sign_of_the_meta_gradient_is_said_in_words(told):
    view, _, stages = told
    for row in set(view.rows.tolist()):
        gradient = view.meta.gradient[view.rows == row][-1]
        assert ("lower" if gradient < 0 else "raise") in stages["gradient"].numbers[row]


def test_hardness_is_the_result_of_its_equation(told):
    view, _, stages = told
    for row in set(view.rows.tolist()):
        text = stages["update"].numbers[row]
        assert numbers_in(text)[-1] == pytest.approx(view.hardness[row], rel=0.01)
        if not text.startswith("Drawn"):
            gamma, old, rest, post, new = numbers_in(text)
            assert gamma * old + rest * post == pytest.approx(new, rel=0.02)


def test_a_point_outside_the_batch_says_so(told):
    view, _, stages = told
    outside = np.setdiff1d(np.arange(len(view.probability)), view.rows)
    assert all(NOT_DRAWN in stages["draw"].numbers[row] for row in outside.tolist())
    assert not set(outside.tolist()) & stages["loss"].numbers.keys()


def test_stages_that_a_method_lacks_are_left_out():
    points, settings = preset_points("overlap"), playground_settings(method="focal")
    found = stages_of(Playground(points, settings).at(2), points, settings)
    assert [stage.key for stage in found] == ["draw", "loss", "update"]
    assert "focal" in found[1].equation


@pytest.mark.parametrize(
    ("method", "said"),
    [("hamr", ""), ("hamr-plus", "the loss with balanced classes and soft targets"),
     ("hamr-plus-no-soft-targets", "the loss with balanced classes.")],
)  # fmt: skip
def test_the_stages_say_of_which_loss_the_gradients_are(method, said):
    points, settings = preset_points("overlap"), playground_settings(method=method)
    found = stages_of(Playground(points, settings).at(1), points, settings)
    own = [stage.why for stage in found if stage.key in ("virtual", "update")]
    assert all(said in why if said else "the loss with" not in why for why in own)
