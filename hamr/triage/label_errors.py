"""The label-error score: orders rows by how likely their label is wrong, and counts the wrong ones.

*What contradicts a label.* Three signals predict a row's class, each as log p(c). The first and the
third never see its label:
1. *class centroids*: where the row lies among the class centroids without it
   (`class_centroids.py`);
2. *the run*: the mean over all epochs of the log-probability that the model gave the label. A
   wrong label is learned late if at all, so the early epochs still doubt what the last one has
   memorised (Pleiss et al. 2020 on margins). The rest of the probability is shared among the
   other classes as in the last epoch;
3. *neighbour votes*: the labels of the nearest rows (`neighbour_votes.py`). They use the same
   embedding as the centroids, and common classes outvote rare ones there, so they count half.

The signals see the same text: their product would be overconfident, their geometric mean
underconfident. The sum of logarithms is divided by v, which is 1 for the product and 2.5 for the
mean. v = 2 orders rows best, because a single signal sways it less; v = 1.5 gives the better
probabilities of classes. A quarter of the class's log-frequency is subtracted, because a rare class
makes each of its rows look wrong.

    log p_ic = (centroids_ic + run_ic + votes_ic / 2 - log(n_c / N) / 4) / v + const.

A low p_iy alone does not make a label wrong: some rows are just hard. A label y is either right
or was given in place of another class, which happens for a share e of all rows; a mistake ends in
class y with probability F_y. From Bayes' rule,

    log-odds_i = log(e / (1 - e)) + log(F_y (1 - p_iy) / p_iy).

e and F are estimated from the data by expectation maximisation (Dempster et al. 1977): e is the
mean probability of being wrong, and F_y is two fifths class y's share in it plus three fifths
1 / C. So rare labels are suspected where careless mistakes end in every class, rare ones too; where
the rows of a rare class are only hard, few are clearly wrong and the class is trusted.

*Mix-ups of classes* are found by the matrix T of `label_noise.py`: T[c, y] is the share of class c
that is labelled y. With q_ic the probabilities there and r_ic the run's,

    log-odds_i = log(sum over c != y of p_ic T[c, y] / (p_iy T[y, y])),  p_ic ~ (q_ic r_ic)^(1/2).

The *score* is the mean of both log-odds, the second with the weight `ordering_weight`. It finds
mix-ups much better than the first alone and loses little where mistakes end in every class.

*p_wrong* is what `label_noise.py` makes of the evidence that is blind to labels, as a monotone
function of the score (`calibration.py`), and at least one in a hundred on average. The *estimated
number of label errors* is its sum; that many rows with the highest scores are *likely mislabelled*.
It counts labels that the texts of other rows contradict. Errors that are made alike wherever the
texts are alike contradict nothing, and no estimate from texts and labels finds them: the upper end
of the interval allows for them, and review counts them (`stopping.py`).

*Rows that the run was not trained on* share the queue. There the run speaks once, by the model of
its best epoch, whose probabilities a temperature brings to the validation labels; where it has
recorded none, the other signals decide, and v shrinks with the weight W of the signals that are
there: 1 + (v - 1) (W - 1) / (5/2 - 1). e, F and T come from training and validation rows and are
applied to test rows, of which no label is asked for anything but its own score. The validation
labels chose the best epoch, and through the meta set they steered the weights of training rows:
what the run says of a validation row is not wholly blind to its label, but it was never fitted.

What does not help, measured with flipped labels: hardness, post-meta weight or alignment as
further signals (hardness is high where the label is wrong *and* where it is right but hard),
margins in place of losses, a second round without the rows found wrong in the first, signals
weighted by likelihood, words and character n-grams as further signals, and T in place of F_y
wherever mistakes end in every class. The constants were chosen on three data sets at seeds 10 and
11 of `tests.benchmarks.triage`, the same for all sets.

Axes: E epochs, N training rows, H rows not trained on (validation, then test), A = N + H,
C classes, T classes that an epoch records with a probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int

from hamr.triage.calibration import at_least, monotone
from hamr.triage.class_centroids import log_softmax, temperature
from hamr.triage.neighbour_votes import NeighbourEvidence
from hamr.triage.stopping import count_interval

NEIGHBOUR_WEIGHT, RARITY = 0.5, 0.25
ORDERING, PROBABLE = 2.0, 1.5  # v
EVEN = 0.6  # the part of F that is the same for all classes
ROUNDS = 50  # of expectation maximisation
FLOOR = 0.01  # the least share of sentences that count as likely mislabelled
TINY = 1e-9


@dataclass(frozen=True)
class HeldOutSignals:
    """What the model of the best epoch makes of the H rows that it was not trained on."""

    loss: Float[np.ndarray, " h"]  # of the row's label, nats; NaN: nothing was recorded of the row
    top_classes: Int[np.ndarray, "h t"]
    top_probabilities: Float[np.ndarray, "h t"]


@dataclass(frozen=True)
class RunSignals:
    """What a run has recorded about its N training rows after E >= 1 epochs."""

    loss: Float32[np.ndarray, "e n"]
    hardness: Float32[np.ndarray, "e n"]
    # After the last of the epochs; runs of older versions recorded only the prediction.
    top_classes: Int[np.ndarray, "n t"]
    top_probabilities: Float[np.ndarray, "n t"]
    margin: Float32[np.ndarray, "e n"] | None = None
    post: Float32[np.ndarray, " n"] | None = None  # NaN where the last epoch did not draw the row
    held_out: HeldOutSignals | None = None

    @property
    def trained(self) -> int:
        """N."""
        return int(self.loss.shape[1])

    def says(self, row: int) -> tuple[int, float, float] | None:
        """The class that the model names for any row, its probability, and that of the label."""
        if row < self.trained:
            top, chances, loss = self.top_classes[row], self.top_probabilities[row], self.loss[-1]
            return int(top[0]), float(chances[0]), float(np.exp(-loss[row]))
        if self.held_out is None or not np.isfinite(self.held_out.loss[row - self.trained]):
            return None
        row -= self.trained
        top, chances = self.held_out.top_classes[row], self.held_out.top_probabilities[row]
        return int(top[0]), float(chances[0]), float(np.exp(-self.held_out.loss[row]))


@dataclass(frozen=True)
class LabelErrors:
    """How likely each label is wrong."""

    score: Float64[np.ndarray, " a"]  # log-odds that the label is wrong, for ordering
    p_wrong: Float64[np.ndarray, " a"]  # estimated probability that the label is wrong
    log_p: Float64[np.ndarray, "a c"]  # log p(c) by all signals combined
    estimated_count: int  # estimated number of label errors: the rows with the highest scores

    @cached_property
    def interval(self) -> tuple[int, int]:
        """The fewest and the most label errors, with a probability of 95 %, before any review."""
        return count_interval(self.p_wrong, self.estimated_count)

    @property
    def order(self) -> Int[np.ndarray, " a"]:
        """All rows, the likeliest errors first."""
        return np.argsort(-self.score, kind="stable")


def estimate_label_errors(evidence: NeighbourEvidence, signals: RunSignals) -> LabelErrors:
    """The score of every row; the module's docstring has the equations."""
    labels, counts = evidence.own, evidence.counts
    fitted = min(evidence.giving, len(labels))
    rarity = np.log(np.maximum(counts, 0.5) / evidence.trained)
    by_run, known = every_run_log_p(signals, labels, len(counts), fitted)
    combined = evidence.centroid_log_p + by_run
    combined = combined + NEIGHBOUR_WEIGHT * evidence.neighbour_votes - RARITY * rarity

    def log_p(v: float) -> Float64[np.ndarray, "a c"]:
        alone = 1 + (v - 1) * NEIGHBOUR_WEIGHT / (1 + NEIGHBOUR_WEIGHT)
        found: Float64[np.ndarray, "a c"] = combined / np.where(known, v, alone)[:, None]
        return log_softmax(found)

    contradicted, _ = wrong_log_odds(log_p(ORDERING), labels, fitted)
    noise, half = evidence.noise, np.where(known, 0.5, 1.0)[:, None]
    mixed = noise.by_pair.log_odds(labels, log_softmax(half * (noise.by_pair.log_q + by_run)))
    weight = noise.ordering_weight
    score = (1 - weight) * contradicted + weight * mixed
    p_wrong = at_least(monotone(noise.p_wrong(labels), score, fitted), fitted=fitted)
    count = max(1, round(float(p_wrong.sum())))
    return LabelErrors(score, p_wrong, log_p(PROBABLE), count)


