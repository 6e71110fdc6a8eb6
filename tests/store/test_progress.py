from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.config import RunSettings, TrainingSettings
from hamr.store.info import run_info
from hamr.store.progress import PHASES, run_progress
from hamr.store.tables import RunRow

START = 1_700_000_000.0


def info(epochs=10):
    moment = datetime.fromtimestamp(START, UTC)
    settings = RunSettings(training=TrainingSettings(epochs=epochs)).model_dump(mode="json")
    row = RunRow(
        id="x", name="x", status="running", settings=settings, created=moment, started=moment,
        epochs_done=0,
    )  # fmt: skip
    return run_info(row, None)


def told(phase, done, total, seconds):
    return {
        "kind": "progress", "phase": phase, "done": done, "total": total, "message": phase,
        "time": START + seconds,
    }  # fmt: skip


def test_nothing_is_told_before_the_first_event():
    assert run_progress(info(), []) is None


def test_events_of_an_earlier_start_do_not_count():
    assert run_progress(info(), [told("testing", 1, 1, -5)]) is None


@given(
    st.lists(st.tuples(st.sampled_from(PHASES), st.integers(0, 10), st.floats(0, 3)), min_size=1)
)
def test_fraction_only_grows(steps):
    clock, events, before = 0.0, [], 0.0
    for phase, done, seconds in steps:
        clock += seconds
        events.append(told(phase, done, 10, clock))
        progress = run_progress(info(), events, now=START + clock)
        assert before <= progress["fraction"] <= 1
        assert progress["seconds_left"] is None or progress["seconds_left"] >= 0
        before = progress["fraction"]


def test_time_left_is_the_rest_at_the_pace_so_far():
    events = [told("training", done, 100, done * 0.5) for done in range(0, 41, 10)]
    progress = run_progress(info(), events, now=START + 20)
    assert progress["seconds_left"] == pytest.approx(60 * 0.5 + 1)


def test_time_left_runs_down_between_two_events():
    events = [told("training", done, 100, done * 0.5) for done in range(0, 41, 10)]
    assert run_progress(info(), events, now=START + 22)["seconds_left"] == pytest.approx(29)


def test_pace_is_that_of_the_last_minute():
    slow = [told("training", done, 1000, done * 10) for done in range(0, 11)]
    quick = [told("training", 10 + done, 1000, 100 + done) for done in range(1, 91)]
    left = run_progress(info(), slow + quick, now=START + 190)["seconds_left"]
    assert left == pytest.approx(900 + 1)


def test_pace_is_known_where_events_lie_further_apart_than_a_minute():
    events = [told("training", 100 * i, 1000, 90 * i) for i in range(4)]
    progress = run_progress(info(), events, now=START + 270)
    assert progress["seconds_left"] == pytest.approx(700 / 100 * 90 + 1)


def test_phase_found_in_the_cache_is_passed_over():
    loading = run_progress(info(), [told("loading", 1, 1, 0)])["fraction"]
    training = run_progress(info(), [told("training", 0, 10, 1)])["fraction"]
    assert loading < 0.1 < training


def test_map_is_no_part_of_the_run():
    events = [told("training", 5, 10, 1), {**told("training", 0, 1, 2), "phase": "mapping"}]
    assert run_progress(info(), events)["done"] == 5
