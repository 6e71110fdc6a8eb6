"""When a review may stop: the label errors that are left, and whether enough are found.

*How many are left.* `label_errors.py` estimates p, the probability that a label is wrong. Review
shows how far off these estimates are. They are recalibrated as Platt (1999, "Probabilistic outputs
for support vector machines") does, with a line on the scale of log-odds,

    P(wrong | p) = 1 / (1 + exp(-(a + b log(p / (1 - p))))).

a and log b have priors around 0, where the estimates hold as they are: log b is normal with the
spread STRETCH; a is half a normal on each side, with the spread MORE above 0 and FEWER below. The
estimates count what contradicts the labels. People also err in ways that texts explain, so there
can be many more errors than that, but hardly many fewer (`tests.benchmarks.error_counts`). Each
reviewed row is one observation, an error or none. From the posterior of (a, b), on a grid, the
errors among the unreviewed rows are drawn at random many times: the median is the estimate, and the
middle 95 % are the interval. Before the first review the estimate is the sum of p, as in the queue.

*Whether it is enough.* Of r errors found and at most u left, with the probability CONFIDENCE, the
share found is at least r / (r + u); a review may stop when that is TARGET or more. This is the rule
QuantCI of Yang, Lewis and Frieder (2021, "Heuristic stopping rules for technology-assisted review",
DocEng '21), with the posterior in place of their normal approximation. It trusts the scores: errors
that the model agrees with are left to chance.

*A test without trust in the scores* is that of Callaghan and Müller-Hansen (2020, "Statistical
stopping criteria for automated screening in systematic reviews", Systematic Reviews 9:273). Of r
errors found so far, r_i were found in the first i rows. If less than a share t of all errors were
found, then the N_i = N - i rows that were not reviewed at that point held at least
K = floor(r / t - r_i) + 1 errors. The n_i rows reviewed since then, were they drawn at random from
those N_i, would hold only k_i = r - r_i errors with the probability

    p_i = P(X <= k_i),   X hypergeometric (N_i rows, K errors, n_i draws)

and the least p_i is the p-value. Of all i with the same k_i the first has the least p_i, so only
those right after an error are looked at, and no more than MOST_STARTS of them. Rows reviewed in the
order of their scores hold more errors than random ones, so the test errs on the safe side.

*A random sample* of d unreviewed rows with e errors trusts nothing at all: `share_interval`.

Axes: n reviewed rows, for the test in the order in which they were reviewed; m unreviewed rows;
g points of the grid; c cells of log-odds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int

TARGET, CONFIDENCE = 0.95, 0.95  # the share of errors to find, and how sure to be of it
MORE, FEWER, STRETCH = 2.0, 1.2, 0.5  # spreads of a and log b before any row is reviewed
CELLS = np.arange(-14, 14, 0.25)  # the lowest log-odds of each cell
DRAWS, SEED = 1000, 0  # of the interval
MOST_STARTS = 30


@dataclass(frozen=True)
class ErrorsLeft:
    """An estimate of how many unreviewed rows have a wrong label."""

    expected: int  # the median
    low: int  # of the 95 % interval
    high: int
    most: int  # not more than so many, with CONFIDENCE

    def share_found(self, found: int) -> float:
        """At least this share of all errors is found, with CONFIDENCE; 0 where none is found."""
        return found / (found + self.most) if found else 0.0


def errors_left(
    p_wrong: Float64[np.ndarray, " m"],
    reviewed_p: Float64[np.ndarray, " n"],
    was_wrong: Bool[np.ndarray, " n"],
) -> ErrorsLeft:
    """How many of m unreviewed rows have a wrong label, from what review has found in n others.

    `p_wrong` and `reviewed_p` are the estimated probabilities before the review.
    """
    if not len(p_wrong):
        return ErrorsLeft(0, 0, 0, 0)
    left, seen = _cells(p_wrong), _cells(reviewed_p)
    rows = np.bincount(left, minlength=len(CELLS))
    errors = np.bincount(seen, was_wrong, minlength=len(CELLS))
    right = np.bincount(seen, minlength=len(CELLS)) - errors
    shift, stretch = (
        axis.ravel() for axis in np.meshgrid(np.linspace(-6, 6, 49), np.linspace(-1.4, 1.4, 41))
    )
    odds = shift[:, None] + np.exp(stretch)[:, None] * (CELLS + 0.125)
    log_wrong, log_right = -np.logaddexp(0, -odds), -np.logaddexp(0, odds)
    log_posterior = log_wrong @ errors + log_right @ right
    spread = np.where(shift > 0, MORE, FEWER)
    # Each half is scaled by its spread, so that more and fewer errors are equally probable.
    log_posterior -= (shift / spread) ** 2 / 2 + np.log(spread) + (stretch / STRETCH) ** 2 / 2
    weights = np.exp(log_posterior - log_posterior.max())
    random, used = np.random.default_rng(SEED), rows > 0
    points = random.choice(len(weights), DRAWS, p=weights / weights.sum())
    totals = random.binomial(rows[used], np.exp(log_wrong[points][:, used])).sum(1)
    low, middle, most, high = np.quantile(totals, [0.025, 0.5, CONFIDENCE, 0.975])
    # Nothing corrects the estimates before the first review: then it is the queue's own number.
    expected = round(middle) if len(reviewed_p) else max(1, round(float(p_wrong.sum())))
    low, high = min(int(np.floor(low)), expected), max(int(np.ceil(high)), expected)
    return ErrorsLeft(expected, low, high, int(np.ceil(most)))


def count_interval(p_wrong: Float64[np.ndarray, " a"], count: int) -> tuple[int, int]:
    """The fewest and the most label errors of A rows, with a probability of 95 %, before review.

    It holds the estimated `count`.
    """
    none = np.zeros(0)
    found = errors_left(p_wrong, none, none.astype(bool))
    return min(found.low, count), max(found.high, count)


def _cells(p: Float64[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """The cell of the log-odds of each probability."""
    inside = np.clip(p, 1e-9, 1 - 1e-9)
    found = np.searchsorted(CELLS, np.log(inside / (1 - inside)), side="right") - 1
    cells: Int[np.ndarray, " n"] = np.clip(found, 0, len(CELLS) - 1)
    return cells


def is_enough(found: int, left: ErrorsLeft) -> bool:
    """Whether TARGET of all wrong labels are found, with CONFIDENCE, if the scores can be trusted.

    Where no error is found yet, it is enough when none is left.
    """
    return left.share_found(found) >= TARGET if found else left.most == 0


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
    after = np.flatnonzero(was_wrong)[-MOST_STARTS:] + 1
    start = np.concatenate([[0], after[after < reviewed]])
    before = np.concatenate([[0], np.cumsum(was_wrong)])[start]
    hidden = np.floor(found / target - before + 1e-9).astype(np.int64) + 1
    left, drawn, seen = row_count - start, reviewed - start, found - before
    possible = hidden <= left - drawn + seen  # else the unreviewed rows can't hold so many
    p = np.where(possible, hypergeom.cdf(seen, left, np.minimum(hidden, left), drawn), 0.0)
    return float(p.min())


def may_stop(was_wrong: Bool[np.ndarray, " n"], row_count: int) -> bool:
    """Whether TARGET of all wrong labels are found, with CONFIDENCE, whatever the scores."""
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
