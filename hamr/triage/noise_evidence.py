"""Marginal likelihood of label noise: whether labels are mixed up by pair of classes.

A matrix T with C (C - 1) free shares fits any labels better than one share e does. How much better
says nothing before what the freedom is worth is subtracted: where mistakes end in every class, each
share is estimated from a label or two. The marginal likelihood does that. It averages the
likelihood over the prior of T instead of maximising it,

    log p(y) = log of the integral of prod_i (sum_c q_i(c) T[c, y_i]) p(T) dT.

The rows of T are Dirichlet distributed, e is Beta distributed. The integral has the variational
lower bound (Beal 2003, "Variational algorithms for approximate Bayesian inference", section 4)

    sum_i log sum_c q_i(c) T~[c, y_i] - KL(posterior of T || prior of T),
    T~ = exp(E log T) = exp(digamma(a) - digamma(sum of a)),   a = prior counts + expected counts,

where the expected counts are those of true class c and label y under T~, so both are computed in
turn. The class probabilities q are given.

Axes: n rows, C classes.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int

ROUNDS = 60
TINY = 1e-300


def log_evidence_by_pair(
    q: Float64[np.ndarray, "n c"],
    labels: Int[np.ndarray, " n"],
    prior: Float64[np.ndarray, "c c"],
    matrix: Float64[np.ndarray, "c c"],
) -> float:
    """Log marginal likelihood of the labels, nats, if every T[c, y] is free.

    `prior` has the pseudo-counts of T, `matrix` the T to begin with.
    """
    given = np.eye(q.shape[1])[labels]
    counts = prior
    for _ in range(ROUNDS):
        joint = q * matrix.T[labels]
        likely = joint.sum(1) + TINY
        counts = prior + (joint / likely[:, None]).T @ given
        matrix = np.exp(_expected_log(counts))
    likely = (q * matrix.T[labels]).sum(1) + TINY
    return float(np.log(likely).sum()) - _divergence(counts, prior)


def log_evidence_of_one_share(
    q: Float64[np.ndarray, "n c"],
    labels: Int[np.ndarray, " n"],
    prior: Float64[np.ndarray, "1 2"],
    landing: Float64[np.ndarray, "c c"],
) -> float:
    """Log marginal likelihood of the labels, nats, if the same share of every class is wrong.

    `prior` has the pseudo-counts of wrong and right labels. `landing[c, y]` is the share of the
    mistakes of class c that end in class y, 0 where y is c.
    """
    right = q[np.arange(len(labels)), labels]
    wrong = (q * landing.T[labels]).sum(1)
    found = 0.02 * len(labels)
    for _ in range(ROUNDS):
        counts = prior + np.array([[found, len(labels) - found]])
        by_wrong, by_right = np.exp(_expected_log(counts))[0]
        likely = by_wrong * wrong + by_right * right + TINY
        found = float((by_wrong * wrong / likely).sum())
    return float(np.log(likely).sum()) - _divergence(counts, prior)


def _expected_log(counts: Float64[np.ndarray, "r k"]) -> Float64[np.ndarray, "r k"]:
    """E log of shares that are Dirichlet distributed, for each row of counts."""
    from scipy.special import digamma  # slow to load

    found: Float64[np.ndarray, "r k"] = digamma(counts) - digamma(counts.sum(1, keepdims=True))
    return found


def _divergence(counts: Float64[np.ndarray, "r k"], prior: Float64[np.ndarray, "r k"]) -> float:
    """Kullback-Leibler divergence of Dirichlet distributions, summed over the rows."""
    from scipy.special import gammaln  # slow to load

    found = gammaln(counts.sum(1)) - gammaln(counts).sum(1)
    found -= gammaln(prior.sum(1)) - gammaln(prior).sum(1)
    found += ((counts - prior) * _expected_log(counts)).sum(1)
    return float(found.sum())
