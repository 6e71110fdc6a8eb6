"""When a review may stop: the label errors that are left, and a test that most are found.

*How many are left.* Unreviewed rows are grouped by their estimated probability p of a wrong label
(`label_errors.py`), and each group's share of errors gets a beta distribution. It starts at the
group's mean p with the weight of PRIOR rows, and each reviewed row of the group counts as one
observation, an error or none. So what people find corrects what the model estimates. The errors
left among a group's m unreviewed rows are beta-binomial; their sum over the groups is drawn at
random many times, and the interval holds its middle 95 %.

*Whether it is enough.* The test of Callaghan and Müller-Hansen (2020, "Statistical stopping
criteria for automated screening in systematic reviews", Systematic Reviews 9:273). Of r errors
found so far, r_i were found in the first i rows. If more than a share 1 - t of all errors were
still missed, then N_i = N - i rows that were not reviewed at that point held at least
K = floor(r / t - r_i) + 1 errors. The n_i rows reviewed since then, were they drawn at random from
those N_i, would hold only k_i = r - r_i errors with the probability

    p_i = P(X <= k_i),   X hypergeometric (N_i rows, K errors, n_i draws)

and the least p_i of all i is the p-value. Rows reviewed in the order of their scores hold more
errors than random ones, so the test errs on the safe side.

Axes: n reviewed rows in the order in which they were reviewed, m unreviewed rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int

TARGET, CONFIDENCE = 0.95, 0.95  # the share of errors to find, and how sure to be of it
GROUPS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7)  # the lowest p of each group
PRIOR = 4.0  # rows that the estimate weighs as much as, in each group
DRAWS, SEED = 4000, 0  # of the interval


@dataclass(frozen=True)
class ErrorsLeft:
    """An estimate of wrong labels among rows that nobody has reviewed."""

    expected: float
    low: int  # of the 95 % interval
    high: int


def errors_left(
    p_wrong: Float64[np.ndarray, " m"],
    reviewed_p: Float64[np.ndarray, " n"],
    was_wrong: Bool[np.ndarray, " n"],
) -> ErrorsLeft:
    """How many of m unreviewed rows have a wrong label, from what review has found in n others.

    `p_wrong` and `reviewed_p` are the estimated probabilities before the review.
    """
    if not len(p_wrong):
        return ErrorsLeft(0.0, 0, 0)
    random = np.random.default_rng(SEED)
    total, expected = np.zeros(DRAWS, np.int64), 0.0
    own, seen = (np.searchsorted(GROUPS, p, side="right") for p in (p_wrong, reviewed_p))
    for group in np.unique(own):
        here, before = own == group, seen == group
        mean = float(np.clip(p_wrong[here].mean(), 1e-4, 1 - 1e-4))
        errors = int(was_wrong[before].sum())
        a = PRIOR * mean + errors
        b = PRIOR * (1 - mean) + int(before.sum()) - errors
        total += random.binomial(int(here.sum()), random.beta(a, b, DRAWS))
        expected += int(here.sum()) * a / (a + b)
    low, high = np.quantile(total, [0.025, 0.975])
    return ErrorsLeft(expected, int(np.floor(low)), int(np.ceil(high)))


def p_value_of_missing(
    was_wrong: Bool[np.ndarray, " n"], row_count: int, target: float = TARGET
) -> float:
    """The p-value of "less than `target` of the wrong labels among `row_count` rows are found".

    1 before any row is reviewed or any error is found, 0 when all rows are reviewed.
    """
    from scipy.stats import hypergeom  # slow to load

    reviewed, found = len(was_wrong), int(was_wrong.sum())
    if reviewed >= row_count:
        return 0.0
    if not found:
        return 1.0
    before: Int[np.ndarray, " n"] = np.concatenate([[0], np.cumsum(was_wrong)[:-1]])
    start = np.arange(reviewed)
    hidden = np.floor(found / target - before + 1e-9).astype(np.int64) + 1
    left, drawn, seen = row_count - start, reviewed - start, found - before
    possible = hidden <= left - drawn + seen  # else the unreviewed rows can't hold so many
    p = np.where(possible, hypergeom.cdf(seen, left, np.minimum(hidden, left), drawn), 0.0)
    return float(p.min())


def may_stop(was_wrong: Bool[np.ndarray, " n"], row_count: int) -> bool:
    """Whether TARGET of all wrong labels are found, with CONFIDENCE."""
    return p_value_of_missing(was_wrong, row_count) < 1 - CONFIDENCE


def share_interval(errors: int, drawn: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of a share, from `errors` among `drawn` random rows (Clopper and Pearson 1934).

    (0, 1) before any row is drawn.
    """
    from scipy.stats import beta  # slow to load

    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, errors, drawn - errors + 1)) if errors else 0.0
    high = float(beta.ppf(1 - tail, errors + 1, drawn - errors)) if errors < drawn else 1.0
    return low, high
