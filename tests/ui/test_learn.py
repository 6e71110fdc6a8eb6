"""The page Learn, opened by AppTest."""

import json

import pytest

from hamr.errors import TrainingError
from hamr.playground import CLASSES
from hamr.playground.exercises import exercises
from hamr.ui.learn import page
from hamr.ui.learn.controls import SLIDERS
from hamr.ui.learn.painting import as_link, from_link, read_points

PAGE = "pages/10_Learn.py"


def shown(app):
    """The data of the stepper."""
    assert not app.exception
    return json.loads(app.get("bidi_component")[0].proto.json)[0]


def test_the_page_opens_at_the_first_stage_of_the_first_step(visit):
    data = shown(visit(PAGE))
    assert (data["step"], data["stage"], data["title"]) == (1, 0, "HAMR+")
    assert [stage["key"] for stage in data["stages"]] == [
        "draw", "loss", "pre", "virtual", "gradient", "post", "update", "next",
    ]  # fmt: skip


def test_a_link_opens_its_step_stage_method_and_points(visit):
    app = visit(PAGE, step="17", stage="3", method="hamr", points="noise", beside="focal")
    data = shown(app)
    assert (data["step"], data["stage"], data["title"]) == (17, 2, "HAMR")
    assert data["beside"]["title"] == "Focal loss"
    assert len(data["points"]["wrong"]) == 45


def test_a_slider_acts_at_once_and_goes_into_the_link(visit):
    app = visit(PAGE, step="5")
    before = shown(app)["stages"]
    app.slider(key="learn.hamr-plus.boost_strength").set_value(5.0).run()
    assert app.query_params["boost_strength"] == "5.0"
    after = shown(app)["stages"]
    assert after[-1]["numbers"] != before[-1]["numbers"]


def test_a_slider_in_the_link_is_kept_within_its_ends(visit):
    app = visit(PAGE, tau="99")
    assert app.slider(key="learn.hamr-plus.tau").value == 4.0
    assert "99 for τ" in app.warning[0].value and "from 0 to 4" in app.warning[0].value


@pytest.mark.parametrize("value", ["much", "nan", ""])
def test_a_slider_value_that_is_no_number_is_refused_in_a_sentence(visit, value):
    app = visit(PAGE, gamma=value)
    assert app.slider(key="learn.hamr-plus.gamma").value == 0.9
    assert not app.error
    assert bool(app.warning) == bool(value)
    shown(app)


@pytest.mark.parametrize("name", ["points", "method", "beside"])
def test_a_link_of_another_version_is_said_and_opens(visit, name):
    app = visit(PAGE, **{name: "spiral"})
    assert "spiral" in app.warning[0].value
    shown(app)


def test_a_step_beyond_the_end_opens_the_last_one(visit):
    app = visit(PAGE, step="999999")
    assert not app.error
    data = shown(app)
    assert data["step"] == data["last"]


def test_plain_training_has_three_stages(visit):
    data = shown(visit(PAGE, method="erm", beside="none"))
    assert [stage["key"] for stage in data["stages"]] == ["draw", "loss", "update"]
    assert data["beside"] is None


def test_a_setting_that_the_method_does_not_read_cannot_be_moved(visit):
    app = visit(PAGE, method="erm")
    assert app.slider(key="learn.erm.tau").disabled
    assert not app.slider(key="learn.erm.learning_rate").disabled


def test_settings_that_the_method_does_not_read_are_said_to_be_left_out(visit):
    app = visit(PAGE, method="erm", tau="2.0", learning_rate="0.01")
    assert "does not read τ" in app.warning[0].value
    assert "tau" not in app.query_params
    assert app.query_params["learning_rate"] == "0.01"


def test_a_slider_shows_all_digits_that_its_steps_change(visit):
    app = visit(PAGE)
    for slider in SLIDERS:
        shown_as = app.slider(key=f"learn.hamr-plus.{slider.name}").proto.format
        assert float(shown_as % slider.step) == slider.step


def test_the_other_method_has_the_moved_settings_that_both_read(visit):
    data = shown(visit(PAGE, step="20", learning_rate="0.02", tau="2.0", beside="erm"))
    assert "with η as set here and otherwise its own defaults" in data["beside"]["said"]
    alone = shown(visit(PAGE, step="20", tau="2.0", beside="erm"))
    assert "with its own defaults" in alone["beside"]["said"]
    own = shown(visit(PAGE, method="erm", step="20", learning_rate="0.02", beside="none"))
    assert data["beside"]["f1"] == own["f1"] != alone["beside"]["f1"]


