"""The tags of a sentence chosen together: which tag follows which, and Viterbi's search. No torch.

A classifier that tags each word alone cuts entities to pieces, since it does not know how it has
tagged the words before. With p(y | x_t) of each word, the shares pi of the tags among the training
words, and how often one tag follows another there, A, the tags of a sentence are those of the
largest

    s(y) = sum_t log p(y_t | x_t) - g log pi(y_t) + w log A(y_(t-1), y_t).

Dividing a network's probabilities by the tags' shares and chaining them by a Markov model of the
tags is the hybrid of Bourlard and Morgan (1994, *Connectionist Speech Recognition*), where w and g
are 1; words that see their whole sentence already know a part of both, so w and g are smaller. The
search is Viterbi's (1967), exact. An I that continues nothing is never chosen.

Axes: W words of all sentences, one sentence after another; T tags; a matrix of transitions has one
more row, before the first word, and one more column, after the last one.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int

SMOOTHING = 0.1  # added to each count
NEVER = -1e4  # the score of an I that continues nothing
CELLS = 1 << 22  # numbers that a step of the search holds at a time


def transition_scores(
    tags: Int[np.ndarray, " w"],
    starts: Int[np.ndarray, " n1"],
    tag_count: int,
    *,
    transitions: float,
    prior: float,
) -> Float32[np.ndarray, "t1 t1"]:
    """w log A(y, y') - g log pi(y') by rows y and columns y', from the tags of training sentences.

    `transitions` is w, `prior` is g; row i has the words from starts[i] to starts[i + 1].
    """
    size = tag_count + 1
    filled = np.diff(starts) > 0
    first, last = starts[:-1][filled], starts[1:][filled] - 1
    own = tags.astype(np.int64)
    inner = np.ones(len(own), bool)
    inner[last] = False
    pairs = np.flatnonzero(inner)
    counts = np.full((size, size), SMOOTHING)
    np.add.at(counts, (own[pairs], own[pairs + 1]), 1)
    np.add.at(counts, (tag_count, own[first]), 1)
    np.add.at(counts, (own[last], tag_count), 1)
    shares = np.bincount(own, minlength=tag_count) + SMOOTHING
    scores = transitions * np.log(counts / counts.sum(1, keepdims=True))
    scores[:, :-1] -= prior * np.log(shares / shares.sum())
    inside = np.arange(2, tag_count, 2)  # the tag I of each type
    kept = scores[inside - 1, inside], scores[inside, inside]
    scores[:, inside] = NEVER
    scores[inside - 1, inside], scores[inside, inside] = kept
    found: np.ndarray = scores.astype(np.float32)
    return found


def decode(
    log_p: Float[np.ndarray, "w t"],
    starts: Int[np.ndarray, " n1"],
    transitions: Float[np.ndarray, "t1 t1"],
) -> Int[np.ndarray, " w"]:
    """The tags [W] int16 of the largest score, sentence by sentence.

    Of equally good ones the tag of the lower number is taken.
    """
    found = np.zeros(len(log_p), np.int16)
    lengths = np.diff(starts)
    order = np.argsort(-lengths, kind="stable")
    order = order[lengths[order] > 0]
    size = max(1, CELLS // max(1, log_p.shape[1] ** 2))
    for begin in range(0, len(order), size):
        rows = order[begin : begin + size]
        _decode(log_p, starts[rows], lengths[rows], transitions, found)
    return found


def _decode(
    log_p: Float[np.ndarray, "w t"],
    firsts: Int[np.ndarray, " b"],
    lengths: Int[np.ndarray, " b"],
    transitions: Float[np.ndarray, "t1 t1"],
    found: Int[np.ndarray, " w"],
) -> None:
    """Writes the tags of some sentences, the longest first, into `found`."""
    tag_count = log_p.shape[1]
    step = transitions[:tag_count, :tag_count]
    best = log_p[firsts] + transitions[tag_count, :tag_count]
    back: list[np.ndarray] = []  # by position from 1: the tag before, for each tag there
    going = [int((lengths > t).sum()) for t in range(int(lengths[0]))]
    for t, live in enumerate(going[1:], 1):
        ways = best[:live, :, None] + step
        back.append(ways.argmax(1).astype(np.int16))
        reached = np.take_along_axis(ways, back[-1][:, None].astype(np.int64), 1)[:, 0]
        best[:live] = reached + log_p[firsts[:live] + t]
    tags = (best + transitions[:tag_count, tag_count]).argmax(1)
    for t in range(len(going) - 1, -1, -1):
        live = going[t]
        found[firsts[:live] + t] = tags[:live]
        if t:
            tags[:live] = back[t - 1][np.arange(live), tags[:live]]
