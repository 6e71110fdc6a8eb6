"""Decisions: what people say about rows, and what follows from all of it. No database, no torch.

A decision is one act of labelling. It is an event: added, never changed, never deleted. What a
row's label is now is computed from the events (`fold`), and so is how far people agree
(`agreement`). `hamr.store` keeps the events.
"""

from hamr.decisions.agreement import Agreement, agreement, cohen_kappa, fleiss_kappa
from hamr.decisions.fold import fold, fold_row
from hamr.decisions.labels import as_json, as_label, in_words, text_hash
from hamr.decisions.log import Log
from hamr.decisions.records import (
    Corrections,
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
