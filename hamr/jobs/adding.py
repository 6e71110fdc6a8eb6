"""Texts and sentences that were typed, added to the data of a run with a label: training rows of
the next run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hamr.data.sametext import text_key
from hamr.data.unlabelled import ATTACHED, EMPTY
from hamr.decisions import NO_LABEL, Decision, Label, new_id, text_hash
from hamr.errors import DecisionError
from hamr.jobs.pool import attach_texts, log_of
from hamr.store import Decisions, RunInfo, Store
from hamr.store.pools import Pool
from hamr.tasks import features

SOURCE = "Try"  # where the row comes from, in its provenance


@dataclass(frozen=True)
class Added:
    """A row that was added."""

    row_id: str
    label: Label
    act_id: str  # by which the label can be taken back


def add_text(
    store: Store,
    info: RunInfo,
    text: str,
    label: Label,
    annotator: str,
    *,
    epoch: int,
    evidence: Mapping[str, Any],
    client_id: str = "",
) -> Added:
    """Attach a text to the run's data and label it; `evidence` is what was shown of it.

    The label of a sentence, whose words are parted at blanks, is its entities; their types may be
    new ones. `client_id` is of a save that may be sent twice.

    The row is stored with its label, annotator, source, run and epoch. It is a training row of
    every run that is started on the current labels afterwards. Raises DecisionError for a text
    that the data has already, a class that it lacks, entities that leave the sentence, or a name
    that can't be shown; StoreError where nothing can be stored.
    """
    decisions = log_of(store, info)
    _check(info, decisions, text, label)
    line = " ".join(text.split()) if features(info.task).entities else text
    row_id = _attached(store, info, decisions, line, annotator)
    decision = Decision(
        **_about(decisions, row_id),
        kind="label",
        annotator=annotator,
        new=label,
        old=NO_LABEL,
        client_id=client_id or new_id(),
        new_class=not isinstance(label, str),
        run=info.id,
        epoch=epoch,
        evidence=evidence,
    )
    (answer,) = decisions.record([decision])
    return Added(row_id, label, answer.act_id)


def _about(decisions: Decisions, row_id: str) -> dict[str, Any]:
    """What a decision says of the row that it is about."""
    state = decisions.state(row_id)
    return {
        "row_id": row_id, "split": "train", "text_hash": text_hash(decisions.rows.text(row_id)),
        "base": state.version if state else 0,
    }  # fmt: skip


def _check(info: RunInfo, decisions: Decisions, text: str, label: Label) -> None:
    """Raises DecisionError, before anything is attached, for a label that does not fit the text."""
    if features(info.task).entities == isinstance(label, str):
        raise DecisionError(f"the label {label!r} does not fit: give {decisions.rows.kind.shape}")
    if isinstance(label, str):
        if label not in decisions.names():
            raise DecisionError(f"the data has no class {label!r}: choose one of its classes")
        return
    words = len(text.split())
    for start, end, kind in label:
        if not 0 <= start < end <= words or not kind.strip():
            raise DecisionError(
                f"the entity from word {start + 1} to {end} of type {kind!r} does not fit the "
                f"sentence, which has {words} words: select its words again"
            )


def _attached(store: Store, info: RunInfo, decisions: Decisions, text: str, annotator: str) -> str:
    """The id of the row without a label that has the text, attached now or before."""
    attached = attach_texts(store, info, [text], annotator, SOURCE)
    if attached.part is not None:
        return attached.part.row_id(0)
    if attached.left_out.get(ATTACHED):
        pool, key = Pool(decisions), text_key(text)
        waiting = pool.waiting()
        for start, texts in pool.blocks():
            for place, own in enumerate(texts, start):
                if waiting[place] and text_key(own) == key:
                    return pool.row_id(place)
        raise DecisionError("not added: the text was added before, and has a label")
    why = next(iter(attached.left_out), EMPTY)
    raise DecisionError(
        f"not added: a text {why}. Find its row on Relabel to change the label of that"
    )


def take_back(store: Store, info: RunInfo, added: Added, annotator: str) -> None:
    """Take the label of an added row back, so that no run trains on it; the text stays attached.

    Raises DecisionError where somebody has decided on the row since, StoreError.
    """
    log_of(store, info).undo(added.act_id, annotator, new_id())
