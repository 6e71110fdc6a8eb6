"""The label-error score of tagged sentences: orders them by how likely an entity is wrong.

Two signals predict the tag t of each word, as log p(t), and neither needs a vector:
1. *the run*: the mean over all epochs of the log-probability that the model gave the word's own
   tag, since a wrong one is learned late if at all. The rest of the probability is shared among
   the tags that the model predicted, epoch by epoch; a little goes to the tags that it never
   predicted, in proportion to how frequent they are;
2. *tag statistics*: how all other sentences tag this word and similar ones (`tag_statistics.py`).

    log p_wt = (run_wt + statistics_wt - log(n_t / W) / 4) / v + const,

and the log-odds that a word's tag is wrong follow from p, the share of wrong tags and the tags
that they end in, both estimated from the data, exactly as for texts (`label_errors.py`). v = 2
orders best; v = 1 gives the better probabilities, because the run reads vectors and the
statistics count words. The estimate of the tags that mistakes end in is what finds missing
entities: a word without an entity is almost never wrong, but there are so many of them that most
wrong tags may be theirs.

A sentence scores as high as its worst word: *score* is that word's log-odds, *p_wrong* the
probability. An entity of the wrong type makes several words wrong at once, so their odds must not
be added up. The *estimated number of label errors* is the sum of *p_wrong*, but at least one
sentence in a hundred.

*Sentences that the run was not trained on* share the queue, as texts do (`label_errors.py`): the
run speaks of their words once, by the model of its best epoch; where it has recorded nothing, the
tag statistics alone decide, with v = 1. The shares of wrong tags come from training and validation
sentences.

What does not help, measured with entities made wrong (`tests.benchmarks.triage_entities`): the
distances of words to the tags' centroids (`class_centroids.py`), hardness as a further signal, the
sum or the soft maximum of the words' odds. The constants were chosen on the built-in entities and
on restaurant queries at seeds 10 and 11.

Axes: E epochs, N training sentences, W words of theirs, H words of validation and test sentences,
A = W + H, S sentences, T tags.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int

from hamr.triage.class_centroids import log_softmax, temperature
from hamr.triage.label_errors import FLOOR, TINY, wrong_log_odds
from hamr.triage.tag_statistics import TagStatistics

RARITY = 0.25
ORDERING, PROBABLE = 2.0, 1.0  # v
UNNAMED = 0.02  # the share of a word's probability for tags that no epoch predicted


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


@dataclass(frozen=True)
class SentenceErrors:
    """How likely each sentence contains a wrong entity, and at which word."""

    score: Float64[np.ndarray, " s"]  # log-odds that its worst word's tag is wrong, for ordering
    p_wrong: Float64[np.ndarray, " s"]  # estimated probability that an entity is wrong
    worst: Int[np.ndarray, " s"]  # the word most likely wrong, counted over all sentences
    other: Int[np.ndarray, " s"]  # the likeliest other tag of that word
    estimated_count: int  # estimated number of sentences with an error: those that score highest

    @property
    def order(self) -> Int[np.ndarray, " s"]:
        """All sentences, the likeliest errors first."""
        return np.argsort(-self.score, kind="stable")


def estimate_sentence_errors(statistics: TagStatistics, signals: WordSignals) -> SentenceErrors:
    """The score of every sentence; the module's docstring has the equations."""
    tags, fitted = statistics.own, min(statistics.giving, len(statistics.own))
    combined, known = _combined(statistics, signals)
    ordering = np.where(known, ORDERING, 1.0)[:, None]
    odds, _ = wrong_log_odds(log_softmax(combined / ordering), tags, fitted)
    worst = _worst(odds, statistics.starts)
    score, log_p = odds[worst], log_softmax(combined / PROBABLE)
    odds, _ = wrong_log_odds(log_p, tags, fitted)
    p_wrong = 1 / (1 + np.exp(-odds[worst]))
    others = log_p[worst]
    others[np.arange(len(worst)), tags[worst]] = -np.inf
    expected = max(float(p_wrong.sum()), FLOOR * len(worst))
    return SentenceErrors(
        score=score,
        p_wrong=p_wrong,
        worst=worst,
        other=others.argmax(1),
        estimated_count=max(1, round(expected)),
    )


def word_p_wrong(statistics: TagStatistics, signals: WordSignals) -> Float64[np.ndarray, " a"]:
    """The estimated probability that the tag of each word, of every split, is wrong."""
    combined, _ = _combined(statistics, signals)
    fitted = min(statistics.giving, len(statistics.own))
    odds, _ = wrong_log_odds(log_softmax(combined / PROBABLE), statistics.own, fitted)
    p_wrong: Float64[np.ndarray, " a"] = 1 / (1 + np.exp(-odds))
    return p_wrong


def _combined(
    statistics: TagStatistics, signals: WordSignals
) -> tuple[Float64[np.ndarray, "a t"], Bool[np.ndarray, " a"]]:
    """The sum of what both signals say of each word's tags; where the run says anything."""
    by_run, known = every_word_log_p(signals, statistics)
    combined = by_run + statistics.log_p
    combined -= RARITY * np.log(np.maximum(statistics.counts, 0.5) / statistics.trained_words)
    return combined, known


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


def _worst(
    odds: Float64[np.ndarray, " a"], starts: Int[np.ndarray, " s1"]
) -> Int[np.ndarray, " s"]:
    """The word with the highest odds in each sentence; the first one of equals."""
    highest = np.maximum.reduceat(odds, starts[:-1])
    sentence = np.repeat(np.arange(len(highest)), np.diff(starts))
    at = np.flatnonzero(odds == highest[sentence])
    worst: Int[np.ndarray, " s"] = at[np.searchsorted(sentence[at], np.arange(len(highest)))]
    return worst