def every_run_log_p(
    signals: RunSignals, labels: Int[np.ndarray, " a"], class_count: int, fitted: int
) -> tuple[Float64[np.ndarray, "a c"], Bool[np.ndarray, " a"]]:
    """log p(c) by the run, 0 where it has recorded nothing; and where it has.

    The labels of rows from `fitted` on, which are test rows, do not change what it says of others.
    """
    found, known = np.zeros((len(labels), class_count)), np.zeros(len(labels), bool)
    trained, held = signals.trained, signals.held_out
    seen = (signals.loss, signals.top_classes, signals.top_probabilities)
    found[:trained] = run_log_p(*seen, labels[:trained], class_count)
    known[:trained] = True
    if held is None or len(labels) == trained:
        return found, known
    known[trained:] = np.isfinite(held.loss)
    once = (held.loss[None], held.top_classes, held.top_probabilities)
    log_p = run_log_p(*once, labels[trained:], class_count)
    tuned = np.flatnonzero(known[trained:fitted])
    if len(tuned):
        t = min(temperature(log_p[tuned], labels[trained:fitted][tuned]), 1.0)
        log_p = log_softmax(t * log_p)
    found[trained:][known[trained:]] = log_p[known[trained:]]
    return found, known


def run_log_p(
    loss: Float[np.ndarray, "e n"],
    top_classes: Int[np.ndarray, "n t"],
    top_probabilities: Float[np.ndarray, "n t"],
    labels: Int[np.ndarray, " n"],
    class_count: int,
) -> Float64[np.ndarray, "n c"]:
    """log p(c) by the run: the label's from all epochs, the others' shares from the last one."""
    rows = np.arange(len(labels))
    named = top_probabilities.astype(float)
    unnamed = np.maximum(1 - named.sum(1), TINY)
    rest = unnamed / max(class_count - named.shape[1], 1)
    p = np.repeat(rest[:, None], class_count, axis=1)
    np.put_along_axis(p, top_classes.astype(np.int64), named, axis=1)
    p[rows, labels] = 0.0
    p = np.maximum(p, TINY)
    p[rows, labels] = 0.0
    own = np.exp(-loss.astype(float).mean(0))
    p *= ((1 - own) / p.sum(1))[:, None]
    p[rows, labels] = own
    log_p: Float64[np.ndarray, "n c"] = np.log(np.maximum(p, TINY))
    return log_p


