"""The map's points by what people have decided on their rows."""

from datetime import UTC, datetime

from hamr.decisions import fold
from hamr.decisions.records import Event
from hamr.views.neighbourhoods.decision_colours import KINDS, by_annotator, by_decision

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def events_of(*events: tuple[str, str, str, str | None]) -> list[Event]:
    """Events by (row, person, kind, label) on rows whose labels were "x"."""
    return [
        Event(at, f"c{at}", f"act{at}", who, NOW, kind, row, "train", old="x", new=label)
        for at, (row, who, kind, label) in enumerate(events, 1)
    ]


def colours(*events: tuple[str, str, str, str | None]) -> list[str]:
    """The colour's name of rows a to e, after these events."""
    found = by_decision(list("abcde"), fold(events_of(*events)), lambda row: "x")
    return [list(KINDS)[code] for code in found.codes]


def test_each_kind_of_row_has_a_colour_of_its_own():
    assert colours(
        ("a", "ada", "label", "x"),
        ("b", "ada", "label", "y"),
        ("c", "ada", "unsure", None),
        ("d", "ada", "label", "x"),
        ("d", "bob", "label", "y"),
    ) == ["label accepted", "label changed", "unsure", "in conflict", "not reviewed"]


def test_a_skipped_row_is_not_reviewed():
    assert colours(("a", "ada", "skip", None))[0] == "not reviewed"


def test_the_legend_counts_the_rows():
    found = by_decision(list("abc"), {}, lambda row: "x")
    assert found.labels is not None
    assert found.labels[0] == "not reviewed (3)"


def people(*events: tuple[str, str, str, str | None]) -> list[str]:
    """The legend's name of rows a to d, without its count, coloured by who decided."""
    found = by_annotator(list("abcd"), fold(events_of(*events)))
    assert found.labels is not None
    assert len(found.labels) == len(found.palette)
    return [found.labels[code].rpartition(" (")[0] for code in found.codes]


def test_rows_are_coloured_by_who_decided_on_them():
    assert people(
        ("a", "ada", "label", "x"),
        ("b", "bob", "label", "y"),
        ("c", "ada", "unsure", None),
        ("c", "bob", "label", "y"),
    ) == ["ada", "bob", "several people", "not reviewed"]


def test_the_twelfth_person_and_all_further_ones_share_a_colour():
    ids = [f"r{at}" for at in range(30)]
    events = [(row, f"person {at // 2}", "label", "x") for at, row in enumerate(ids)]
    found = by_annotator(ids, fold(events_of(*events)))
    assert found.labels is not None
    assert found.labels[-1] == "others (8)"
    assert len(found.palette) == len(found.labels) == len(set(found.palette))