def test_the_chosen_point_of_a_link_is_chosen(visit):
    assert shown(visit(PAGE, point="12"))["point"] == 12
    assert shown(visit(PAGE))["point"] == -1


def test_painting_says_what_to_do_first(visit):
    app = visit(PAGE, points="painted")
    assert "Choose a class" in app.info[0].value
    assert len(app.get("bidi_component")) == 1


def test_painted_points_in_a_link_are_trained_on(visit):
    points = tuple((x / 10, 0.5 * (x % 2), x % 2) for x in range(-9, 10))
    app = visit(PAGE, points="painted", paint=as_link(points))
    (data,) = json.loads(app.get("bidi_component")[-1].proto.json)
    assert data["classes"] == ["A", "B"]
    assert data["step"] == 1


@pytest.mark.parametrize("text", ["x", "%%%", "AAAA" * 9 + "A"])
def test_a_damaged_link_of_points_is_said_in_a_sentence(visit, text):
    app = visit(PAGE, points="painted", paint=text)
    assert not app.exception
    assert "Paint them again" in app.error[0].value


@pytest.mark.parametrize("points", [((0.0, 0.0, 0),), tuple((0.1, 0.1, 1) for _ in range(5))])
def test_one_point_and_points_of_one_class_are_shown(visit, points):
    app = visit(PAGE, points="painted", paint=as_link(points), step="9")
    assert not app.exception
    assert json.loads(app.get("bidi_component")[-1].proto.json)[0]["stages"]
    assert "All points are of one class" in " ".join(caption.value for caption in app.caption)


def test_points_survive_the_link():
    points = ((-1.0, 1.0, 0), (0.25, -0.75, 2), (1.0, -1.0, 1))
    assert from_link(as_link(points)) == points


@pytest.mark.parametrize(
    "sent", [None, 3, "abc", [[1, 2]], [[0, 0, len(CLASSES)]], [[2, 0, 0]], [["a", 0, 0]]]
)
def test_what_is_no_list_of_points_is_ignored(sent):
    assert read_points(sent) == ()


# ---- links that were damaged or are of another version ------------------------------------------


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("step", "x", "for the step"),
        ("step", "-3", "for the step"),
        ("stage", "½", "for the stage"),
        ("seed", "9z", "for the seed"),
        ("v", "2", "newer version"),
        ("v", "zz", "for its version"),
        ("v", "9" * 5000, "for its version"),
        ("exercise", "[x](http://x)", "no exercise"),
        ("tau", "9" * 5000 + "x", "no number for τ"),
        ("v", "0", "for its version"),
        ("seed", "99999", "at most 9999"),
        ("stage", "99", "at most 8"),
        ("step", "999", "the last one, 240, is shown"),
        ("side", "yes", "for side by side"),
        ("point", "x", "for the point"),
        ("point", "300", "at most 299"),
    ],
)
def test_what_a_link_has_wrong_is_said_and_the_rest_is_kept(visit, part, value, said):
    app = visit(PAGE, points="noise", **{part: value})
    assert said in app.warning[0].value
    assert not app.error
    assert len(shown(app)["points"]["wrong"]) == 45


@pytest.mark.parametrize("part", ["step", "stage", "seed", "gamma", "neighbours"])
def test_a_number_of_thousands_of_digits_opens(visit, part):
    shown(visit(PAGE, **{part: "9" * 5000}))


def test_fields_that_are_not_known_are_ignored(visit):
    app = visit(PAGE, step="3", smoothing="0.2", curve="old")
    assert not app.warning
    assert shown(app)["step"] == 3


def test_a_warning_on_the_link_goes_with_the_next_act(visit):
    app = visit(PAGE, seed="9z")
    assert app.warning
    app.selectbox(key="learn.points").set_value("noise").run()
    assert not app.warning


@pytest.mark.parametrize("method", ["hamr", "hamr-plus"])
@pytest.mark.parametrize("end", ["low", "high"])
def test_all_sliders_at_their_ends_open(visit, method, end):
    ends = {slider.name: str(getattr(slider, end)) for slider in SLIDERS}
    app = visit(PAGE, method=method, step="40", **ends)
    assert not app.error
    shown(app)


