"""The list of label errors in the formats of other programs.

*cleanlab*: a column id, then those of `Datalab.get_issues("label")`, in the order of the data.
Its label_score is high where a label is right: one minus p(label error).

*Argilla 2*: the records that `records.from_json()` reads, in the order of the list. What a label
should be is a suggestion to the question *label*: the suggested label, else the current one. Spans
of sentences count the characters of the text. The rest is metadata.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from hamr.errors import SettingError, StoreError
from hamr.files.schemes import spans_in
from hamr.tasks import features
from hamr.triage import ISSUE_TYPES
from hamr.views.relabel.issue_list import IssueList, Line

CLEANLAB = ("id", "is_label_issue", "label_score", "given_label", "predicted_label")
AGENT = "hamr"  # who suggests
QUESTION = "label"


def cleanlab_rows(found: IssueList, order: np.ndarray) -> Iterator[tuple[Any, ...]]:
    """The rows of cleanlab's table, in the order of the data.

    Raises SettingError for sentences, StoreError where labels are not scored.
    """
    if features(found.run.info.task).entities:
        raise SettingError(
            "--format cleanlab is for texts: its table has one label a row. Write sentences as "
            "csv, jsonl or argilla",
            field="format",
        )
    if found.queue.issues is None:
        raise StoreError(f"labels are not scored: {found.why_none}", field="run")
    for line in found.lines(np.sort(order)):
        flagged = line.issue == ISSUE_TYPES[0]
        score = round(1 - (line.p_label_error or 0.0), 4)
        yield line.id, flagged, score, line.label, line.suggested_label or line.label


def argilla_records(found: IssueList, order: np.ndarray) -> Iterator[str]:
    """The text of a file of records, by pieces."""
    before = "["
    for line in found.lines(order):
        yield before + "\n" + json.dumps(_record(line, found), ensure_ascii=False)
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _record(line: Line, found: IssueList) -> dict[str, Any]:
    instead = line.label if line.suggested_label is None else line.suggested_label
    score = line.suggested_probability
    if line.suggested_label is None and line.p_label_error is not None:
        score = round(1 - line.p_label_error, 4)
    about = {
        "label": line.label if isinstance(line.label, str) else " ".join(line.label),
        "issue": line.issue,
        "p_label_error": line.p_label_error,
        "evidence": line.evidence,
    }
    value: Any = instead
    if not isinstance(instead, str):
        value = _spans(instead, found.rows.words(found.rows.rows[line.id]))
    return {
        "id": line.id,
        "fields": {"text": line.text},
        "metadata": {name: own for name, own in about.items() if own is not None},
        "suggestions": {QUESTION: {"value": value, "score": score, "agent": AGENT}},
        "responses": {},
        "vectors": {},
        "_server_id": None,
    }


def _spans(tags: Sequence[str], words: Sequence[str]) -> list[dict[str, Any]]:
    """The entities as spans of the characters of the words, joined by blanks."""
    ends = np.cumsum([len(word) + 1 for word in words]) - 1
    return [
        {
            "label": kind,
            "start": int(ends[first]) - len(words[first]),
            "end": int(ends[end - 1]),
        }
        for first, end, kind in spans_in(tags)
    ]
