"""How far the labels of a candidate depart from what the evidence about its rows says.

The evidence gives the label y_i of each row a probability p_i, from all other rows and the run
(`hamr.triage`), and from rows of other kinds alone (`hamr.regions.outside`). A region with trouble
is one where a share of the rows has got one class, whatever the rows say: with R the candidate, c
the class and s the share,

    score = max over c, s of the sum over R of log(((1 - s) p_i + s [y_i = c]) / p_i).

It is high where labels gather that the evidence does not explain, and both a whole cluster of
another class, which its rows explain to each other, and classes that are hard everywhere stay low.

*Chance*: if labels are drawn with the probabilities that the evidence gives them, each of these
likelihood ratios has the expectation 1, and so has the mean of all K (candidates, classes and
shares). By Markov's inequality it exceeds 1 / a with a probability of at most a, hence

    p-value = min(1, K exp(-score))

holds for all candidates at once, however they overlap (Vovk and Wang 2021 on e-values). No
simulation is needed. The evidence may be too sure of itself, most of all where labels are random:
then p_i is mixed with a share of each class, as much as makes the labels most likely.

Axes: N rows; M entries of all Q candidates together; C classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int

from hamr.regions.candidates import Candidates

SHARES = (0.2, 0.3, 0.4, 0.6, 0.8)  # s; with less, trouble is too thin to make a region of
LEAST_P = 1e-4  # one row alone proves little
ROUNDS = 30  # of expectation maximisation


@dataclass(frozen=True)
class Scan:
    """What the scan finds about the Q candidates."""

    score: Float64[np.ndarray, " q"]  # log-likelihood ratio, nats
    p_value: Float64[np.ndarray, " q"]
    label: Int[np.ndarray, " q"]  # the class that gathers
    share: Float64[np.ndarray, " q"]  # of the rows that got it
    p: Float64[np.ndarray, " n"]  # of each row's label, calibrated


def scan(
    candidates: Candidates, p_label: Float[np.ndarray, " n"], labels: Int[np.ndarray, " n"]
) -> Scan:
    """The score of each candidate, from the probability of each row's label."""
    known, own = np.unique(labels, return_inverse=True)
    p = calibrated(p_label, own)
    width, count = len(known), len(candidates)
    cells = np.repeat(np.arange(count), candidates.sizes) * width + own[candidates.members]
    rows = np.bincount(cells, minlength=count * width).reshape(count, width)
    others = candidates.sizes[:, None] - rows
    score, share = np.full((count, width), -np.inf), np.zeros((count, width))
    for s in SHARES:
        gains = np.log1p(s * (1 / p - 1))[candidates.members]
        ratio = np.bincount(cells, gains, count * width).reshape(count, width)
        ratio += others * np.log1p(-s)
        share = np.where(ratio > score, s, share)
        score = np.maximum(score, ratio)
    best = score.argmax(1)
    each = np.arange(count)
    highest = score[each, best]
    tests = count * width * len(SHARES)
    p_value = np.exp(np.minimum(0.0, np.log(max(tests, 1)) - highest))
    return Scan(highest, p_value, known[best], share[each, best], p)


def calibrated(
    p_label: Float[np.ndarray, " n"], labels: Int[np.ndarray, " n"]
) -> Float64[np.ndarray, " n"]:
    """(1 - sum of all m_c) p_i + m_{y_i}, with the m that make the labels most likely.

    So a class that the evidence misses everywhere is no reason to call any region odd.
    """
    shares = np.bincount(labels) / len(labels)
    given = np.where(np.isfinite(p_label), p_label, shares[labels])
    anyhow = 0.5 * shares  # m
    for _ in range(ROUNDS):
        mixed = (1 - anyhow.sum()) * given + anyhow[labels]
        parts = anyhow[labels] / np.maximum(mixed, 1e-300)
        anyhow = np.bincount(labels, parts, len(shares)) / len(labels)
    found: np.ndarray = np.clip((1 - anyhow.sum()) * given + anyhow[labels], LEAST_P, 1)
    return found
