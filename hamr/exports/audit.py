"""All decisions on a run's rows as a CSV file that is safe to open in a spreadsheet.

`hamr.cli.replay` reads it. `base` is the version of the row that the annotator had seen, `text
hash` the SHA-256 of its text, which shows whether a file belongs to other data. `content`, as
JSON, is what an event says that is no decision: a class act, a comment, a guideline, a setting.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hamr.data import csv_text
from hamr.decisions import Event, Label
from hamr.decisions.records import DECIDING
from hamr.store import Decisions

COLUMNS = (
    "version", "time", "annotator", "act", "split", "row", "old label", "new label", "kind",
    "run", "epoch", "evidence", "base", "text hash",
    "content",
)  # fmt: skip


def text(decisions: Decisions, upto: int | None = None) -> str:
    """The text of the file: a line for each event (up to a version), oldest first."""
    events = decisions.events()
    return csv_text(COLUMNS, (_row(e) for e in events if upto is None or e.version <= upto))


def as_cell(label: Label | None) -> str | None:
    """A label in one cell: the name of a class, or the entities as JSON."""
    return label if label is None or isinstance(label, str) else json.dumps(label)


def _row(event: Event) -> tuple[object, ...]:
    evidence, content = _as_json(event.evidence), _as_json(event.content)
    return (
        event.version, event.time.isoformat(), event.annotator, event.act_id, event.split,
        event.row_id, as_cell(event.old), as_cell(event.new), event.kind, event.run, event.epoch,
        evidence, event.base if event.kind in DECIDING else None, event.text_hash, content,
    )  # fmt: skip


def _as_json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)
