"""The stages of a step as text: each number is the library's own, rounded."""

import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.jobs.playing import Shown
from hamr.playground import CLASSES, painted, playground_settings, preset_points
from hamr.playground.playground import Playground
from hamr.views.learn.draw_reason import draw_reason
from hamr.views.learn.numbers import counted, number, ratio, setting, times
from hamr.views.learn.picture import picture
from hamr.views.learn.stages import NOT_DRAWN, Told, stage_count, stages_of

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
    "method", ["erm", "hamr-plus", "hamr-no-meta-weights", "hamr-no-resampling", "lilaw"]
)
def test_stages_are_counted_without_a_step(method):
    points, settings = preset_points("overlap"), playground_settings(method=method)
    found = stages_of(Playground(points, settings).at(1), points, settings)
    assert stage_count(settings) == len(found)


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


def test_the_sentence_of_a_row_is_made_when_it_is_asked_for():
    asked = []
    told = Told({7: 0, 9: 1}, lambda i: asked.append(i) or f"row {i}")
    assert list(told) == [7, 9] and len(told) == 2 and not asked
    assert (told[9], told.get(8)) == ("row 1", None)
    assert asked == [1]


def stages_by_key(points, step=1, **changes):
    settings = playground_settings(**changes)
    found = stages_of(Playground(points, settings).at(step), points, settings)
    return {stage.key: stage for stage in found}


@pytest.mark.parametrize(
    ("method", "has", "has_not"),
    [("meta-weight-net", "clip(", "group of"), ("cmw-net", "group of", "clip("),
     ("lilaw", "exp(", "clip(")],
)  # fmt: skip
def test_the_equation_of_weights_is_that_of_the_method(method, has, has_not):
    stages = stages_by_key(preset_points("overlap"), step=12, method=method)
    for stage in (stages["pre"], stages["post"]):
        assert has in stage.equation
        assert has_not not in stage.equation
        assert ("Adam" in stages["post"].why) == (method != "lilaw")
        assert ("z-score" in stages["pre"].why) == (method == "meta-weight-net")
    assert ("do not follow" in stages["gradient"].why) == (method == "lilaw")


def test_the_update_of_even_weights_has_no_weight_in_its_equation():
    points = preset_points("overlap")
    assert "w<sub>" not in stages_by_key(points, method="erm")["update"].equation
    own = stages_by_key(points, method="hamr-no-meta-weights")["update"]
    assert "w<sub>i</sub> l<sub>" not in own.equation
    assert "fixed curve" in own.why
    assert "weighted batch" not in own.why


def test_losses_that_are_all_alike_are_not_divided_by_zero():
    alone = stages_by_key(painted([(0.2, 0.3, 1)]), step=3)
    assert "/ 10⁻⁶ = 0." in alone["loss"].numbers[0]


def test_of_two_points_there_is_one_seed_with_one_neighbour():
    pair = stages_by_key(painted([(0.2, 0.3, 1), (-0.2, -0.3, 0)]))["next"]
    assert "1 seed (outlined) with 1 neighbour each." in pair.general


def test_a_batch_that_is_drawn_with_replacement_has_draws_and_a_pass_has_points():
    points = preset_points("overlap")
    drawn, passed = (stages_by_key(points, method=name)["draw"] for name in ("hamr", "erm"))
    assert "draws from" in drawn.general
    assert "draws from" not in passed.general


@pytest.mark.parametrize(
    ("factors", "times_average", "said"),
    [((1, 1), 1, "Neither hardness nor boost changes it."),
     ((1, 1), 0.9, "Its own hardness and boost leave it, those of others change its share."),
     ((1.3, 1.4), 1.2, "Its hardness and its boost raise it."),
     ((1.3, 1), 0.9, "Its hardness raises it, but others are raised more."),
     ((0.8, 1), 0.7, "Its hardness lowers it."),
     ((0.8, 1.4), 1.1, "Its boost raises it, its hardness lowers it.")],
)  # fmt: skip
def test_why_a_row_is_drawn_is_said_in_words(factors, times_average, said):
    assert draw_reason(*factors, times_average) == said


def test_things_are_counted_in_the_singular_and_the_plural():
    assert [counted(0, "seed"), counted(1, "seed"), counted(1200, "seed")] == [
        "0 seeds", "1 seed", "1,200 seeds",
    ]  # fmt: skip
    assert [ratio(0.95), ratio(0), ratio(0.00012)] == ["0.95", "0.00", "0.000120"]


def drawn_curves(method, step=12):
    points, settings = preset_points("imbalanced"), playground_settings(method=method)
    own = Playground(points, settings)
    view = own.at(step)
    shown = Shown(view, own.classes, own.last_step)
    return (
        view,
        points,
        json.loads(json.dumps(picture(shown, points, settings, title="")))["curves"],
    )


def test_a_method_with_a_curve_for_each_class_shows_them_with_its_points():
    view, points, curves = drawn_curves("cmw-net")
    assert curves["names"] == ["C", "B", "A"]  # the rarest class first
    own = [curves["names"].index(CLASSES[label]) for label in points.train.labels[view.rows]]
    for name, s in (("on_before", view.pre), ("on_after", view.post)):
        on = np.array(curves[name])
        assert np.allclose(on / on.mean(), s, rtol=0.02)  # w = s / mean(s)
    assert len(curves["before"]) == len(curves["after"]) == 3 and set(own) <= {0, 1, 2}


def test_a_method_of_three_numbers_shows_its_weights_over_probabilities():
    view, _, curves = drawn_curves("lilaw", step=30)
    assert np.allclose(curves["at"], np.exp(-view.loss), atol=1e-3)
    assert np.allclose(curves["on_after"], view.post, atol=1e-3)
    assert curves["axes"]["x"] == "probability of the label"
    assert curves["axes"]["top"] >= view.post.max()
