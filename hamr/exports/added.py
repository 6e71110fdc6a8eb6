"""Attached rows that people have labelled, as a table of their own with where each comes from.

They are in none of the files that the data was read from, which are written back byte for byte but
for their labels. Every run that is trained on current labels trains on them too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from hamr.data import csv_text
from hamr.decisions import Corrections, Label, as_json
from hamr.store import Decisions
from hamr.store.pools import AddedRow, added_rows

COLUMNS = (
    "id", "text", "label", "source", "place", "annotator", "time", "run", "strategy",
)  # fmt: skip


def text(decisions: Decisions, corrections: Corrections) -> str:
    """The text of a .csv file of the rows; "" where there are none."""
    states = decisions.states(at=corrections.version)
    rows = added_rows(decisions, corrections.added, states)
    return csv_text(COLUMNS, _lines(decisions, rows)) if rows else ""


def _lines(decisions: Decisions, rows: list[AddedRow]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        given = [one for one in row.state.open if one.label is not None]
        last = max(given, key=lambda one: one.version)
        event = next(e for e in decisions.history(row.row_id) if e.version == last.version)
        people = "; ".join(dict.fromkeys(one.annotator for one in given))
        yield (
            row.row_id, row.text, _as_text(row.label), row.source, row.place, people,
            last.time.isoformat(), event.run, (event.evidence or {}).get("strategy"),
        )  # fmt: skip


def _as_text(label: Label) -> str:
    """The class; of a sentence its entities as JSON: [[first word, word after, type], ...]."""
    return label if isinstance(label, str) else json.dumps(as_json(label), ensure_ascii=False)
