"""The current state of rows, computed from events and stored nowhere.

A row's state depends only on the events that touch it, and on their order:

1. A decision is valid unless its act was undone and not redone.
2. An annotator's opinion is their last valid decision; a skip replaces nothing.
3. A resolve settles the decisions up to its `base`, which its annotator had seen, and their own
   earlier ones. Later decisions of others stay open: nobody is overruled unseen.
4. Open labels that differ are a conflict.

5. A label was given blind if its annotator had seen nobody else's label of the row: no label of
   others has a version up to its `base`. Of several such labels of one annotator the last counts;
   what they say later, with others' labels in view, changes nothing about it.

Labels name classes as they were called when they were given. `relabel` says what they are called
now (see `class_acts`), so that labels that differed agree after their classes were merged.

Undo followed by redo changes only versions: a decision keeps its place in the order, but others
have to see it again (`Judgement.since`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from hamr.decisions.records import DECIDING, GIVING, TURNING, Event, Judgement, Label, State

# A label that was given at a version -> what it is called now.
Relabel = Callable[[Label | None, int], Label | None]


def as_given(label: Label | None, _version: int) -> Label | None:
    """The label itself: no class was renamed or merged."""
    return label


def fold(events: Iterable[Event], relabel: Relabel = as_given) -> dict[str, State]:
    """The state of each row that the events touch, by row id."""
    touching: dict[str, list[Event]] = {}
    acts: dict[str, dict[str, None]] = {}  # act -> its rows
    for event in events:
        if event.row_id is not None and event.kind in DECIDING:
            acts.setdefault(event.act_id, {})[event.row_id] = None
            touching.setdefault(event.row_id, []).append(event)
        elif event.kind in TURNING:
            for row_id in acts.get(event.act_id, ()):
                touching[row_id].append(event)
    return {row_id: fold_row(row_id, own, relabel) for row_id, own in touching.items()}


def fold_row(row_id: str, events: Sequence[Event], relabel: Relabel = as_given) -> State:
    """The state of one row after the events that touch it, in their order."""
    valid, blind = _valid(events, relabel), _blind(events)
    last: dict[str, Judgement] = {}
    given: dict[str, Judgement] = {}
    for one in valid:
        if one.kind == "skip" and one.annotator in last:
            continue
        last[one.annotator] = one
        if one.kind != "resolve" and one.version in blind:
            given[one.annotator] = one
    settled = _settled(events, valid)
    judgements = tuple(sorted(last.values(), key=lambda one: one.version))
    return State(
        row_id=row_id,
        version=events[-1].version,
        judgements=judgements,
        open=tuple(one for one in judgements if one.version not in settled),
        given=tuple(one for one in given.values() if one.kind == "label"),
    )


def _blind(events: Sequence[Event]) -> set[int]:
    """The versions of the events whose annotator had seen nobody else's label."""
    giving = [(event.version, event.annotator) for event in events if event.kind in GIVING]
    return {
        event.version
        for event in events
        if not any(
            version <= event.base and who != event.annotator and version < event.version
            for version, who in giving
        )
    }


def _valid(events: Sequence[Event], relabel: Relabel = as_given) -> list[Judgement]:
    """The decisions whose acts are not undone, in their order."""
    since: dict[str, int] = {}  # act -> its last redo
    undone: set[str] = set()
    for event in events:
        if event.kind == "undo":
            undone.add(event.act_id)
        elif event.kind == "redo":
            undone.discard(event.act_id)
            since[event.act_id] = event.version
    return [
        Judgement(
            annotator=event.annotator,
            kind=event.kind,
            label=relabel(event.new, event.version) if event.kind in GIVING else None,
            old=relabel(event.old, event.version),
            version=event.version,
            since=max(event.version, since.get(event.act_id, 0)),
            act_id=event.act_id,
            time=event.time,
        )
        for event in events
        if event.kind not in TURNING and event.act_id not in undone
    ]


def _settled(events: Sequence[Event], valid: Sequence[Judgement]) -> set[int]:
    """The versions of the decisions that a valid resolve has settled."""
    bases = {event.version: event.base for event in events if event.kind == "resolve"}
    settled: set[int] = set()
    for resolve in valid:
        if resolve.kind != "resolve":
            continue
        before = [event for event in events if event.version < resolve.version]
        seen = {one.version: one.since for one in _valid(before)}
        settled |= {
            one.version
            for one in valid
            if one.version < resolve.version
            and (
                one.annotator == resolve.annotator
                # As of the resolve: a later undo and redo of the decision does not reopen it.
                or seen.get(one.version, resolve.version) <= bases[resolve.version]
            )
        }
    return settled
