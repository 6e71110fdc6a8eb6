"""Label noise: how often labels are wrong, and which class is given in place of which.

What the other rows say of a row's class, s_kc = log p_k(c) by K = 3 sources that never see its
label (class centroids, ridge regression, neighbour votes), and a noise matrix T explain its label:

    q_i(c) = softmax_c(sum_k w_k s_ikc + b_c),      P(y_i) = sum_c q_i(c) T[c, y_i].

T[c, y] is the share of class c that is labelled y. w, b and T are fitted together by maximum
likelihood with priors (a noise layer, Sukhbaatar et al. 2015; Goldberger and Ben-Reuven 2017; T is
the annotator of Dawid and Skene 1979). Fitted together they tell hard rows from wrong labels:
where classes overlap the q are unsure, which w says; where labels are wrong, the sure q are
contradicted again and again. Then

    P(label wrong) = 1 - q_i(y) T[y, y] / sum_c q_i(c) T[c, y].

Two forms of T compete:
- *by class*: of class c the share e_c is wrong, and ends in class y with the probability F_y, three
  fifths 1 / C and two fifths the class's share. The log-odds of e_c are normal around those of a
  common e with the spread SPREAD, so that the few rows of a rare class decide little alone, and
  yet noise that is confined to rare classes is counted there. e has a Beta prior with WRONG_COUNT
  wrong and RIGHT_COUNT right labels;
- *by pair*: every T[c, y] is free, with the same pseudo-counts for each class, the wrong ones
  spread as F. It finds mix-ups of two classes; but what sets two hard classes apart looks like a
  mix-up as well. More than MOST_PAIRED classes have no such form.

*weight* is how far mix-ups are believed. G is the logarithm of the Bayes factor: how much more
probable the labels of n rows are *by pair* than if the same share of every class were wrong
(`noise_evidence.py`). The sources are no perfect model of rows with right labels, and fit pairs of
classes unequally well, so G grows with n even there. It is therefore tempered where it speaks for
mix-ups (Miller and Dunson 2019, "Robust Bayesian inference via coarsening"), and taken as it is
where it speaks against them. With the prior log-odds PRIOR that labels are mixed up at all,

    weight = sigmoid(PRIOR + min(G, G / max(GAIN_WIDTH n, 1))).

The constants were chosen on flipped labels at seeds 10 to 12 of `tests.benchmarks.error_counts`, on
the built-in demo and one set of tweets.

Axes: A rows, n fitted rows, C classes, K sources.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int

from hamr.triage.class_centroids import log_softmax
from hamr.triage.noise_evidence import log_evidence_by_pair, log_evidence_of_one_share

MOST_FITTED = 6000  # rows; more change the third digit
MOST_CELLS = 600_000  # of fitted rows times classes, which keep the fit within seconds
MOST_PAIRED = 60  # classes; of more, too few labels would speak of each pair: *by class* alone
EVEN = 0.6  # the part of F that is the same for all classes
WRONG_COUNT, RIGHT_COUNT = 1.0, 50.0  # pseudo-counts: of the set, and of each class by pair
SPREAD = 1.0  # of the log-odds of e_c
BIAS_PENALTY = 1.0
PRIOR, GAIN_WIDTH = -1.25, 0.008  # log-odds; nats a row
STEPS = 150  # of L-BFGS
VISIBLE = 0.004  # a share of wrong labels, half of which could be chance
LOWEST = -30.0  # log p of a class without a row
TINY = 1e-300


@dataclass(frozen=True)
class NoiseModel:
    """One fitted form."""

    log_q: Float64[np.ndarray, "a c"]  # log-probability of each class, blind to the row's label
    matrix: Float64[np.ndarray, "c c"]  # T
    log_likelihood: float  # of the fitted rows' labels

    def log_odds(
        self,
        labels: Int[np.ndarray, " a"],
        log_q: Float64[np.ndarray, "a c"] | None = None,
    ) -> Float64[np.ndarray, " a"]:
        """Log-odds that each label is wrong; with other class probabilities by `log_q`."""
        rows = np.arange(len(labels))
        joint = np.exp(self.log_q if log_q is None else log_q) * self.matrix.T[labels]
        right = joint[rows, labels].copy()
        joint[rows, labels] = 0
        found: Float64[np.ndarray, " a"] = np.log(joint.sum(1) + TINY) - np.log(right + TINY)
        return found


@dataclass(frozen=True)
class LabelNoise:
    """Both forms, and how far mix-ups are believed."""

    by_class: NoiseModel
    by_pair: NoiseModel
    weight: float  # how far mix-ups are believed, between 0 (by class) and 1
    visible: float  # the share of wrong labels *by class*, among the fitted rows

    @property
    def ordering_weight(self) -> float:
        """The weight of *by pair* in the order of rows, where halves of both order worse than one.

        Where no label is wrong beyond doubt, mix-ups are all that can be looked for.
        """
        found = max(self.weight, 1 / (1 + (self.visible / VISIBLE) ** 2))
        return found**2 / (found**2 + (1 - found) ** 2)

    def p_wrong(self, labels: Int[np.ndarray, " a"]) -> Float64[np.ndarray, " a"]:
        """The probability that each label is wrong: the mean over both forms."""
        even, mixed = (
            1 / (1 + np.exp(-model.log_odds(labels))) for model in (self.by_class, self.by_pair)
        )
        found: Float64[np.ndarray, " a"] = (1 - self.weight) * even + self.weight * mixed
        return found


def label_noise(
    sources: list[Float[np.ndarray, "a c"]], labels: Int[np.ndarray, " a"], giving: int
) -> LabelNoise:
    """The noise of labels, fitted on the first `giving` rows and applied to all A."""
    scores = np.stack([np.maximum(one.astype(float), LOWEST) for one in sources])
    scores -= scores.mean(2, keepdims=True)
    most = min(MOST_FITTED, max(1, MOST_CELLS // scores.shape[2]))
    seen = slice(None, giving, -(-giving // most) if giving else 1)
    fit = _Fit(scores[:, seen], labels[:giving][seen])
    models = []
    for by_pair in (False, True) if scores.shape[2] <= MOST_PAIRED else (False,):
        weights, bias, matrix, likelihood = fit.solved(by_pair)
        log_q = log_softmax(np.tensordot(weights, scores, 1) + bias)
        models.append(NoiseModel(log_q, matrix, likelihood))
    count = len(fit.labels)
    compared = len(models) > 1 and count > 0
    gain = fit.gain(models[0], models[1], seen) if compared else -np.inf
    z = PRIOR + min(gain, gain / max(GAIN_WIDTH * count, 1))
    odds = models[0].log_odds(labels)[:giving]
    visible = float((1 / (1 + np.exp(-odds))).mean()) if giving else 0.0
    weight = float(1 / (1 + np.exp(-np.clip(z, -50, 50))))
    return LabelNoise(models[0], models[-1], weight, visible)


class _Fit:
    """The likelihood of n labels, and its maximum.

    A vector holds log w [K], b [C] and the logits of T, relative to its diagonal: *by class* the
    log-odds of e and how far those of e_c are above [1 + C], *by pair* all [C, C - 1].
    """

    def __init__(self, scores: Float64[np.ndarray, "k n c"], labels: Int[np.ndarray, " n"]) -> None:
        self.scores, self.labels = scores, labels
        self.sources, self.count, self.classes = scores.shape
        shares = np.bincount(labels, minlength=self.classes) / max(self.count, 1)
        self.landing = EVEN / self.classes + (1 - EVEN) * shares  # F
        self.off = ~np.eye(self.classes, dtype=bool)
        self.given = np.eye(self.classes)[labels]
        spread = np.where(self.off, self.landing, 0)
        self.spread = spread / np.maximum(spread.sum(1, keepdims=True), 1e-12)
        self.pseudo = WRONG_COUNT * self.spread + RIGHT_COUNT * ~self.off

    def solved(self, by_pair: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """(w [K], b [C], T [C, C], log-likelihood of the labels)."""
        from scipy.optimize import minimize  # slow to load

        k, c = self.sources, self.classes
        logits = np.log(0.03 * self.landing * np.ones((c, 1)) + 1e-9)[self.off]
        noise = logits if by_pair else np.concatenate([[-3.5], np.zeros(c)])
        start = np.concatenate([np.full(k, np.log(0.7)), np.zeros(c), noise])
        found = minimize(
            self.loss, start, args=(by_pair,), jac=True, method="L-BFGS-B",
            bounds=[(-8, 4)] * k + [(-20, 20)] * (len(start) - k), options={"maxiter": STEPS},
        ).x  # fmt: skip
        matrix = self.matrix(found[k + c :], by_pair)
        q = np.exp(log_softmax(self.combined(found)))
        likely = np.log((q * matrix.T[self.labels]).sum(1) + TINY).sum()
        return np.exp(found[:k]), found[k : k + c], matrix, float(likely)

    def matrix(self, noise: np.ndarray, by_pair: bool) -> np.ndarray:
        """T [C, C]; each row sums to 1."""
        logits = np.zeros((self.classes, self.classes))
        logits[self.off] = noise if by_pair else self._by_class_logits(noise)
        matrix: np.ndarray = np.exp(log_softmax(logits))
        return matrix

    def _by_class_logits(self, noise: np.ndarray) -> np.ndarray:
        every = np.log(self.landing + 1e-12) + (noise[0] + noise[1:])[:, None]
        logits: np.ndarray = every[self.off]
        return logits

    def combined(self, vector: np.ndarray) -> np.ndarray:
        """The logits of q, [n, C]."""
        weights, bias = np.exp(vector[: self.sources]), vector[self.sources :][: self.classes]
        logits: np.ndarray = np.tensordot(weights, self.scores, 1) + bias
        return logits

    def loss(self, vector: np.ndarray, by_pair: bool) -> tuple[float, np.ndarray]:
        """Minus the log-posterior, and its gradient."""
        k, c = self.sources, self.classes
        weights, bias, noise = np.exp(vector[:k]), vector[k : k + c], vector[k + c :]
        matrix = self.matrix(noise, by_pair)
        q = np.exp(log_softmax(self.combined(vector)))
        joint = q * matrix.T[self.labels]
        likely = joint.sum(1) + TINY
        responsible = joint / likely[:, None]  # p(true class | x, y)
        pull = responsible - q
        by_weight = np.tensordot(self.scores, pull, 2) * weights
        counts = responsible.T @ self.given
        prior, by_noise = self._noise_prior(noise, matrix, counts, by_pair)
        value = np.log(likely).sum() + prior - BIAS_PENALTY * (bias**2).sum() / 2
        by_bias = pull.sum(0) - BIAS_PENALTY * bias
        return -float(value), -np.concatenate([by_weight, by_bias, by_noise])

    def _noise_prior(
        self, noise: np.ndarray, matrix: np.ndarray, counts: np.ndarray, by_pair: bool
    ) -> tuple[float, np.ndarray]:
        """(log-prior of T, gradient of the log-posterior by the logits); `counts` [true, given]."""
        if by_pair:
            prior = float((self.pseudo * np.log(matrix + TINY)).sum())
            total = counts + self.pseudo
            gradient: np.ndarray = (total - total.sum(1, keepdims=True) * matrix)[self.off]
            return prior, gradient
        share, above = 1 / (1 + np.exp(-noise[0])), noise[1:]
        prior = WRONG_COUNT * np.log(share + TINY) + RIGHT_COUNT * np.log(1 - share + TINY)
        prior -= (above**2).sum() / (2 * SPREAD**2)
        by_share = WRONG_COUNT * (1 - share) - RIGHT_COUNT * share
        by_class = (np.where(self.off, counts - counts.sum(1, keepdims=True) * matrix, 0)).sum(1)
        by_logits = np.concatenate([[by_class.sum() + by_share], by_class - above / SPREAD**2])
        return float(prior), by_logits

    def gain(self, by_class: NoiseModel, by_pair: NoiseModel, seen: slice) -> float:
        """Log of the Bayes factor of *by pair* against one share of wrong labels for all, nats."""
        q, mixed = np.exp(by_class.log_q[seen]), np.exp(by_pair.log_q[seen])
        prior = np.array([[WRONG_COUNT, RIGHT_COUNT]])
        one = log_evidence_of_one_share(q, self.labels, prior, self.spread)
        return log_evidence_by_pair(mixed, self.labels, self.pseudo, by_pair.matrix) - one
