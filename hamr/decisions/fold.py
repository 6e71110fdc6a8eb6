"""The current state of rows as a view over events: nothing of it is stored anywhere.

A row's state depends on the events that touch it alone, and on their order:

1. A decision stands unless its act was undone and not redone.
2. What an annotator says is their last standing decision; a skip takes the place of nothing.
3. A resolve settles what stood up to its `base`, which its annotator had seen, and what they
   said themselves before. What others said later than that is not settled by it: nobody's
   decision is overruled unseen.
4. Of what is not settled, labels that differ are a conflict.

Undo followed by redo changes nothing but the versions: a decision keeps its place in the order,
but others have to see it again (`Judgement.since`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hamr.decisions.records import GIVING, TURNING, Event, Judgement, State


def fold(events: Iterable[Event]) -> dict[str, State]:
    """The state of each row that the events touch."""
    touching: dict[str, list[Event]] = {}
    acts: dict[str, dict[str, None]] = {}  # act -> its rows
    for event in events:
        if event.row_id is not None:
            acts.setdefault(event.act_id, {})[event.row_id] = None
            touching.setdefault(event.row_id, []).append(event)
        else:
            for row_id in acts.get(event.act_id, ()):
                touching[row_id].append(event)
    return {row_id: fold_row(row_id, own) for row_id, own in touching.items()}


def fold_row(row_id: str, events: Sequence[Event]) -> State:
    """The state of one row after the events that touch it, in their order."""
    standing = _standing(events)
    last: dict[str, Judgement] = {}
    given: dict[str, Judgement] = {}
    for one in standing:
        if one.kind == "skip" and one.annotator in last:
            continue
        last[one.annotator] = one
        if one.kind != "resolve":  # a resolve is made with sight of what others said
            given[one.annotator] = one
    settled = _settled(events, standing)
    judgements = tuple(sorted(last.values(), key=lambda one: one.version))
    return State(
        row_id=row_id,
        version=events[-1].version,
        judgements=judgements,
        open=tuple(one for one in judgements if one.version not in settled),
        given=tuple(one for one in given.values() if one.kind == "label"),
    )


def _standing(events: Sequence[Event]) -> list[Judgement]:
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
            label=event.new if event.kind in GIVING else None,
            old=event.old,
            version=event.version,
            since=max(event.version, since.get(event.act_id, 0)),
            act_id=event.act_id,
            time=event.time,
        )
        for event in events
        if event.kind not in TURNING and event.act_id not in undone
    ]


def _settled(events: Sequence[Event], standing: Sequence[Judgement]) -> set[int]:
    """The versions of the decisions that a standing resolve has settled."""
    bases = {event.version: event.base for event in events if event.kind == "resolve"}
    settled: set[int] = set()
    for resolve in standing:
        if resolve.kind != "resolve":
            continue
        before = [event for event in events if event.version < resolve.version]
        seen = {one.version: one.since for one in _standing(before)}
        settled |= {
            one.version
            for one in standing
            if one.version < resolve.version
            and (
                one.annotator == resolve.annotator
                # As it stood then: a later undo and redo of it opens nothing again.
                or seen.get(one.version, resolve.version) <= bases[resolve.version]
            )
        }
    return settled
