"""How much evidence of trouble a candidate holds, and whether chance explains it.

Each row has an amount of evidence e_i >= 0: the estimated probability that its label is wrong,
and whether it is a hard seed. Rows of hard classes have more of it wherever they lie, so that a
row's expected evidence m_i is the mean of its class. A candidate R with E = sum of e_i and
M = sum of m_i over its rows is scored by the likelihood ratio of Kulldorff's spatial scan
statistic (1997; Poisson model), with T the sum over all rows,

    score = E log(E / M) + (T - E) log((T - E) / (T - M)),    0 where E <= M.

Chance: the evidence of rows of the same class is exchanged at random, and each time the highest
score of all candidates is kept. The p-value of a candidate is the share of these that reach its
score, so that it is corrected for the number of candidates.

Axes: N rows; Q candidates; S kinds of evidence; B permutations.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64, Int

from hamr.regions.candidates import Candidates

PERMUTATIONS = 199
SEED = 0


def expected(
    evidence: Float[np.ndarray, " n"], strata: Int[np.ndarray, " n"]
) -> Float64[np.ndarray, " n"]:
    """The mean evidence of each row's stratum."""
    rows = np.maximum(np.bincount(strata), 1)
    means: np.ndarray = (np.bincount(strata, evidence) / rows)[strata]
    return means


def scores(
    held: Float[np.ndarray, "q ..."], usual: Float[np.ndarray, "q ..."], total: float
) -> Float64[np.ndarray, "q ..."]:
    """The log-likelihood ratio of candidates that hold so much where so much is usual."""
    inside, mean = np.maximum(held, 1e-12), np.maximum(usual, 1e-12)
    outside, rest = np.maximum(total - held, 1e-12), np.maximum(total - usual, 1e-12)
    ratio = inside * np.log(inside / mean) + outside * np.log(outside / rest)
    return np.where(held > usual, np.maximum(ratio, 0), 0)


def sums(candidates: Candidates, values: Float[np.ndarray, "n ..."]) -> Float64[np.ndarray, "q b"]:
    """The sum of values over each candidate's rows."""
    from scipy.sparse import csr_matrix

    ones = np.ones(len(candidates.members), np.float32)
    shape = (len(candidates), candidates.rows)
    which = csr_matrix((ones, candidates.members, candidates.starts), shape=shape)
    found: np.ndarray = which @ values
    return found


def permuted(
    evidence: Float[np.ndarray, " n"], strata: Int[np.ndarray, " n"], count: int
) -> Float[np.ndarray, "n b"]:
    """The evidence exchanged within strata, `count` times."""
    random = np.random.default_rng(SEED)
    order = np.argsort(strata, kind="stable")
    result = np.empty((len(evidence), count), np.float32)
    for b in range(count):
        shuffled = np.lexsort((random.random(len(strata)), strata))
        result[order, b] = evidence[shuffled]
    return result


def scan(
    candidates: Candidates, evidence: Float[np.ndarray, " n"], strata: Int[np.ndarray, " n"]
) -> tuple[Float64[np.ndarray, " q"], Float64[np.ndarray, " q"]]:
    """(score, p-value) of each candidate."""
    total = float(evidence.sum())
    usual = sums(candidates, expected(evidence, strata))
    found = scores(sums(candidates, evidence), usual, total)
    null = sums(candidates, permuted(evidence, strata, PERMUTATIONS))
    highest = np.sort(scores(null, usual[:, None], total).max(0, initial=0))
    reached = PERMUTATIONS - np.searchsorted(highest, found, side="left")
    return found, (1 + reached) / (1 + PERMUTATIONS)
