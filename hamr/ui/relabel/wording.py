"""Acts and decisions in words."""

from __future__ import annotations

from collections.abc import Sequence

from hamr.decisions import NO_LABEL, ClassAct, Event, Label, in_words
from hamr.decisions.class_rules import in_words as class_act_in_words
from hamr.decisions.records import CLASS_ACTS


def act_in_words(events: Sequence[Event]) -> str:
    """What an act did: "row train:12 changed from 'a' to 'b'", or "34 rows to 'b'"."""
    if not events:
        return "the last action"
    first = events[0]
    if first.kind in CLASS_ACTS:
        return class_act_in_words(ClassAct(first, "", None))
    labels = {event.new for event in events}
    if len(events) > 1:
        to = f" to {in_words(first.new)}" if len(labels) == 1 and first.new is not None else ""
        return f"{len(events):,} rows{to}"
    return decision_in_words(first.row_id or "", first.kind, first.old, first.new)


def decision_in_words(
    row_id: str,
    kind: str,
    old: Label | None,
    new: Label | None,
    words: Sequence[str] | None = None,
) -> str:
    """What one decision did; with the `words` of a sentence its entities are quoted."""
    if kind in ("unsure", "skip"):
        return f"row {row_id} {'marked unsure' if kind == 'unsure' else 'skipped'}"
    after = in_words(new, words)
    if kind == "resolve":
        return f"row {row_id} resolved as {after}"
    if old == new:
        return f"row {row_id} accepted as {after}"
    if old == NO_LABEL:
        return f"row {row_id} labelled {after}"
    return f"row {row_id} changed from {in_words(old, words)} to {after}"


def event_in_words(event: Event, words: Sequence[str] | None = None) -> str:
    """What an event did to the row whose history is shown, without the row's id."""
    if event.row_id is None:
        return "undid an action" if event.kind == "undo" else "redid an action"
    said = decision_in_words(event.row_id, event.kind, event.old, event.new, words)
    return said.removeprefix(f"row {event.row_id} ")
