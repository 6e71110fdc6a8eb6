"""The current label of a row: what was decided, otherwise what it came with."""

from datetime import UTC, datetime

from hamr.decisions import CurrentLabels, Event, fold

ORIGINAL = {"r1": "x", "r2": "x", "r3": "x"}.__getitem__


def event(version, row, new, annotator="ada"):
    act, time = f"act {version}", datetime(2026, 1, 1, tzinfo=UTC)
    return Event(version, act, act, annotator, time, "label", row_id=row, old="x", new=new)


def current(*events):
    return CurrentLabels.of_states(fold(events).values())


def test_a_decided_row_has_the_decided_label_and_every_other_row_its_own():
    found = current(event(1, "r1", "y"))
    assert [found.label(row, ORIGINAL) for row in ("r1", "r2")] == ["y", "x"]


def test_a_row_in_conflict_keeps_its_original_label():
    found = current(event(1, "r1", "y"), event(2, "r1", "z", "bob"))
    assert found.label("r1", ORIGINAL) == "x"


def test_a_row_without_a_state_keeps_its_original_label():
    assert CurrentLabels.of_states([None]).label("r1", ORIGINAL) == "x"


def test_an_accepted_label_is_no_change():
    found = current(event(1, "r1", "x"), event(2, "r2", "y"))
    assert found.changes(ORIGINAL) == {"r2": "y"}


def test_decided_labels_are_found_by_position():
    assert current(event(1, "r2", "y")).among(["r3", "r2", "r1"]) == {1: "y"}


def test_a_sentence_without_entities_is_decided_too():
    assert CurrentLabels({"r1": ()}).label("r1", lambda row: ((0, 1, "person"),)) == ()
