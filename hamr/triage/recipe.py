"""The one score that orders rows by how likely their label is wrong, and its reasons.

Three witnesses tell a row's class, each as log p(c). The first and the third never see its label:
1. *centres*: the row's place among the classes' centres without it (`centres.py`);
2. *the run*: the mean over all epochs of the log-probability that the model gave the label. A
   wrong label is learned late if at all, so the early epochs still doubt what the last one has
   learned by heart (Pleiss et al. 2020 on margins). What is not the label's is shared out among
   the other classes as the last epoch shares it;
3. *neighbours*: the labels nearby. They come from the same embedding as the centres, and
   common classes outvote rare ones nearby, so that they count half.

They see the same text, so their product would be too sure of itself, and their geometric mean
too shy: the sum of logarithms is divided by v where 1 and 2.5 would be these. The shyer v = 2
orders rows best, being less swayed by a single witness; v = 1.5 gives the better probabilities.
A quarter of the class's log-frequency is taken off: that a class is rare makes each of its rows
look wrong.

    log p_ic = (centres_ic + run_ic + votes_ic / 2 - log(n_c / N) / 4) / v + const.

A low p_iy alone does not make a label wrong: some rows are just hard. A label y is either right
or was put there in place of another class, which it is for a share e of all rows; a mix-up ends
in class y with chance F_y. From Bayes' rule,

    log-odds_i = log(e / (1 - e)) + log(F_y (1 - p_iy) / p_iy),

*score* with v = 2, and *wrong*, as a probability, with v = 1.5. e and F are found in the data by
expectation maximisation (Dempster et al. 1977): e is the mean probability of being wrong, and
F_y is by two fifths class y's share in it, by three fifths 1 / C. So where careless labels land
on every class, rare ones too, rare labels are suspected; where the rows of a rare class are only
hard, few are surely wrong and the class is trusted. All of F from the data would let one class be
blamed for everything.

The *knee* is the number of wrong labels expected, the sum of *wrong*, but at least one row in a
hundred: where classes overlap widely nothing is ever surely wrong, yet the top of the list is
still the best place to look. The rows above the knee are the *likely mislabelled*.

What does not help, measured with flipped labels: hardness, post-meta weight or alignment as
further witnesses (hardness is high where the label is wrong *and* where it is right but hard),
margins in place of losses, a second round without the rows found wrong in the first, weights of
the witnesses by likelihood, ridge regression as a fourth one, and a chance for each pair of
classes in place of F_y, which finds systematic mix-ups better and all others worse. The constants
were chosen on three data sets at seeds 10 and 11 of `tests.benchmarks.triage`, none for a single
set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64, Int

from hamr.triage.centres import log_softmax
from hamr.triage.surroundings import Surroundings

NEIGHBOUR_WEIGHT, RARITY = 0.5, 0.25
ORDERING, PROBABLE = 2.0, 1.5  # v
EVEN = 0.6  # how much of F is the same for all classes
ROUNDS = 50  # of expectation maximisation
FLOOR = 0.01  # of the rows stand above the knee at least
TINY = 1e-9


@dataclass(frozen=True)
class Learned:
    """What a run knows of its N training rows after E >= 1 epochs."""

    loss: Float32[np.ndarray, "e n"]
    hardness: Float32[np.ndarray, "e n"]
    # After the last of the epochs; runs of older versions know of the prediction alone.
    top_classes: Int[np.ndarray, "n t"]
    top_probabilities: Float[np.ndarray, "n t"]
    margin: Float32[np.ndarray, "e n"] | None = None
    post: Float32[np.ndarray, " n"] | None = None  # NaN where the last epoch drew no such row


@dataclass(frozen=True)
class Suspicion:
    """How likely each label is wrong."""

    score: Float64[np.ndarray, " n"]  # the higher, the likelier wrong
    wrong: Float64[np.ndarray, " n"]  # the probability that the label is wrong
    log_p: Float64[np.ndarray, "n c"]  # what all witnesses together say of the classes
    share: float  # e, of the rows whose label is wrong
    knee: int  # how many rows are likely mislabelled, those of the largest scores

    @property
    def order(self) -> Int[np.ndarray, " n"]:
        """All rows, likeliest wrong first."""
        return np.argsort(-self.score, kind="stable")


def suspect(around: Surroundings, learned: Learned) -> Suspicion:
    """The score of every row, as the module's head states it."""
    labels, counts = around.own, around.counts
    rarity = np.log(np.maximum(counts, 0.5) / len(labels))
    witnesses = around.centres + run_says(learned, labels, len(counts))
    witnesses = witnesses + NEIGHBOUR_WEIGHT * around.votes - RARITY * rarity
    score, _ = mixture(log_softmax(witnesses.astype(float) / ORDERING), labels)
    log_p = log_softmax(witnesses.astype(float) / PROBABLE)
    odds, share = mixture(log_p, labels)
    wrong = 1 / (1 + np.exp(-odds))
    expected = max(float(wrong.sum()), FLOOR * len(labels))
    return Suspicion(score, wrong, log_p, share, max(1, round(expected)))


def run_says(
    learned: Learned, labels: Int[np.ndarray, " n"], class_count: int
) -> Float64[np.ndarray, "n c"]:
    """log p(c) by the run: the label's from all epochs, the others' shares from the last one."""
    rows = np.arange(len(labels))
    named = learned.top_probabilities.astype(float)
    unnamed = np.maximum(1 - named.sum(1), TINY)
    rest = unnamed / max(class_count - named.shape[1], 1)
    p = np.repeat(rest[:, None], class_count, axis=1)
    np.put_along_axis(p, learned.top_classes.astype(np.int64), named, axis=1)
    p[rows, labels] = 0.0
    p = np.maximum(p, TINY)
    p[rows, labels] = 0.0
    own = np.exp(-learned.loss.astype(float).mean(0))
    p *= ((1 - own) / p.sum(1))[:, None]
    p[rows, labels] = own
    return np.log(np.maximum(p, TINY))


def mixture(
    log_p: Float64[np.ndarray, "n c"], labels: Int[np.ndarray, " n"]
) -> tuple[Float64[np.ndarray, " n"], float]:
    """(log-odds that the label is wrong, e) by expectation maximisation; of a word, the tag."""
    class_count = log_p.shape[1]
    own = np.clip(np.exp(log_p[np.arange(len(labels)), labels]), TINY, 1 - TINY)
    shares = np.bincount(labels, minlength=class_count) / len(labels)
    landing, share = shares, 0.05
    for _ in range(ROUNDS):
        chance = EVEN / class_count + (1 - EVEN) * landing
        odds = share / (1 - share) * chance[labels] * (1 - own) / own
        wrong = odds / (1 + odds)
        # A wrong row and twenty others on top: neither e nor F starts from nothing.
        share = min((float(wrong.sum()) + 1) / (len(own) + 20), 0.5)
        landing = np.bincount(labels, wrong, class_count) + 0.01 * len(own) * shares
        landing = landing / landing.sum()
    return np.log(odds), share
