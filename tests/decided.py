"""Decisions for tests, in few words."""

from __future__ import annotations

from typing import Any

from hamr.decisions import Decision, new_id, text_hash
from hamr.store import Decisions


def decision(
    decisions: Decisions, row_id: str, new: Any = None, annotator: str = "ada", **more: Any
) -> Decision:
    """A decision on a row, judged with sight of all that was said about it."""
    state = decisions.state(row_id)
    values: dict[str, Any] = {
        "row_id": row_id,
        "split": decisions.rows.split(row_id),
        "text_hash": text_hash(decisions.rows.text(row_id)),
        "kind": "label",
        "annotator": annotator,
        "new": new,
        "base": state.version if state else 0,
        "client_id": new_id(),
    }
    return Decision(**values | more)


def decide(decisions: Decisions, row_id: str, new: Any = None, annotator: str = "ada", **more):
    """The same, recorded; the answer."""
    return decisions.record([decision(decisions, row_id, new, annotator, **more)])[0]
