"""The page Learn, opened by AppTest; the helper's work is done in this process."""

import json

import pytest

from hamr.jobs import playing
from hamr.playground import CLASSES
from hamr.ui.learn.painting import as_link, from_link, read_points

PAGE = "pages/10_Learn.py"


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """The helper process' answers, without the process."""
    own = playing.Playgrounds()

    class Helper:
        pid = 1

        def ask(self, do, **message):
            assert do == "playground"
            return json.loads(json.dumps(own.step(**message)))

    monkeypatch.setattr(playing, "helper_of", lambda home: Helper())


def shown(app):
    """The data of the stepper."""
    assert not app.exception
    return json.loads(app.get("bidi_component")[0].proto.json)


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


@pytest.mark.parametrize("value", ["much", "nan", ""])
def test_a_slider_value_that_is_no_number_is_refused_in_a_sentence(visit, value):
    app = visit(PAGE, gamma=value)
    assert app.slider(key="learn.hamr-plus.gamma").value == 0.9
    assert bool(app.error) == bool(value)
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


def test_painting_says_what_to_do_first(visit):
    app = visit(PAGE, points="painted")
    assert "Choose a class" in app.info[0].value
    assert len(app.get("bidi_component")) == 1


def test_painted_points_in_a_link_are_trained_on(visit):
    points = tuple((x / 10, 0.5 * (x % 2), x % 2) for x in range(-9, 10))
    app = visit(PAGE, points="painted", paint=as_link(points))
    data = json.loads(app.get("bidi_component")[-1].proto.json)
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
    assert json.loads(app.get("bidi_component")[-1].proto.json)["stages"]


def test_points_survive_the_link():
    points = ((-1.0, 1.0, 0), (0.25, -0.75, 2), (1.0, -1.0, 1))
    assert from_link(as_link(points)) == points


@pytest.mark.parametrize(
    "sent", [None, 3, "abc", [[1, 2]], [[0, 0, len(CLASSES)]], [[2, 0, 0]], [["a", 0, 0]]]
)
def test_what_is_no_list_of_points_is_ignored(sent):
    assert read_points(sent) == ()
