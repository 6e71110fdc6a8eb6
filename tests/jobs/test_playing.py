"""The helper's playgrounds: what the page Learn asks of another process."""

import json

import pytest

from hamr.errors import DataError, SettingError
from hamr.jobs import playing
from hamr.jobs.helper_process import Answers
from hamr.jobs.playing import MOST, Playgrounds, Setup, last_step, step_of
from hamr.playground.recorded import METHODS, STEPS


class Process:
    """A helper whose answers go through JSON, as those of a process do."""

    def __init__(self):
        self.own = Playgrounds()

    def __call__(self, do, **message):
        assert do == "playground"
        return json.loads(json.dumps(self.own.step(**json.loads(json.dumps(message)))))


@pytest.fixture(scope="module")
def ask():
    return Process()


def setup(method="hamr", **values):
    return Setup(**{"settings": (("method", method), ("epochs", 2)), **values})


@pytest.mark.parametrize("method", ["hamr", "hamr-plus", "erm", "meta-weight-net"])
def test_the_number_of_steps_is_known_without_a_model(tmp_path, ask, method):
    own = setup(method)
    found = step_of(tmp_path, own, last_step(own), ask=ask)
    assert found.view.step == found.last_step == last_step(own)


def test_a_restarted_helper_shows_the_same_step(tmp_path, ask):
    first = ask("playground", **setup().message(), step=6)
    again = Process()("playground", **setup().message(), step=6)
    assert first == again


def test_painted_points_are_trained_on(tmp_path, ask):
    own = setup(preset="painted", painted=((0.0, 0.5, 0), (0.5, 0.0, 1), (0.1, 0.4, 0)))
    assert step_of(tmp_path, own, 1, ask=ask).classes == ("A", "B")


def test_the_helper_forgets_playgrounds_that_were_not_asked_for_lately(ask):
    for seed in range(MOST + 3):
        ask("playground", **setup("erm", seed=seed).message(), step=1)
    assert len(ask.own._kept) == MOST


def test_an_unknown_preset_and_a_setting_out_of_range_are_refused(tmp_path, ask):
    with pytest.raises(DataError, match="spiral"):
        step_of(tmp_path, setup(preset="spiral"), 1, ask=ask)
    with pytest.raises(SettingError, match="gamma"):
        step_of(tmp_path, Setup(settings=(("gamma", 2.0),)), 1, ask=ask)


def test_an_error_of_the_program_fails_one_request_and_not_the_process(capsys):
    answers = Answers(None)
    answers._requests["playground"] = lambda **values: 1 / 0
    failed = answers.answer({"do": "playground"})
    assert failed["error"]["kind"] == "HelperError"
    assert "ZeroDivisionError" in failed["error"]["sentence"]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_full_memory_still_ends_the_process():
    answers = Answers(None)

    def full(**values):
        raise MemoryError

    answers._requests["playground"] = full
    with pytest.raises(MemoryError):
        answers.answer({"do": "playground"})


class Sleeping:
    """A helper whose process does not run, and that is not to be waited for."""

    def __init__(self, pid=None):
        self.pid, self.submitted = pid, []

    def submit(self, do, **message):
        self.submitted.append((do, message))

    def ask(self, do, **message):
        raise AssertionError("the page would wait for the helper")


@pytest.mark.parametrize("method", METHODS)
def test_the_first_steps_need_no_helper_and_start_it(tmp_path, monkeypatch, method):
    helper = Sleeping()
    monkeypatch.setattr(playing, "helper_of", lambda home: helper)
    own = Setup(settings=(("method", method),))
    found = step_of(tmp_path, own, STEPS)
    assert found.view.step == STEPS
    assert found.last_step == last_step(own)
    ((do, message),) = helper.submitted
    assert Playgrounds().step(**message)["view"]["step"] == STEPS
    assert do == "playground"


def test_a_helper_that_runs_is_not_asked_for_recorded_steps(tmp_path, monkeypatch):
    helper = Sleeping(pid=1)
    monkeypatch.setattr(playing, "helper_of", lambda home: helper)
    step_of(tmp_path, Setup(settings=(("method", METHODS[0]),)), 1)
    assert helper.submitted == []


@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"preset": "noise"}, {"settings": (("method", METHODS[0]), ("tau", 1.0))},
     {"settings": (("method", "hamr"),)}, {"settings": ()}],
)  # fmt: skip
def test_another_setup_is_computed(tmp_path, monkeypatch, other):
    monkeypatch.setattr(playing, "helper_of", lambda home: Sleeping())
    own = Setup(**{"settings": (("method", METHODS[0]),), **other})
    with pytest.raises(AssertionError, match="wait for the helper"):
        step_of(tmp_path, own, 1)