def wrong_log_odds(
    log_p: Float64[np.ndarray, "a c"], labels: Int[np.ndarray, " a"], fitted: int | None = None
) -> tuple[Float64[np.ndarray, " a"], float]:
    """(log-odds that each label, or each word's tag, is wrong; e), by expectation maximisation.

    e and F are estimated from the first `fitted` rows, by default all, and applied to all.
    """
    class_count = log_p.shape[1]
    own = np.clip(np.exp(log_p[np.arange(len(labels)), labels]), TINY, 1 - TINY)
    fitted = len(labels) if fitted is None else fitted
    known, weight = labels[:fitted], (1 - own[:fitted]) / own[:fitted]
    shares = np.bincount(known, minlength=class_count) / fitted
    landing, share = shares, 0.05

    def prior() -> Float64[np.ndarray, " c"]:
        found: Float64[np.ndarray, " c"] = EVEN / class_count + (1 - EVEN) * landing
        return share / (1 - share) * found

    for _ in range(ROUNDS):
        used = prior()
        odds = used[known] * weight
        wrong = odds / (1 + odds)
        # One wrong row and twenty others are added: neither e nor F starts at zero.
        share = min((float(wrong.sum()) + 1) / (fitted + 20), 0.5)
        landing = np.bincount(known, wrong, class_count) + 0.01 * fitted * shares
        landing = landing / landing.sum()
    return np.log(used[labels] * (1 - own) / own), share
