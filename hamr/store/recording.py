"""Turns decisions that were sent into events to add, given all events before them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hamr.decisions import CurrentLabels, Decision, Event, Log, refusal
from hamr.decisions.class_rules import check_turn
from hamr.decisions.log import names_in
from hamr.decisions.records import GIVING
from hamr.errors import DecisionError
from hamr.store.decision_rows import now
from hamr.store.labelled_rows import LabelledRows


def new_events(decisions: Sequence[Decision], log: Log, rows: LabelledRows) -> list[Event]:
    """The events of decisions not stored yet. Raises DecisionError if one does not fit."""
    new: dict[str, Decision] = {}
    owners = {d.act_id: log.acts[d.act_id].annotator for d in decisions if d.act_id in log.acts}
    keys = log.class_keys(rows.names)
    names = log.classes.now
    known = set(names.given(keys))
    for decision in decisions:
        twin = log.by_client.get(decision.client_id) or new.get(decision.client_id)
        if twin is not None:
            _check_same(decision, twin)
            continue
        rows.check_names(decision, known, lambda name: refusal(name, names, keys))
        known |= names_in(decision.new)
        _check_act(decision, owners, log)
        if decision.kind == "resolve":
            _check_resolves(decision, log)
        new[decision.client_id] = decision
    return [_event(decision, log, rows) for decision in new.values()]


def _check_act(decision: Decision, owners: dict[str, str], log: Log) -> None:
    """Raises DecisionError for an act of another annotator, or one that was undone."""
    act = decision.act_id
    owner = owners.setdefault(act, decision.annotator)
    if owner != decision.annotator:
        raise DecisionError(f"the act {act!r} is {owner}'s: make a new one")
    if act in log.acts and log.acts[act].undone:
        raise DecisionError(f"the act {act!r} was undone: redo it, or make a new one")


def _check_resolves(decision: Decision, log: Log) -> None:
    reason = log.rules.refuses_to_settle(decision.annotator)
    if reason:
        raise DecisionError(reason, field="annotator")
    state = log.state(decision.row_id)
    if state is None or all(one.since > decision.base for one in state.judgements):
        raise DecisionError(
            f"row {decision.row_id!r} has no disagreement to settle up to version "
            f"{decision.base}: look at the row again, or give it a label"
        )


def _event(decision: Decision, log: Log, rows: LabelledRows) -> Event:
    """A decision as it is stored; it gets its version when it is added."""
    old = decision.old
    if old is None:
        current = CurrentLabels.of_states([log.state(decision.row_id)], log.classes.now)
        old = current.label(decision.row_id, rows.original)
    return Event(
        version=0,
        client_id=decision.client_id,
        act_id=decision.act_id,
        annotator=decision.annotator,
        time=decision.time or now(),
        kind=decision.kind,
        row_id=decision.row_id,
        split=decision.split,
        text_hash=decision.text_hash,
        old=old,
        new=decision.new,
        base=int(decision.base),
        run=decision.run,
        epoch=None if decision.epoch is None else int(decision.epoch),
        evidence=_evidence(decision, log),
    )


def _evidence(decision: Decision, log: Log) -> Mapping[str, Any] | None:
    """The evidence that was shown; in blind mode also whether no label of others was."""
    if not log.rules.blind or decision.kind == "skip":
        return decision.evidence
    others = any(
        event.kind in GIVING
        and event.annotator != decision.annotator
        and event.version <= decision.base
        for event in log.touching(decision.row_id)
    )
    return {**(decision.evidence or {}), "blind": not others}


def new_event(event: Event, log: Log, check: Callable[[Log], None]) -> list[Event]:
    """An event that is no decision, unless it is stored already."""
    twin = log.by_client.get(event.client_id)
    if twin is None:
        check(log)
        return [event]
    if (twin.kind, twin.annotator, twin.content) != (event.kind, event.annotator, event.content):
        raise _used(event.client_id)
    return []


def undo_or_redo(event: Event, log: Log, rows: LabelledRows) -> list[Event]:
    """The undo or redo, unless it is stored already."""
    twin = log.by_client.get(event.client_id)
    if twin is not None:
        if (twin.kind, twin.act_id) != (event.kind, event.act_id):
            raise _used(event.client_id)
        return []
    act = log.acts.get(event.act_id)
    if act is None:
        raise DecisionError(f"there is no act {event.act_id!r} to {event.kind}")
    if event.act_id in log.classes.acts:
        if act.undone != (event.kind == "undo"):
            check_turn(event, log.classes, log.class_keys(rows.names))
    elif act.annotator != event.annotator:
        raise DecisionError(
            f"the act is {act.annotator}'s, and only they can {event.kind} it: decide on its rows "
            "yourself, and both decisions are kept"
        )
    if act.undone == (event.kind == "undo"):
        done = "undone" if act.undone else "not undone"
        raise DecisionError(f"the act is {done} already: there is nothing to {event.kind}")
    return [event]


def _check_same(decision: Decision, twin: Event | Decision) -> None:
    """Raises DecisionError if a client id is used for two different decisions."""
    given = (decision.row_id, decision.kind, decision.new, decision.annotator)
    if given != (twin.row_id, twin.kind, twin.new, twin.annotator):
        raise _used(decision.client_id)


def _used(client_id: str) -> DecisionError:
    return DecisionError(
        f"the client id {client_id!r} was used for another decision: make a new one for each"
    )
