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

What does not help, measured with entities made wrong (`tests.benchmarks.triage_entities`): the
distances of words to the tags' centroids (`class_centroids.py`), hardness as a further signal, the
sum or the soft maximum of the words' odds. The constants were chosen on the built-in entities and
on restaurant queries at seeds 10 and 11.

Axes: E epochs, W words of the N training sentences, T tags.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64, Int

from hamr.triage.class_centroids import log_softmax
from hamr.triage.label_errors import FLOOR, TINY, wrong_log_odds
from hamr.triage.tag_statistics import TagStatistics

RARITY = 0.25
ORDERING, PROBABLE = 2.0, 1.0  # v
UNNAMED = 0.02  # the share of a word's probability for tags that no epoch predicted


@dataclass(frozen=True)
class WordSignals:
    """What a run has recorded about its training words and sentences after E >= 1 epochs."""

    loss: Float[np.ndarray, "e w"]  # nats, of the tag that the word has
    prediction: Int[np.ndarray, "e w"]  # tag numbers
    probability: Float[np.ndarray, "e w"]  # of the predicted tag
    hardness: Float32[np.ndarray, "e n"]
    row_loss: Float32[np.ndarray, "e n"]


@dataclass(frozen=True)
class SentenceErrors:
    """How likely each sentence contains a wrong entity, and at which word."""

    score: Float64[np.ndarray, " n"]  # log-odds that its worst word's tag is wrong, for ordering
    p_wrong: Float64[np.ndarray, " n"]  # estimated probability that an entity is wrong
    worst: Int[np.ndarray, " n"]  # the word most likely wrong, counted over all sentences
    other: Int[np.ndarray, " n"]  # the likeliest other tag of that word
    estimated_count: int  # estimated number of sentences with an error: those that score highest

    @property
    def order(self) -> Int[np.ndarray, " n"]:
        """All sentences, the likeliest errors first."""
        return np.argsort(-self.score, kind="stable")


def estimate_sentence_errors(statistics: TagStatistics, signals: WordSignals) -> SentenceErrors:
    """The score of every sentence; the module's docstring has the equations."""
    tags = statistics.own
    combined = word_log_p(signals, tags, statistics.counts) + statistics.log_p
    combined -= RARITY * np.log(np.maximum(statistics.counts, 0.5) / len(tags))
    odds, _ = wrong_log_odds(log_softmax(combined / ORDERING), tags)
    worst = _worst(odds, statistics.starts)
    score, log_p = odds[worst], log_softmax(combined / PROBABLE)
    odds, _ = wrong_log_odds(log_p, tags)
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


def word_log_p(
    signals: WordSignals, tags: Int[np.ndarray, " w"], counts: Int[np.ndarray, " t"]
) -> Float64[np.ndarray, "w t"]:
    """log p(t) by the run: the own tag's from all epochs, the others' as the docstring says."""
    words, epochs = np.arange(len(tags)), len(signals.loss)
    p = np.tile(UNNAMED * (counts + 1) / (len(tags) + len(counts)), (len(tags), 1))
    for predicted, chance in zip(signals.prediction, signals.probability, strict=True):
        p[words, predicted] += chance.astype(float) / epochs
    p[words, tags] = 0.0
    own = np.exp(-signals.loss.mean(0, dtype=float))
    p *= ((1 - own) / p.sum(1))[:, None]
    p[words, tags] = own
    return np.log(np.maximum(p, TINY))


def _worst(
    odds: Float64[np.ndarray, " w"], starts: Int[np.ndarray, " n1"]
) -> Int[np.ndarray, " n"]:
    """The word with the highest odds in each sentence; the first one of equals."""
    highest = np.maximum.reduceat(odds, starts[:-1])
    sentence = np.repeat(np.arange(len(highest)), np.diff(starts))
    at = np.flatnonzero(odds == highest[sentence])
    worst: Int[np.ndarray, " n"] = at[np.searchsorted(sentence[at], np.arange(len(highest)))]
    return worst
