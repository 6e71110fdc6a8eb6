"""The probability of each row's label by the rows that are not like it.

Where many labels of one kind of text are wrong, those rows explain each other: to its nearest
rows, and to a model trained on it, the wrong label is one of two usual ones. Rows of other kinds
know nothing of that. So the rows are put in groups of alike texts, the groups in FOLDS folds, and
a ridge regression of the labels on the embeddings predicts for each fold from the others. With
Z [N, D + 1] the embeddings of length 1 and a constant, Omega the weights of the rows by their class
(as in `hamr.triage.ridge`), F the rows of the fold and O all others,

    B_F = (Z_O' Omega_O Z_O + lambda I)^-1 Z_O' Omega_O Y_O,    log p(c | x_i) = t z_i' B_F + const,

with the temperature t that makes all labels most likely. The Gram matrix of O is that of all rows
without that of F, so that all folds cost about as much as one fit.

Mixed with the evidence of all rows by `both`, it found 27 of 30 regions planted in tweets as
`tests.benchmarks.regions` does; without it, 24 were found.

Axes: N rows; D the width of an embedding; C classes.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64, Int

from hamr.triage.class_centroids import calibrated
from hamr.triage.ridge import PENALTY, POWER

FOLDS = 5
SEED = 0
CHUNK = 8192  # rows processed at a time, to limit memory
SURE = 1e-6  # probabilities are at least this far from 0 and 1


def outside_p(
    vectors: Float[np.ndarray, "n d"], labels: Int[np.ndarray, " n"], groups: Int[np.ndarray, " n"]
) -> Float64[np.ndarray, " n"]:
    """The probability of each row's label, by the folds that its group is not in."""
    known, own = np.unique(labels, return_inverse=True)
    fold = np.random.default_rng(SEED).permutation(int(groups.max()) + 1)[groups] % FOLDS
    counts = np.bincount(own)
    weight = counts[own] ** -POWER
    weight /= weight.mean()
    parts = [np.flatnonzero(fold == n) for n in range(FOLDS)]
    moments = [_moments(vectors, own, weight, part, len(known)) for part in parts]
    gram, moment = sum(one[0] for one in moments), sum(one[1] for one in moments)
    scores = np.zeros((len(labels), len(known)))
    for part, (its_gram, its_moment) in zip(parts, moments, strict=True):
        penalty = PENALTY * np.eye(len(its_gram))
        solution = np.linalg.solve(gram - its_gram + penalty, moment - its_moment)
        for rows in _chunks(part):
            scores[rows] = _design(vectors[rows]) @ solution
    log_p = calibrated(scores, own)
    found: np.ndarray = np.exp(log_p[np.arange(len(own)), own])
    return found


def both(
    inside: Float[np.ndarray, " n"],
    outside: Float[np.ndarray, " n"],
    labels: Int[np.ndarray, " n"],
) -> Float64[np.ndarray, " n"]:
    """The probability with the weighted mean of the log-odds of two.

    Each weighs what it says of the labels: the mean of log p beyond that of the classes' shares.
    So other rows count little where each group of rows has a class of its own.
    """
    _, own = np.unique(labels, return_inverse=True)
    usual = np.log(np.bincount(own) / len(own))[own]
    p = [np.clip(one, SURE, 1 - SURE) for one in (inside, outside)]
    says = [max(float((np.log(one) - usual).mean()), 0.0) for one in p]
    share = says[1] / max(sum(says), SURE)
    log_odds = [np.log(one / (1 - one)) for one in p]
    found: np.ndarray = 1 / (1 + np.exp((share - 1) * log_odds[0] - share * log_odds[1]))
    return found


def _moments(
    vectors: Float[np.ndarray, "n d"],
    own: Int[np.ndarray, " n"],
    weight: Float[np.ndarray, " n"],
    part: Int[np.ndarray, " m"],
    class_count: int,
) -> tuple[Float64[np.ndarray, "e e"], Float64[np.ndarray, "e c"]]:
    """Z' Omega Z and Z' Omega Y of some rows."""
    width = vectors.shape[1] + 1
    gram, moment = np.zeros((width, width)), np.zeros((width, class_count))
    for rows in _chunks(part):
        z = _design(vectors[rows])
        weighted = z * weight[rows, None].astype(np.float32)
        gram += weighted.T @ z
        moment += weighted.T @ np.eye(class_count, dtype=np.float32)[own[rows]]
    return gram, moment


def _design(vectors: Float[np.ndarray, "m d"]) -> np.ndarray:
    """The embeddings, of length 1, and a constant."""
    with np.errstate(all="ignore"):
        given = np.nan_to_num(np.asarray(vectors, np.float32), posinf=0, neginf=0)
    given = given / np.maximum(np.linalg.norm(given, axis=1, keepdims=True), 1e-12)
    return np.concatenate([given, np.ones((len(given), 1), np.float32)], 1)


def _chunks(rows: Int[np.ndarray, " m"]) -> list[np.ndarray]:
    return [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