def test_a_step_that_diverges_is_a_sentence_and_the_controls_stay(visit, monkeypatch):
    def diverges(*_, **__):
        raise TrainingError("The loss is NaN or infinite: lower the learning rate")

    monkeypatch.setattr(page, "step_of", diverges)
    app = visit(PAGE, tau="2.0")
    assert not app.exception
    assert "lower the learning rate" in app.error[0].value
    assert app.slider(key="learn.hamr-plus.tau").value == 2.0


# ---- exercises ----------------------------------------------------------------------------------


def buttons(app):
    return {button.label: button for button in app.button}


def words(app):
    return " ".join(found.value for found in app.markdown)


def test_an_exercise_puts_the_page_where_it_starts(visit):
    app = visit(PAGE, points="noise", tau="3.0", step="9")
    app.selectbox(key="learn.exercise").set_value("clips").run()
    data = shown(app)
    assert (data["title"], data["step"], data["stage"]) == ("HAMR", 24, 5)
    assert app.slider(key="learn.hamr.tau.1").value == 0.7
    assert "Needed: at most 0.05" in words(app)
    assert "Solved" not in words(app)
    assert app.query_params["exercise"] == "clips"


def test_sliders_solve_an_exercise_and_it_stays_solved(visit):
    app = visit(PAGE, exercise="clips", points="overlap", method="hamr", step="24")
    app.slider(key="learn.hamr.weight_low").set_value(0.95).run()
    assert "Solved" not in words(app)
    app.slider(key="learn.hamr.weight_high").set_value(1.05).run()
    assert "Solved" in words(app)
    assert exercises()["clips"].explanation in words(app)
    assert app.query_params["solved"] == "clips"
    buttons(app)["Start again"].click().run()
    assert "Solved" not in words(app)
    assert app.slider(key="learn.hamr.weight_low.1").value == 0.1
    assert exercises()["clips"].explanation in words(app)
    assert app.query_params["solved"] == "clips"


def test_what_an_exercise_forbids_does_not_count(visit):
    app = visit(PAGE, exercise="even", points="imbalanced", method="hamr", step="12", tau="0.0",
                boost_strength="0.0", gamma="0.5")  # fmt: skip
    assert "This does not count: γ may not be changed here." in words(app)
    assert "solved" not in app.query_params


def test_hints_come_one_by_one(visit):
    app = visit(PAGE, exercise="even", points="imbalanced", method="hamr", step="12")
    hints = exercises()["even"].hints
    for number, hint in enumerate(hints):
        assert hint not in words(app)
        buttons(app)[f"Show a hint ({len(hints) - number} left)"].click().run()
        assert hint in words(app)
    assert buttons(app)["No more hints"].disabled


def test_an_audience_sees_how_far_an_exercise_is_in_a_line_and_its_question_folded(visit):
    app = visit(PAGE, exercise="even", points="imbalanced", method="hamr", step="12", present="1")
    (folded,) = app.expander
    assert any(exercises()["even"].question in one.value for one in folded.markdown)
    assert "**Exercise 1** :material/straighten: Largest over" in words(app)


def test_solved_exercises_of_a_link_are_marked_and_others_ignored(visit):
    app = visit(PAGE, solved="even.spiral.rare")
    options = app.selectbox(key="learn.exercise").options
    assert options[0] == "Exercises: 2 of 6 solved"
    assert [option for option in options if option.endswith("✓")] == [options[1], options[4]]


def test_an_exercise_without_its_points_says_so(visit):
    app = visit(PAGE, exercise="island", points="noise")
    assert "nothing to measure on these points" in words(app)
    shown(app)


# ---- the beginning, and another method ---------------------------------------------------------


def test_only_a_link_to_nothing_begins_to_play(visit):
    assert shown(visit(PAGE))["begins"]
    for part, value in {"step": "2", "stage": "3", "points": "noise", "method": "hamr"}.items():
        assert not shown(visit(PAGE, **{part: value}))["begins"]


def test_both_methods_have_their_f1_by_class(visit):
    data = shown(visit(PAGE, step="20", side="1"))
    assert len(data["f1"]) == len(data["beside"]["f1"]) == len(data["classes"])
    assert data["together"]
