"""Class acts: labels read as their classes are called, and an undo restores every one of them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamr.decisions import AS_THEY_CAME, CurrentLabels, Event, Log
from hamr.decisions.class_rules import check_act, check_turn
from hamr.errors import DecisionError

START = datetime(2026, 11, 28, 16, tzinfo=UTC)
CLASSES = ("a", "b", "c", "d")
ORIGINAL = {f"r{number}": CLASSES[number % 4] for number in range(8)}


class Told:
    """A log and what is said to it, refused like in the store."""

    def __init__(self):
        self.log = Log()

    def event(self, kind, *, act=None, row=None, new=None, content=None, who="ada"):
        version = self.log.version + 1
        return Event(
            version, f"client {version}", act or f"act {version}", who,
            START + timedelta(minutes=version), kind, row_id=row, new=new, content=content,
        )  # fmt: skip

    @property
    def keys(self):
        return self.log.class_keys(CLASSES)

    def act(self, kind, name, to=None, why=""):
        event = self.event(kind, content={"class": name, "why": why} | ({"to": to} if to else {}))
        check_act(event, self.log.classes.now, self.keys)
        self.log.add([event])
        return event.act_id

    def turn(self, act, kind="undo"):
        event = self.event(kind, act=act)
        check_turn(event, self.log.classes, self.keys)
        self.log.add([event])

    def label(self, row, new):
        self.log.add([self.event("label", row=row, new=new)])

    def names(self):
        return self.log.classes.now.given(self.keys)

    def labels(self):
        """The current label of every row."""
        current = CurrentLabels.of_states(self.log.states().values(), self.log.classes.now)
        return {row: current.label(row, ORIGINAL.__getitem__) for row in ORIGINAL}


@pytest.fixture
def told():
    return Told()


def test_a_renamed_class_reads_so_in_every_row(told):
    told.label("r1", "a")
    told.act("rename", "a", "refund")
    assert [told.labels()[row] for row in ("r0", "r1", "r4")] == ["refund"] * 3
    assert told.names() == ("refund", "b", "c", "d")


def test_a_label_given_under_the_new_name_stays_with_the_class_when_the_rename_is_undone(told):
    act = told.act("rename", "a", "refund")
    told.label("r1", "refund")
    told.turn(act)
    assert told.labels()["r1"] == "a" and told.names() == CLASSES


def test_an_undone_merge_leaves_what_was_given_since_to_the_remaining_class(told):
    told.label("r2", "a")
    act = told.act("merge", "a", "b")
    told.label("r3", "b")
    told.turn(act)
    assert [told.labels()[row] for row in ("r0", "r1", "r2", "r3")] == ["a", "b", "a", "b"]


def test_merging_ends_the_conflict_of_labels_that_are_one_class_now(told):
    told.label("r0", "a")
    told.log.add([told.event("label", row="r0", new="b", who="bob")])
    assert told.log.state("r0").conflict
    act = told.act("merge", "a", "b")
    assert told.log.state("r0").label == "b"
    told.turn(act)
    assert told.log.state("r0").conflict


def test_a_merge_then_a_rename_then_a_merge_lead_all_the_way(told):
    told.act("merge", "a", "b")
    told.act("rename", "b", "money")
    told.act("merge", "money", "c")
    told.act("rename", "c", "other")
    assert {told.labels()[row] for row in ("r0", "r1", "r2")} == {"other"}
    assert told.names() == ("other", "d")


def test_spans_have_their_types_renamed(told):
    told.act("rename", "a", "person")
    names = told.log.classes.now
    assert names.read(((0, 2, "a"), (3, 4, "b")), AS_THEY_CAME) == ((0, 2, "person"), (3, 4, "b"))


def test_an_earlier_version_reads_as_it_did_then(told):
    told.label("r1", "a")
    before = told.log.version
    told.act("rename", "a", "refund")
    assert told.log.states_at(before)["r1"].label == "a"
    assert told.log.state("r1").label == "refund"


@pytest.mark.parametrize(
    ("kind", "name", "to", "said"),
    [
        ("rename", "a", "b", "merge 'a' into 'b'"),
        ("rename", "a", "a", "called 'a' already"),
        ("rename", "x", "y", "there is no class 'x'"),
        ("merge", "a", "a", "into itself"),
        ("merge", "a", "x", "there is no class 'x'"),
        ("reinstate", "a", None, "is not retired"),
    ],
)
def test_acts_that_make_no_sense_are_refused(told, kind, name, to, said):
    with pytest.raises(DecisionError, match=said):
        told.act(kind, name, to)


def test_a_merge_can_not_lead_in_a_circle(told):
    told.act("merge", "a", "b")
    with pytest.raises(DecisionError, match="'a' was merged into 'b' by ada on 28 Nov 2026"):
        told.act("merge", "b", "a")


def test_no_other_class_gets_a_name_that_rows_came_with(told):
    told.act("rename", "a", "refund")
    with pytest.raises(DecisionError, match="is now called 'refund'"):
        told.act("rename", "b", "a")
    told.act("rename", "refund", "a")  # its own name again
    assert told.names() == CLASSES


def test_a_retired_class_names_who_retired_it_and_what_to_choose(told):
    told.act("retire", "a", why="too vague")
    with pytest.raises(DecisionError, match=r"retired by ada on .* \(too vague\): choose one of "):
        told.act("merge", "b", "a")
    assert told.names() == ("b", "c", "d") and told.labels()["r0"] == "a"
    told.act("reinstate", "a")
    assert told.names() == CLASSES


def test_the_last_class_can_not_be_retired(told):
    for name in "abc":
        told.act("retire", name)
    with pytest.raises(DecisionError, match="last class"):
        told.act("retire", "d")


def test_an_act_on_which_a_later_one_builds_is_undone_after_it(told):
    first = told.act("rename", "a", "x")
    second = told.act("rename", "x", "y")
    with pytest.raises(DecisionError, match="rename 'x' to 'y', by ada"):
        told.turn(first)
    told.turn(second)
    told.turn(first)
    assert told.names() == CLASSES


def test_a_name_that_another_class_took_meanwhile_is_not_taken_back(told):
    told.act("rename", "a", "x")
    second = told.act("rename", "x", "y")
    told.act("rename", "b", "x")
    with pytest.raises(DecisionError, match="called 'x' since"):
        told.turn(second)


def test_an_act_is_redone_only_while_it_still_fits(told):
    act = told.act("rename", "a", "x")
    told.turn(act)
    told.act("rename", "b", "x")
    with pytest.raises(DecisionError, match="merge 'a' into 'x'"):
        told.turn(act, "redo")


KINDS = st.sampled_from(["rename", "merge", "retire", "reinstate", "label", "undo"])


@given(st.lists(st.tuples(KINDS, st.integers(0, 7), st.integers(0, 7)), max_size=14))
def test_undoing_the_acts_from_the_last_restores_every_label(steps):
    """Whatever was done; labels given meanwhile stay with their class."""
    told, done = Told(), []
    for kind, one, two in steps:
        names = told.log.classes.now.among(told.keys)
        name, to = names[one % len(names)], [*names, "new", "newer"][two % (len(names) + 2)]
        before = told.labels(), told.names()
        try:
            if kind == "label":
                if name in told.names():
                    told.label(f"r{two}", name)
                    done.clear()  # what came before a label is not compared
            elif kind == "undo":
                if done:
                    act, was = done.pop()
                    told.turn(act)
                    assert (told.labels(), told.names()) == was
            else:
                to = to if kind in ("rename", "merge") else None
                done.append((told.act(kind, name, to), before))
        except DecisionError:
            assert (told.labels(), told.names()) == before
    while done:
        act, was = done.pop()
        told.turn(act)
        assert (told.labels(), told.names()) == was
        told.turn(act, "redo")
        told.turn(act)
        assert (told.labels(), told.names()) == was
