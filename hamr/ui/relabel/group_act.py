"""The act that gives one label to a group of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hamr.decisions import Decision, Label, new_id, text_hash
from hamr.store import Decisions, Run
from hamr.tasks import features
from hamr.ui.relabel.act import Act
from hamr.ui.relabel.spans import by_model
from hamr.ui.shell.text import count
from hamr.views.base.all_rows import AllRows
from hamr.views.base.reviewed import called_now
from hamr.views.base.sentence import sentence
from hamr.views.relabel.queue import Queue

AS_IT_IS, BY_MODEL = "Accept the current labels", "Use the model's entities"
SUGGESTED = "Take suggestion, else accept"


def group_act(
    run: Run,
    decisions: Decisions,
    epoch: int,
    queue: Queue,
    known: AllRows,
    rows: np.ndarray,
    label: str,
    annotator: str,
    instead: Mapping[int, str] | None = None,
) -> Act:
    """One label for all the rows, under one act id; `label` may be AS_IT_IS, BY_MODEL or
    SUGGESTED, which gives the rows of `instead` those labels.
    """
    act_id, states = new_id(), decisions.states()
    ids = [known.ids[row] for row in rows.tolist()]
    give = _giver(run, decisions, epoch, label)
    if label == SUGGESTED:
        give = _suggested_or_current(decisions, instead or {})
    made = [
        Decision(
            row_id=row_id,
            split=known.split(row),
            text_hash=text_hash(text),
            kind="label",
            annotator=annotator,
            new=give(row, row_id),
            old=decisions.label(row_id),
            base=state.version if (state := states.get(row_id)) else 0,
            act_id=act_id,
            run=run.id,
            epoch=epoch,
            evidence=_evidence(queue, row, len(rows)),
        )
        for row, row_id, text in zip(rows.tolist(), ids, known.texts(rows), strict=True)
    ]
    to = _DONE.get(label, f"to {label!r}")
    words = f"{count(len(rows), 'row')} {to}"
    return Act(annotator, decisions.fingerprint, words, tuple(made))


def _evidence(queue: Queue, row: int, rows: int) -> dict[str, Any]:
    return {"group": rows, "score": float(queue.score[row]), "score_is": queue.score_is}


_DONE = {
    AS_IT_IS: "accepted",
    BY_MODEL: "given the model's entities",
    SUGGESTED: "given their suggestions or accepted",
}


def _suggested_or_current(
    decisions: Decisions, instead: Mapping[int, str]
) -> Callable[[int, str], Label]:
    return lambda row, row_id: instead.get(row) or decisions.label(row_id)


def _giver(run: Run, decisions: Decisions, epoch: int, label: str) -> Callable[[int, str], Label]:
    """The label that each row gets."""
    if label == AS_IT_IS:
        return lambda row, row_id: decisions.label(row_id)
    if label == BY_MODEL and features(run.info.task).entities:
        return _model_or_current(run, decisions, epoch)
    return lambda row, row_id: label


def _model_or_current(run: Run, decisions: Decisions, epoch: int) -> Callable[[int, str], Label]:
    """The model's entities; the current ones of a sentence of which it predicted nothing."""

    called = called_now(decisions, run)

    def give(row: int, row_id: str) -> Label:
        found = sentence(run, epoch, row)
        return by_model(found, called) if found.is_predicted else decisions.label(row_id)

    return give
