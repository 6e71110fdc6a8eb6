"""The label-error score of tagged sentences: orders them by how likely an entity is wrong.

Errors are sought among edits of entities (`span_edits.py`): what change would mend the sentence?
For each edit the log of

    p(signals | the error that it mends) / p(signals)

is the sum of two signals, neither of which needs a vector:
1. *other sentences*: the mean of two log-probabilities of each word's tag, by tag statistics
   (`tag_statistics.py`) and by a log-linear classifier that learned from other sentences
   (`word_classifier.py`). What their support of an edit means is learned from planted mistakes,
   kind by kind (`edit_evidence.py`);
2. *the run*: RUN_SHARE of the kind, times the support under log p(t) of the run. That is the mean
   over all epochs of the log-probability that the model gave the word's own tag, since a wrong one
   is learned late if at all. The rest of the probability is shared among the tags that the model
   predicted, epoch by epoch; a little goes to tags that it never predicted, in proportion to how
   frequent they are.

With the rate r_k of errors of kind k for each entity, the odds of an edit are

    o = r_k ((1 - HIDDEN) exp(sum of the signals) + HIDDEN),

where HIDDEN is the share of people's mistakes that look like right entities to every signal: they
repeat a mistake, or err where the guidelines are unclear, which no planted mistake does. In each
unit (an entity, or a stretch of words without one) the best edit of each kind counts, the odds of
the kinds add up to O, and the unit is wrong with probability O / (1 + O). A sentence is wrong
where any unit is: *p_wrong* = 1 - prod 1 / (1 + O). The *score* is the log of the highest odds of
an edit, with HIDDEN = 0, and *worst* the first word that this edit changes. The *estimated number
of label errors* is the sum of *p_wrong*.

The rates are estimated by expectation maximisation from a prior, PRIOR, which counts PRIOR_SHARE
times as much as the data. The data alone can't tell them: where few entities are wrong, errors
and rare names look alike. The prior is about what was found wrong in sets that were annotated with
care; people miss entities, mistake types and end entities too early more often than they invent
entities.

*Sentences that the run was not trained on* share the queue, as texts do (`label_errors.py`): the
run speaks of their words once, by the model of its best epoch; where it has recorded nothing, the
other sentences alone decide. Test sentences are judged, but nothing is estimated from them.

The constants were chosen on the first half of CoNLL-2003's English test sentences, and on
restaurant queries with planted mistakes of every kind. What does not help: the distances of words
to the tags' centroids (`class_centroids.py`), a classifier of word vectors, hardness as a further
signal, and sums instead of means over an entity's words.

Axes: E epochs, N training sentences, W words of theirs, H words of validation and test sentences,
A = W + H, S sentences, T tags, C edits, U units, M entities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int

from hamr.triage.class_centroids import log_softmax, temperature
from hamr.triage.label_errors import TINY
from hamr.triage.span_edits import KINDS, Edits, TagModel
from hamr.triage.tag_statistics import TagStatistics

UNNAMED = 0.02  # the share of a word's probability for tags that no epoch predicted
# By kind: retype, remove, add, extend, trim, join.
RUN_SHARE = np.array([0.5, 0.5, 0.5, 0.8, 0.8, 0.5])
HIDDEN = 0.5
# Errors for each entity, by kind.
PRIOR = 0.06 * np.array([0.3, 0.07, 0.3, 0.15, 0.1, 0.08])
PRIOR_SHARE = 0.4  # the prior counts as so many times the data
MOST = 15.0  # nats, of all signals
ROUNDS, SETTLED = 200, 1e-6


@dataclass(frozen=True)
class HeldOutWords:
    """What the model of the best epoch makes of the H words that it was not trained on."""

    loss: Float[np.ndarray, " h"]  # nats, of the word's tag; NaN: nothing was recorded of it
    prediction: Int[np.ndarray, " h"]  # tag numbers
    probability: Float[np.ndarray, " h"]  # of the predicted tag


@dataclass(frozen=True)
class WordSignals:
    """What a run has recorded about its training words and sentences after E >= 1 epochs."""

    loss: Float[np.ndarray, "e w"]  # nats, of the tag that the word has
    prediction: Int[np.ndarray, "e w"]  # tag numbers
    probability: Float[np.ndarray, "e w"]  # of the predicted tag
    hardness: Float32[np.ndarray, "e n"]
    row_loss: Float32[np.ndarray, "e n"]
    held_out: HeldOutWords | None = None

    @property
    def trained(self) -> int:
        """How many words the training sentences have."""
        return int(self.loss.shape[1])

    def predictions(self, word: int) -> Int[np.ndarray, " e"] | None:
        """The tags predicted for any word, epoch by epoch or once; None where none is recorded."""
        if word < self.trained:
            return self.prediction[:, word]
        held, word = self.held_out, word - self.trained
        if held is None or not np.isfinite(held.loss[word]):
            return None
        return held.prediction[word : word + 1]

    def last_predictions(self, first: int, end: int) -> Int[np.ndarray, " w"]:
        """The tags predicted last for the words of a sentence; no entities where none is known."""
        if first < self.trained:
            return self.prediction[-1, first:end]
        if self.held_out is None:
            return np.zeros(end - first, np.int16)
        return self.held_out.prediction[first - self.trained : end - self.trained]

    def last(self, word: int) -> tuple[float, float]:
        """(probability of the tag predicted last, that of the word's tag) of any word."""
        if word < self.trained:
            return float(self.probability[-1, word]), float(np.exp(-float(self.loss[-1, word])))
        assert self.held_out is not None  # `predictions` says whether anything is recorded
        word -= self.trained
        own = float(np.exp(-float(self.held_out.loss[word])))
        return float(self.held_out.probability[word]), own


class SentenceEdit(NamedTuple):
    """The edit of each sentence that has the highest odds; arrays [S]."""

    kind: Int[np.ndarray, " s"]  # an index into `span_edits.KINDS`
    start: Int[np.ndarray, " s"]  # words of the entity after the edit, counted over all sentences
    end: Int[np.ndarray, " s"]
    type: Int[np.ndarray, " s"]  # -1: no entity, its words are those of the entity as it is


@dataclass(frozen=True)
class SentenceErrors:
    """How likely each sentence contains a wrong entity, and which edit would mend it."""

    score: Float64[np.ndarray, " s"]  # log-odds of its likeliest edit, for ordering
    p_wrong: Float64[np.ndarray, " s"]  # estimated probability that any entity is wrong
    p_worst: Float64[np.ndarray, " s"]  # that of the unit which is most likely wrong
    p_entity: Float64[np.ndarray, " m"]  # that each entity is wrong; missed ones do not count
    worst: Int[np.ndarray, " s"]  # the first word that the edit changes, over all sentences
    other: Int[np.ndarray, " s"]  # the tag of that word after the edit
    edit: SentenceEdit
    estimated_count: int  # estimated number of sentences with an error: those that score highest

    @property
    def order(self) -> Int[np.ndarray, " s"]:
        """All sentences, the likeliest errors first."""
        return np.argsort(-self.score, kind="stable")


def estimate_sentence_errors(statistics: TagStatistics, signals: WordSignals) -> SentenceErrors:
    """The score of every sentence; the module's docstring has the equations."""
    layout, edits = statistics.layout, statistics.edits
    by_run, _ = every_word_log_p(signals, statistics)
    of_run = TagModel(by_run, layout.tags).support(layout, edits)
    found = np.minimum(statistics.edit_evidence + RUN_SHARE[edits.kind] * of_run, MOST)
    best = _best_of_each_kind(edits, found, len(layout.is_entity))
    likely = np.where(best >= 0, np.exp(found[best]), 0.0)
    ratio = np.where(best >= 0, (1 - HIDDEN) * likely + HIDDEN, 0.0)
    known = layout.unit_starts[:-1] < statistics.known_words
    rates = _rates(ratio[known], int(layout.is_entity[known].sum()))
    return _summed(statistics, best, likely * rates, ratio * rates)


def _best_of_each_kind(
    edits: Edits, found: Float64[np.ndarray, " c"], unit_count: int
) -> Int[np.ndarray, "u k"]:
    """The edit with the strongest signals of each kind in each unit; -1 where there is none."""
    best = np.full((unit_count, len(KINDS)), -1)
    order = np.argsort(found, kind="stable")  # of edits that share a place the last is kept
    best[edits.unit[order], edits.kind[order]] = order
    return best


def _rates(ratio: Float64[np.ndarray, "u k"], entities: int) -> Float64[np.ndarray, " k"]:
    """The errors of each kind for each entity, by expectation maximisation from the prior."""
    rates = PRIOR.copy()
    for _ in range(ROUNDS):
        odds = ratio * rates
        errors = (odds / (1 + odds.sum(1, keepdims=True))).sum(0)
        before, rates = rates, (errors / max(entities, 1) + PRIOR_SHARE * PRIOR) / (1 + PRIOR_SHARE)
        rates = np.minimum(rates, 0.5)
        if np.abs(rates - before).max() < SETTLED:
            break
    return rates


def _summed(
    statistics: TagStatistics,
    best: Int[np.ndarray, "u k"],
    shown: Float64[np.ndarray, "u k"],
    odds: Float64[np.ndarray, "u k"],
) -> SentenceErrors:
    """From the odds of edits, by the signals alone and with what is hidden, to those of rows."""
    layout = statistics.layout
    every, rows = odds.sum(1), len(layout.starts) - 1
    p_unit = every / (1 + every)
    p_wrong = 1 - np.exp(-np.bincount(layout.unit_sentence, np.log1p(every), rows))
    highest = shown.max(1)
    unit = np.zeros(rows, np.int64)
    order = np.argsort(highest, kind="stable")
    unit[layout.unit_sentence[order]] = order  # of the units of a row the last is kept
    chosen = statistics.edits.of(best[unit, shown[unit].argmax(1)])
    first = np.searchsorted(layout.unit_sentence, np.arange(rows))
    return SentenceErrors(
        score=np.log(np.maximum(highest[unit], TINY)),
        p_wrong=p_wrong,
        p_worst=np.maximum.reduceat(p_unit, first),
        p_entity=p_unit[layout.entities],
        worst=chosen.changed(layout),
        other=chosen.tag_after(layout),
        edit=SentenceEdit(chosen.kind, chosen.start, chosen.end, chosen.type),
        estimated_count=max(1, round(float(p_wrong.sum()))),
    )


def every_word_log_p(
    signals: WordSignals, statistics: TagStatistics
) -> tuple[Float64[np.ndarray, "a t"], Bool[np.ndarray, " a"]]:
    """log p(t) by the run for the words of every split, 0 where nothing is recorded; where it is.

    The tags of test words do not change what it says of others.
    """
    tags, counts, trained = statistics.own, statistics.counts, statistics.trained_words
    found = np.zeros((len(tags), len(counts)))
    known = np.arange(len(tags)) < trained
    seen = (signals.loss, signals.prediction, signals.probability)
    found[:trained] = word_log_p(*seen, tags[:trained], counts)
    held = signals.held_out
    if held is None or len(tags) == trained:
        return found, known
    known[trained:] = np.isfinite(held.loss)
    once = (held.loss[None], held.prediction[None], held.probability[None])
    log_p = word_log_p(*once, tags[trained:], counts)
    tuned = np.flatnonzero(known[trained : statistics.giving])
    if len(tuned):  # as of texts, see `every_run_log_p`
        t = temperature(log_p[tuned], tags[trained : statistics.giving][tuned])
        log_p = log_softmax(min(t, 1.0) * log_p)
    found[trained:][known[trained:]] = log_p[known[trained:]]
    return found, known


def word_log_p(
    loss: Float[np.ndarray, "e w"],
    prediction: Int[np.ndarray, "e w"],
    probability: Float[np.ndarray, "e w"],
    tags: Int[np.ndarray, " w"],
    counts: Int[np.ndarray, " t"],
) -> Float64[np.ndarray, "w t"]:
    """log p(t) by the run: the own tag's from all epochs, the others' as the docstring says."""
    words, epochs = np.arange(len(tags)), len(loss)
    p = np.tile(UNNAMED * (counts + 1) / (counts.sum() + len(counts)), (len(tags), 1))
    for predicted, chance in zip(prediction, probability, strict=True):
        p[words, predicted] += chance.astype(float) / epochs
    p[words, tags] = 0.0
    own = np.exp(-loss.mean(0, dtype=float))
    p *= ((1 - own) / p.sum(1))[:, None]
    p[words, tags] = own
    log_p: Float64[np.ndarray, "w t"] = np.log(np.maximum(p, TINY))
    return log_p
