"""The one score that orders tagged sentences by how likely an entity in them is wrong.

Two witnesses tell the tag t of each word, as log p(t), and neither needs a vector:
1. *the run*: the mean over all epochs of the log-probability that the model gave the word's own
   tag, since a wrong one is learned late if at all. What is not that tag's is shared out among
   the tags that the model named, epoch by epoch, the less named ones by how frequent they are;
2. *elsewhere*: how all other sentences tag this word and its like (`elsewhere.py`).

    log p_wt = (run_wt + elsewhere_wt - log(n_t / W) / 4) / v + const,

and the log-odds that a word's tag is wrong follow from p, the share of wrong tags and the tags
that they end in, both found in the data, exactly as for texts (`recipe.py`); v = 2 orders best,
v = 1 gives the better probabilities, as the run reads vectors and *elsewhere* counts words. The
tags that wrong ones end in are what finds entities that are missing: a word without one is almost
never wrong, yet there are so many of these that most wrong tags may be theirs.

A sentence is as suspect as its worst word: *score* is that word's log-odds, *wrong* the
probability. An entity of the wrong type makes several words wrong at once, so that their odds
must not be added up. The *knee* is the number of sentences expected to be wrong, the sum of
*wrong*, but at least one in a hundred.

What does not help, measured with entities made wrong (`tests.benchmarks.triage_entities`): the
words' places among the tags' centres (`centres.py`), hardness as a further witness, the sum or
the soft maximum of the words' odds. The constants were chosen on the built-in entities and on
restaurant queries at seeds 10 and 11.

Axes: E epochs, W words of the N training sentences, T tags.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64, Int

from hamr.triage.centres import log_softmax
from hamr.triage.elsewhere import Elsewhere
from hamr.triage.recipe import FLOOR, TINY, mixture

RARITY = 0.25
ORDERING, PROBABLE = 2.0, 1.0  # v
UNNAMED = 0.02  # of a word's probability is shared out among tags that no epoch named


@dataclass(frozen=True)
class LearnedWords:
    """What a run knows of its training words and sentences after E >= 1 epochs."""

    loss: Float[np.ndarray, "e w"]  # nats, of the tag that the word has
    prediction: Int[np.ndarray, "e w"]  # tag numbers
    probability: Float[np.ndarray, "e w"]  # of the predicted tag
    hardness: Float32[np.ndarray, "e n"]
    row_loss: Float32[np.ndarray, "e n"]


@dataclass(frozen=True)
class SentenceSuspicion:
    """How likely each sentence holds a wrong entity, and at which word."""

    score: Float64[np.ndarray, " n"]  # the higher, the likelier wrong
    wrong: Float64[np.ndarray, " n"]  # the probability that something in it is wrong
    worst: Int[np.ndarray, " n"]  # the word that says so, among those of all sentences
    other: Int[np.ndarray, " n"]  # the likeliest tag beside its own
    knee: int  # how many sentences are likely mislabelled, those of the largest scores

    @property
    def order(self) -> Int[np.ndarray, " n"]:
        """All sentences, likeliest wrong first."""
        return np.argsort(-self.score, kind="stable")


def suspect_sentences(around: Elsewhere, learned: LearnedWords) -> SentenceSuspicion:
    """The score of every sentence, as the module's head states it."""
    tags = around.own
    witnesses = run_says_of_words(learned, tags, around.counts) + around.says
    witnesses -= RARITY * np.log(np.maximum(around.counts, 0.5) / len(tags))
    odds, _ = mixture(log_softmax(witnesses / ORDERING), tags)
    worst = _worst(odds, around.starts)
    score, log_p = odds[worst], log_softmax(witnesses / PROBABLE)
    odds, _ = mixture(log_p, tags)
    wrong = 1 / (1 + np.exp(-odds[worst]))
    others = log_p[worst]
    others[np.arange(len(worst)), tags[worst]] = -np.inf
    expected = max(float(wrong.sum()), FLOOR * len(worst))
    return SentenceSuspicion(
        score=score,
        wrong=wrong,
        worst=worst,
        other=others.argmax(1),
        knee=max(1, round(expected)),
    )


def run_says_of_words(
    learned: LearnedWords, tags: Int[np.ndarray, " w"], counts: Int[np.ndarray, " t"]
) -> Float64[np.ndarray, "w t"]:
    """log p(t) by the run: its own tag's from all epochs, the others' as the module's head says."""
    words, epochs = np.arange(len(tags)), len(learned.loss)
    p = np.tile(UNNAMED * (counts + 1) / (len(tags) + len(counts)), (len(tags), 1))
    for named, chance in zip(learned.prediction, learned.probability, strict=True):
        p[words, named] += chance.astype(float) / epochs
    p[words, tags] = 0.0
    own = np.exp(-learned.loss.mean(0, dtype=float))
    p *= ((1 - own) / p.sum(1))[:, None]
    p[words, tags] = own
    return np.log(np.maximum(p, TINY))


def _worst(odds: Float64[np.ndarray, " w"], starts: Int[np.ndarray, " n1"]) -> np.ndarray:
    """The first word of the highest odds in each sentence, [N]."""
    highest = np.maximum.reduceat(odds, starts[:-1])
    sentence = np.repeat(np.arange(len(highest)), np.diff(starts))
    at = np.flatnonzero(odds == highest[sentence])
    return at[np.searchsorted(sentence[at], np.arange(len(highest)))]
