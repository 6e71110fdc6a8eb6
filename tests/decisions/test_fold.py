"""The state of rows from events: the same in steps as at once, undone as if never done."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hamr.decisions import Event, Log, State, fold

START = datetime(2026, 1, 1, tzinfo=UTC)
ROWS, PEOPLE, LABELS = ("r1", "r2"), ("ada", "bob", "cem"), ("x", "y", "z")


def event(version, row="r1", new="x", annotator="ada", kind="label", base=0, act=None):
    gives = kind in ("label", "resolve")
    return Event(
        version=version,
        client_id=f"client {version}",
        act_id=act or f"act {version}",
        annotator=annotator,
        time=START + timedelta(seconds=version),
        kind=kind,
        row_id=None if kind in ("undo", "redo") else row,
        new=new if gives else None,
        old="x" if gives else None,
        base=base,
    )


def turn(version, act, kind="undo", annotator="ada"):
    return event(version, kind=kind, act=act, annotator=annotator)


@st.composite
def histories(draw):
    """Up to twelve events: decisions, some of them in acts of several, undos and redos."""
    events: list[Event] = []
    undone: dict[str, bool] = {}
    owners: dict[str, str] = {}
    for version in range(1, draw(st.integers(1, 12)) + 1):
        act = draw(st.sampled_from([*undone, None])) if undone else None
        if act is not None and (undone[act] or draw(st.booleans())):
            undone[act] = not undone[act]
            events.append(turn(version, act, "undo" if undone[act] else "redo", owners[act]))
            continue
        act = act or f"act {version}"
        owner = owners.setdefault(act, draw(st.sampled_from(PEOPLE)))
        undone.setdefault(act, False)
        kind = draw(st.sampled_from(["label", "label", "unsure", "skip", "resolve"]))
        row, label = draw(st.sampled_from(ROWS)), draw(st.sampled_from(LABELS))
        base = draw(st.integers(0, version - 1))
        events.append(event(version, row, label, owner, kind, base, act))
    return events


def meaning(states: dict[str, State]) -> dict[str, object]:
    """What states say, without their versions."""
    return {
        row: (state.label, state.labels, state.conflict, state.kind, state.by)
        for row, state in states.items()
    }


def log_of(events: Sequence[Event]) -> Log:
    log = Log()
    log.add(events)
    return log


@given(histories(), st.data())
def test_in_steps_the_states_are_those_of_all_events_at_once(events, data):
    log, at = Log(), 0
    while at < len(events):
        end = data.draw(st.integers(at + 1, len(events)))
        log.add(events[max(0, at - 2) : end])  # known events are ignored
        log.states()
        at = end
    assert log.states() == fold(events)


@given(histories(), st.data())
def test_undo_and_then_redo_changes_nothing_but_versions(events, data):
    acts = [act for act, known in log_of(events).acts.items() if not known.undone]
    if acts:
        act = data.draw(st.sampled_from(acts))
        twice = [turn(len(events) + 1, act), turn(len(events) + 2, act, "redo")]
        assert meaning(fold([*events, *twice])) == meaning(fold(events))


@given(histories())
def test_events_of_different_rows_may_come_in_any_order(events):
    own = [e for e in events if e.row_id]  # undo and redo are about acts, which join rows
    by_row = sorted(own, key=lambda e: (ROWS.index(e.row_id), e.version))
    assert fold(own) == fold(by_row)


@given(histories())
def test_an_undone_last_act_is_as_if_it_never_was(events):
    last = event(len(events) + 1, "r1", "z", act="the last act")
    undone = [*events, last, turn(len(events) + 2, "the last act")]
    before = fold(events).get("r1", State("r1", 0, (), (), ()))
    assert meaning({"r1": fold(undone)["r1"]}) == meaning({"r1": before})


@given(histories())
def test_a_row_in_conflict_has_no_label_of_its_own(events):
    for state in fold(events).values():
        assert not (state.conflict and state.label is not None)
        assert len({one.annotator for one in state.open}) == len(state.open)


def test_the_last_label_of_an_annotator_counts():
    assert fold([event(1, new="x"), event(2, new="y")])["r1"].label == "y"


def test_unsure_takes_the_place_of_a_label_and_skip_does_not():
    assert fold([event(1), event(2, kind="unsure")])["r1"].kind == "unsure"
    assert fold([event(1), event(2, kind="skip")])["r1"].label == "x"


def test_unsure_of_one_leaves_the_label_of_another():
    state = fold([event(1, new="y"), event(2, kind="unsure", annotator="bob")])["r1"]
    assert (state.label, state.conflict) == ("y", False)


def test_annotators_who_come_to_agree_are_no_longer_in_conflict():
    events = [event(1, new="x"), event(2, new="y", annotator="bob")]
    assert fold(events)["r1"].conflict
    assert fold([*events, event(3, new="x", annotator="bob")])["r1"].label == "x"


def test_an_undone_resolve_brings_the_conflict_back():
    events = [
        event(1, new="x"),
        event(2, new="y", annotator="bob"),
        event(3, new="z", annotator="cem", kind="resolve", base=2),
    ]
    assert fold(events)["r1"].label == "z"
    assert fold([*events, turn(4, "act 3", annotator="cem")])["r1"].labels == ("x", "y")


def test_a_label_after_the_resolve_is_a_new_conflict():
    events = [
        event(1, new="x"),
        event(2, new="z", annotator="cem", kind="resolve", base=1),
        event(3, new="x", base=2),
    ]
    assert fold(events)["r1"].labels == ("z", "x")


def test_a_redone_decision_has_to_be_seen_again():
    events = [event(1, new="y"), turn(2, "act 1"), turn(3, "act 1", "redo")]
    state = fold(events)["r1"]
    assert [one.since for one in state.unseen("bob", base=2)] == [3]
    assert state.unseen("bob", base=3) == ()


def test_a_new_act_ends_what_can_be_redone():
    log = log_of([event(1), turn(2, "act 1")])
    assert log.next_redo("ada") == "act 1"
    log.add([event(3, "r2")])
    assert (log.next_redo("ada"), log.last_act("ada")) == (None, "act 3")


def test_a_pause_does_not_count_as_work():
    times = [START, START + timedelta(seconds=10), START + timedelta(hours=2)]
    log = log_of([replace(event(n, f"r{n}"), time=time) for n, time in enumerate(times, 1)])
    assert log.work("ada").seconds == 10
    assert log.work("ada").per_hour == 360


def at(seconds: float, n: int, row: str, act: str = ""):
    return replace(
        event(n, row, **({"act": act} if act else {})), time=START + timedelta(seconds=seconds)
    )


def test_rows_of_a_group_add_neither_time_nor_speed():
    log = log_of([at(0, 1, "a"), at(10, 2, "b"), *(at(20, n, f"r{n}", "all") for n in (3, 4, 5))])
    assert (log.work("ada").seconds, log.work("ada").timed) == (10, 1)


def test_a_row_decided_twice_is_one_row_in_the_time_of_both():
    log = log_of([at(0, 1, "a"), at(10, 2, "b"), at(20, 3, "b"), at(30, 4, "c")])
    assert (log.work("ada").seconds, log.work("ada").timed) == (30, 2)


def test_decisions_from_a_file_are_nobodys_speed():
    log = log_of([at(n / 1000, n, f"r{n}") for n in range(1, 50)])
    assert log.work("ada").per_hour is None
