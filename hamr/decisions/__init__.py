"""Decisions: what people say about the labels of rows. No database, no torch.

A decision is one act of labelling. It is an event: added, never changed, never deleted. The state
of a row follows from its events (`fold`), its current label from that state (`CurrentLabels`), and
from all states how far people agree (`agreement`). `hamr.store` keeps the events.

Other events say what classes are called (`class_acts`) and what they are for (`guidelines`), what
people remark on rows (`comments`), how they work together (`rules`), and which unlabelled rows they
attached (`pools`).
"""

from hamr.decisions.agreement import Agreement, agreement, cohen_kappa, fleiss_kappa
from hamr.decisions.class_acts import AS_THEY_CAME, ClassAct, Names
from hamr.decisions.class_rules import refusal
from hamr.decisions.comments import Comment, Thread
from hamr.decisions.current_labels import Corrections, CurrentLabels
from hamr.decisions.fold import fold, fold_row
from hamr.decisions.guidelines import Guideline, safe_markdown
from hamr.decisions.labels import as_json, as_label, in_words, text_hash
from hamr.decisions.log import Log
from hamr.decisions.pools import NO_LABEL, Attachment
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
from hamr.decisions.rules import Rules
from hamr.decisions.work import Work

__all__ = [
    "AS_THEY_CAME",
    "NO_LABEL",
    "Agreement",
    "Attachment",
    "ClassAct",
    "Comment",
    "Corrections",
    "CurrentLabels",
    "Decision",
    "Event",
    "Guideline",
    "Judgement",
    "Kind",
    "Label",
    "Log",
    "Names",
    "Recorded",
    "Rules",
    "State",
    "Thread",
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
    "refusal",
    "safe_markdown",
    "text_hash",
]
