"""Decisions: what people say about the labels of rows. No database, no torch.

A decision is one act of labelling. It is an event: added, never changed, never deleted. The state
of a row follows from its events (`fold`), its current label from that state (`CurrentLabels`), and
from all states how far people agree (`agreement`). `hamr.store` keeps the events.
"""

from hamr.decisions.agreement import Agreement, agreement, cohen_kappa, fleiss_kappa
from hamr.decisions.current_labels import Corrections, CurrentLabels
from hamr.decisions.fold import fold, fold_row
from hamr.decisions.labels import as_json, as_label, in_words, text_hash
from hamr.decisions.log import Log
from hamr.decisions.records import (
    Decision,
    Event,
    Judgement,
    Kind,
    Label,
    Recorded,
    State,
    new_id,
)
from hamr.decisions.work import Work

__all__ = [
    "Agreement",
    "Corrections",
    "CurrentLabels",
    "Decision",
    "Event",
    "Judgement",
    "Kind",
    "Label",
    "Log",
    "Recorded",
    "State",
    "Work",
    "agreement",
    "as_json",
    "as_label",
    "cohen_kappa",
    "fleiss_kappa",
    "fold",
    "fold_row",
    "in_words",
    "new_id",
    "text_hash",
]
