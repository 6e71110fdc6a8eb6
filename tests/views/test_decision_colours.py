"""The map's points by what people have decided on their rows."""

from datetime import UTC, datetime

from hamr.decisions import fold
from hamr.decisions.records import Event
from hamr.views.neighbourhoods.decision_colours import KINDS, by_decision

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def colours(*events: tuple[str, str, str, str | None]) -> list[str]:
    """The colour's name of rows a to e, whose labels were "x", after (row, person, kind, label)."""
    made = [
        Event(at, f"c{at}", f"act{at}", who, NOW, kind, row, "train", old="x", new=label)
        for at, (row, who, kind, label) in enumerate(events, 1)
    ]
    found = by_decision(list("abcde"), fold(made), lambda row: "x")
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
