"""The issue type of each tagged sentence: one for every sentence, by fixed rules.

The types are those of texts (`issue_types.py`), applied to the entities and to the likeliest edit
of the sentence (`sentence_errors.py`); its *worst word* is the first one whose tag that changes:

- *likely mislabelled*: among the estimated number of label errors with the highest scores
  (`sentence_errors.py`);
- *near-duplicate*: another sentence has the same words, ignoring case;
- *ambiguous*: an entity in it, or the lack of one, is wrong with a probability of at least one in
  twenty, but the sentence is not likely mislabelled;
- *hard but correct*: its hardness is among the highest fifth (its mean loss, where hardness is the
  same for all or ranks rows of low loss first), yet none of its entities is wrong with a
  probability of one in twenty;
- *rare*: it contains an entity of a type that has less than half the entities of an even split.

All other sentences are *unremarkable*. None is an *outlier*: a sentence can be unlike all others
while its names are tagged as clearly as anywhere.

Axes: E epochs, N training sentences, n sentences of all splits, K entity types.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float32, Int, Int8

from hamr.entities import Span, Spans, spans_of, tags_of
from hamr.triage.issue_types import HALF, HARD_SHARE, ISSUE_TYPES
from hamr.triage.percentile_rank import difficulty, percentile_rank
from hamr.triage.sentence_errors import SentenceErrors, WordSignals, estimate_sentence_errors
from hamr.triage.span_edits import EXTEND, JOIN, TRIM
from hamr.triage.tag_statistics import TagStatistics

SENTENCE_ISSUE_TYPES = tuple(name for name in ISSUE_TYPES if name != "outlier")
MISLABELLED, DUPLICATE, AMBIGUOUS, HARD, RARE, UNREMARKABLE = range(len(SENTENCE_ISSUE_TYPES))
DOUBT = 0.05  # the least probability of being wrong that makes a sentence ambiguous


@dataclass(frozen=True)
class SentenceIssues:
    """The label-error scores and issue types of sentences after an epoch.

    Sentences that no step draws have no hardness: they are never *hard but correct*.
    """

    statistics: TagStatistics
    signals: WordSignals
    label_errors: SentenceErrors

    @cached_property
    def spans(self) -> Spans:
        """The entities of all sentences."""
        return self.statistics.layout.spans

    @cached_property
    def type_counts(self) -> Int[np.ndarray, " k"]:
        """How many entities of each type the training sentences have."""
        own = self.spans.type[self.spans.row < self.statistics.trained]
        return np.bincount(own, minlength=self.statistics.log_p.shape[1] // 2)

    @cached_property
    def difficulty(self) -> Float32[np.ndarray, "e n"]:
        """Hardness at every epoch; the running mean of the loss if that ranks nothing."""
        return difficulty(self.signals.hardness, self.signals.row_loss)

    @cached_property
    def percentile_rank(self) -> Float32[np.ndarray, "e n"]:
        """The share of sentences that are at least as difficult, at every epoch."""
        return percentile_rank(self.difficulty)

    @cached_property
    def matches(self) -> Bool[np.ndarray, "n t"]:
        """Which issue types each sentence matches, in the order of SENTENCE_ISSUE_TYPES."""
        errors = self.label_errors
        found = np.zeros((len(errors.score), UNREMARKABLE), bool)
        found[errors.order[: errors.estimated_count], MISLABELLED] = True
        settled = errors.p_worst < DOUBT
        found[:, DUPLICATE] = self.statistics.twins >= 0
        found[:, AMBIGUOUS] = ~settled
        trained = self.statistics.trained
        found[:trained, HARD] = settled[:trained] & (self.percentile_rank[-1] <= HARD_SHARE)
        counts = self.type_counts
        rare = counts < HALF * counts.sum() / max(len(counts), 1)
        found[self.spans.row[rare[self.spans.type]], RARE] = True
        return found

    @cached_property
    def issue_type(self) -> Int8[np.ndarray, " n"]:
        """The issue type of each sentence, an index into SENTENCE_ISSUE_TYPES."""
        none = ~self.matches.any(1)
        return np.where(none, UNREMARKABLE, self.matches.argmax(1)).astype(np.int8)

    @property
    def counts(self) -> dict[str, int]:
        """How many sentences each issue type has, by its name."""
        counts = np.bincount(self.issue_type, minlength=len(SENTENCE_ISSUE_TYPES))
        return {name: int(counts[kind]) for kind, name in enumerate(SENTENCE_ISSUE_TYPES)}

    def suspected(self, row: int) -> Span:
        """The doubtful words, counted within the sentence, and the type they should have.

        The entity before the likeliest edit, or the words that it makes an entity. The type is -1
        where "no entity" is likelier.
        """
        edit, layout = self.label_errors.edit, self.statistics.layout
        start, end = int(edit.start[row]), int(edit.end[row])
        if edit.kind[row] in (EXTEND, TRIM, JOIN):
            # An entity that becomes longer shares words with what it was, and one that is trimmed.
            inside = next(word for word in range(start, end) if layout.tags[word])
            unit = layout.unit[inside]
            start, end = (int(at) for at in layout.unit_starts[unit : unit + 2])
        first = int(self.statistics.starts[row])
        return Span(start - first, end - first, int(edit.type[row]))

    def mended(self, row: int) -> Int[np.ndarray, " w"]:
        """The sentence's tags after the likeliest edit."""
        edit = self.label_errors.edit
        first, end = (int(start) for start in self.statistics.starts[row : row + 2])
        one = Span(int(edit.start[row]) - first, int(edit.end[row]) - first, int(edit.type[row]))
        old = self.suspected(row)
        low, high = min(one.start, old.start), max(one.end, old.end)
        own = spans_of(self.statistics.own[first:end])
        kept = [span for span in own if span.end <= low or high <= span.start]
        return tags_of([*kept, one] if one.type >= 0 else kept, end - first)

    def pair(self, row: int, types: tuple[str, ...]) -> tuple[str, str]:
        """The worst word's tag and the likeliest other tag, in words.

        Types by name; where only the position within the entity differs, that position too.
        """
        tags = (self.statistics.own[self.label_errors.worst[row]], self.label_errors.other[row])
        same = type_of(tags[0]) == type_of(tags[1])
        one, other = (tag_in_words(int(tag), types, position=same) for tag in tags)
        return one, other

    def name(self, row: int, classes: tuple[str, ...]) -> str:
        """The sentence's issue type in words; "ambiguous between A and B" names both tags."""
        issue_type: str = SENTENCE_ISSUE_TYPES[self.issue_type[row]]
        if self.issue_type[row] != AMBIGUOUS:
            return issue_type
        return f"{issue_type} between {' and '.join(self.pair(row, classes))}"


def type_of(tag: int | np.integer) -> int:
    """The number of a tag's entity type; -1 for no entity."""
    return (int(tag) - 1) // 2


def tag_in_words(tag: int, types: tuple[str, ...], *, position: bool = False) -> str:
    """ "no entity", or the type between backticks; on request with the position in the entity."""
    if tag == 0:
        return "no entity"
    name = f"`{types[type_of(tag)]}`"
    return f"{name} ({'first' if tag % 2 else 'further'} word)" if position else name


def find_sentence_issues(statistics: TagStatistics, signals: WordSignals) -> SentenceIssues:
    """The issues of all sentences; cheap enough to be computed again for every epoch."""
    return SentenceIssues(statistics, signals, estimate_sentence_errors(statistics, signals))
