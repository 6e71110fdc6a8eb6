import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hamr.config import RunSettings
from hamr.records import Progress, StepRecord


@pytest.fixture
def run(store):
    return store.create_run(RunSettings())


def test_events_come_back_in_order_with_time_and_kind(run):
    run.append_event(Progress("loading", 1, 2, "rows"))
    run.append_event(StepRecord(1, 1, 0.5, None, (0.1, 1.0), 0.0, 0.0, 10.0))
    run.log("a sentence")
    events, _ = run.events()
    assert [event["kind"] for event in events] == ["progress", "step", "log"]
    assert events[0]["time"] <= events[2]["time"]
    assert events[1]["weight_percentiles"] == [0.1, 1.0]


def test_reading_goes_on_where_it_ended(run):
    run.log("one")
    _, offset = run.events()
    run.log("two")
    events, end = run.events(offset)
    assert [event["message"] for event in events] == ["two"]
    assert run.events(end) == ([], end)


def test_half_a_line_waits_until_it_is_whole(run):
    run.log("one")
    path = run.folder / "events.jsonl"
    with open(path, "ab") as file:
        file.write(b'{"kind": "log", "mess')
    events, offset = run.events()
    assert len(events) == 1
    with open(path, "ab") as file:
        file.write(b'age": "two"}\n')
    assert run.events(offset)[0] == [{"kind": "log", "message": "two"}]


def test_line_of_a_dead_writer_is_skipped(run):
    with open(run.folder / "events.jsonl", "ab") as file:
        file.write(b'{"kind": "log", "mess')
    run.log("after")
    assert [event["message"] for event in run.events()[0]] == ["after"]


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(message=st.text(), value=st.floats())
def test_any_message_and_number_is_one_line(run, message, value):
    _, offset = run.events()
    run.log(message, value=value)
    (event,), _ = run.events(offset)
    assert event["value"] is None or event["value"] == value
    assert event["message"] == message


def test_run_without_events_has_none(run):
    assert run.events() == ([], 0)
