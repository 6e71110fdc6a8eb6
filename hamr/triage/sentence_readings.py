"""What each tagged sentence is: one reading a sentence, by rules that stand here.

The readings are those of texts (`readings.py`), told of the entities and of the sentence's worst
word, the one whose tag is likeliest wrong:

- *likely mislabelled*: among the sentences above the score's knee (`sentences.py`);
- *near-duplicate*: another sentence has the same words, case aside;
- *ambiguous*: between the worst word's tag and the likeliest other one, as it is wrong with a
  probability of one in twenty or more, yet below the knee. Among the words of a sentence one is
  nearly always less likely than another tag; the mixture knows that few of these are wrong;
- *hard but right*: its hardness is among the highest fifth (its mean loss, where hardness is the
  same for all), yet its worst word is wrong with less than one in twenty;
- *rare*: it holds an entity of a type that has less than half the entities of an even split.

A sentence without such a trait is *unremarkable*. None is an *outlier*: a sentence can be far
from all others and its names be tagged as plainly as anywhere.

Axes: E epochs, W words of the N training sentences, K entity types.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float32, Int, Int8

from hamr.entities import Span, Spans, all_spans, spans_of
from hamr.triage.elsewhere import Elsewhere
from hamr.triage.readings import HALF, HARD_SHARE, READINGS
from hamr.triage.sentences import LearnedWords, SentenceSuspicion, suspect_sentences
from hamr.triage.standing import difficulty, standing

SENTENCE_READINGS = tuple(name for name in READINGS if name != "outlier")
MISLABELLED, DUPLICATE, AMBIGUOUS, HARD, RARE, UNREMARKABLE = range(len(SENTENCE_READINGS))
DOUBT = 0.05  # the least probability of being wrong that is worth a word


@dataclass(frozen=True)
class SentenceTriage:
    """The N training sentences of a run, judged as they stand after an epoch."""

    around: Elsewhere
    learned: LearnedWords
    suspicion: SentenceSuspicion

    @cached_property
    def spans(self) -> Spans:
        """The entities of all sentences."""
        return all_spans(self.around.own, self.around.starts)

    @cached_property
    def type_counts(self) -> Int[np.ndarray, " k"]:
        """How many entities of each type the sentences hold."""
        return np.bincount(self.spans.type, minlength=self.around.says.shape[1] // 2)

    @cached_property
    def difficulty(self) -> Float32[np.ndarray, "e n"]:
        """Hardness at every epoch; the loss averaged so far where a run learns no hardness."""
        return difficulty(self.learned.hardness, self.learned.row_loss)

    @cached_property
    def standing(self) -> Float32[np.ndarray, "e n"]:
        """The share of sentences that are at least as difficult, at every epoch."""
        return standing(self.difficulty)

    @cached_property
    def traits(self) -> Bool[np.ndarray, "n t"]:
        """Which readings hold of each, in the order of SENTENCE_READINGS, the last left out."""
        found = np.zeros((len(self.suspicion.score), UNREMARKABLE), bool)
        found[self.suspicion.order[: self.suspicion.knee], MISLABELLED] = True
        settled = self.suspicion.wrong < DOUBT
        found[:, DUPLICATE] = self.around.twins >= 0
        found[:, AMBIGUOUS] = ~settled
        found[:, HARD] = settled & (self.standing[-1] <= HARD_SHARE)
        counts = self.type_counts
        rare = counts < HALF * counts.sum() / max(len(counts), 1)
        found[self.spans.row[rare[self.spans.type]], RARE] = True
        return found

    @cached_property
    def reading(self) -> Int8[np.ndarray, " n"]:
        """One of SENTENCE_READINGS for each sentence, by its number."""
        none = ~self.traits.any(1)
        return np.where(none, UNREMARKABLE, self.traits.argmax(1)).astype(np.int8)

    @property
    def counts(self) -> dict[str, int]:
        """How many sentences there are of each reading, by its name."""
        counts = np.bincount(self.reading, minlength=len(SENTENCE_READINGS))
        return {name: int(counts[kind]) for kind, name in enumerate(SENTENCE_READINGS)}

    def suspected(self, row: int) -> Span:
        """The words in question, counted within the sentence, and the type they would be of.

        The entity that holds the worst word; where it stands in none, the one that the model
        sees there; else this word alone. The type is -1 where it would rather be no entity.
        """
        first, end = (int(place) for place in self.around.starts[row : row + 2])
        worst, type_ = int(self.suspicion.worst[row]) - first, kind_of(self.suspicion.other[row])
        for tags in (self.around.own, self.learned.prediction[-1]):
            for span in spans_of(tags[first:end]):
                if span.start <= worst < span.end:
                    return Span(span.start, span.end, type_)
        return Span(worst, worst + 1, type_)

    def pair(self, row: int, types: tuple[str, ...]) -> tuple[str, str]:
        """What the worst word is and what it would rather be, in words.

        Types by name; where only the place in an entity differs, that place too.
        """
        tags = (self.around.own[self.suspicion.worst[row]], self.suspicion.other[row])
        same = kind_of(tags[0]) == kind_of(tags[1])
        one, other = (tag_in_words(int(tag), types, place=same) for tag in tags)
        return one, other

    def name(self, row: int, classes: tuple[str, ...]) -> str:
        """The sentence's reading in words: "ambiguous between A and B" with both."""
        reading = SENTENCE_READINGS[self.reading[row]]
        if self.reading[row] != AMBIGUOUS:
            return reading
        return f"{reading} between {' and '.join(self.pair(row, classes))}"


def kind_of(tag: int | np.integer) -> int:
    """The number of a tag's type; -1 for none."""
    return (int(tag) - 1) // 2


def tag_in_words(tag: int, types: tuple[str, ...], *, place: bool = False) -> str:
    """ "no entity" or the type between backticks; with its place in the entity if asked."""
    if tag == 0:
        return "no entity"
    name = f"`{types[kind_of(tag)]}`"
    return f"{name} ({'first' if tag % 2 else 'further'} word)" if place else name


def triage_sentences(around: Elsewhere, learned: LearnedWords) -> SentenceTriage:
    """Judges all sentences: cheap enough to be done anew at every epoch."""
    return SentenceTriage(around, learned, suspect_sentences(around, learned))
