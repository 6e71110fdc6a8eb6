"""Label-error detection: which labels are likely wrong, and what kind of issue each row has.

Texts with a class: `neighbour_evidence` summarises what the embeddings say about the current
labels, `find_issues` scores a run's rows after any epoch, `evidence_sentences` explains a row.
Tagged sentences: `tag_statistics_of` counts how each word is tagged in the other sentences,
`find_sentence_issues` scores, `entity_evidence_sentences` explains.
"""

from hamr.triage.entity_evidence import entity_evidence_sentences
from hamr.triage.evidence import evidence_sentences
from hamr.triage.issue_types import ISSUE_TYPES, RowIssues, find_issues
from hamr.triage.label_errors import (
    HeldOutSignals,
    LabelErrors,
    RunSignals,
    estimate_label_errors,
)
from hamr.triage.neighbour_votes import NEIGHBOURS, NeighbourEvidence, neighbour_evidence
from hamr.triage.sentence_errors import (
    HeldOutWords,
    SentenceErrors,
    WordSignals,
    estimate_sentence_errors,
)
from hamr.triage.sentence_issue_types import (
    SENTENCE_ISSUE_TYPES,
    SentenceIssues,
    find_sentence_issues,
)
from hamr.triage.tag_statistics import TagStatistics, tag_statistics_of
from hamr.triage.word_classifier import left_out_log_p

__all__ = [
    "ISSUE_TYPES",
    "NEIGHBOURS",
    "SENTENCE_ISSUE_TYPES",
    "HeldOutSignals",
    "HeldOutWords",
    "LabelErrors",
    "NeighbourEvidence",
    "RowIssues",
    "RunSignals",
    "SentenceErrors",
    "SentenceIssues",
    "TagStatistics",
    "WordSignals",
    "entity_evidence_sentences",
    "estimate_label_errors",
    "estimate_sentence_errors",
    "evidence_sentences",
    "find_issues",
    "find_sentence_issues",
    "left_out_log_p",
    "neighbour_evidence",
    "tag_statistics_of",
]
