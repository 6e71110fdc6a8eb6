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
- *uniform*: each mistake of a share e ends in class y with the probability F_y, three fifths 1 / C
  and two fifths the class's share;
- *by pair*: every T[c, y] is free, with pseudo-counts for each class: WRONG_COUNT wrong labels,
  spread as F, and RIGHT_COUNT right ones. It finds mix-ups of two classes; but what sets two
  hard classes apart looks like a mix-up as well. More than MOST_PAIRED classes have no such form.

*weight* is how far mix-ups are believed, from the gain in log-likelihood over *uniform*. On n rows
with right labels the gain is about GAIN_PER_ROW n (the sources fit pairs of classes unequally well)
and GAIN_PER_PAIR for each of C (C - 1) free numbers, so

    weight = sigmoid((gain - GAIN_PER_ROW n - GAIN_PER_PAIR C (C - 1)) / (GAIN_WIDTH n)).

The constants were chosen on flipped labels at seed 10 of `tests.benchmarks.error_counts`, on the
built-in demo and one set of tweets.

Axes: A rows, n fitted rows, C classes, K sources.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int

from hamr.triage.class_centroids import log_softmax

MOST_FITTED = 6000  # rows; more change the third digit
MOST_CELLS = 600_000  # of fitted rows times classes, which keep the fit within seconds
MOST_PAIRED = 60  # classes; of more, too few labels would speak of each pair: *uniform* alone
EVEN = 0.6  # the part of F that is the same for all classes
WRONG_COUNT, RIGHT_COUNT = 1.0, 50.0  # pseudo-counts: of the set, and of each class by pair
BIAS_PENALTY = 1.0
GAIN_PER_ROW, GAIN_PER_PAIR, GAIN_WIDTH = 0.0175, 0.35, 0.007
STEPS = 150  # of L-BFGS
VISIBLE = 0.003  # a share of wrong labels, half of which could be chance
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

    uniform: NoiseModel
    by_pair: NoiseModel
    weight: float  # how far mix-ups are believed, between 0 (uniform) and 1
    visible: float  # the share of wrong labels by *uniform*, among the fitted rows

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
            1 / (1 + np.exp(-model.log_odds(labels))) for model in (self.uniform, self.by_pair)
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
    gain = models[-1].log_likelihood - models[0].log_likelihood
    count, classes = len(fit.labels), scores.shape[2]
    usual = GAIN_PER_ROW * count + GAIN_PER_PAIR * classes * (classes - 1)
    z = (gain - usual) / max(GAIN_WIDTH * count, 1e-9)
    odds = models[0].log_odds(labels)[:giving]
    visible = float((1 / (1 + np.exp(-odds))).mean()) if giving else 0.0
    weight = float(1 / (1 + np.exp(-np.clip(z, -50, 50))))
    return LabelNoise(models[0], models[-1], weight, visible)


class _Fit:
    """The likelihood of n labels, and its maximum.

    A vector holds log w [K], b [C] and the logits of T, relative to its diagonal: the log-odds of
    e for *uniform*, all [C, C - 1] for *by pair*.
    """

    def __init__(self, scores: Float64[np.ndarray, "k n c"], labels: Int[np.ndarray, " n"]) -> None:
        self.scores, self.labels = scores, labels
        self.sources, self.count, self.classes = scores.shape
        shares = np.bincount(labels, minlength=self.classes) / max(self.count, 1)
        self.landing = EVEN / self.classes + (1 - EVEN) * shares  # F
        self.off = ~np.eye(self.classes, dtype=bool)
        self.given = np.eye(self.classes)[labels]
        spread = np.where(self.off, self.landing, 0)
        self.wrong_counts = WRONG_COUNT * spread / np.maximum(spread.sum(1, keepdims=True), 1e-12)

    def solved(self, by_pair: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """(w [K], b [C], T [C, C], log-likelihood of the labels)."""
        from scipy.optimize import minimize  # slow to load

        k, c = self.sources, self.classes
        logits = np.log(0.03 * self.landing * np.ones((c, 1)) + 1e-9)[self.off]
        noise = logits if by_pair else np.array([-3.5])
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
        logits[self.off] = noise if by_pair else self._uniform_logits(noise)
        matrix: np.ndarray = np.exp(log_softmax(logits))
        return matrix

    def _uniform_logits(self, noise: np.ndarray) -> np.ndarray:
        every = np.log(self.landing + 1e-12) * np.ones((self.classes, 1))
        logits: np.ndarray = every[self.off] + noise[0]
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
            pseudo = self.wrong_counts + RIGHT_COUNT * ~self.off
            prior = float((pseudo * np.log(matrix + TINY)).sum())
            total = counts + pseudo
            gradient: np.ndarray = (total - total.sum(1, keepdims=True) * matrix)[self.off]
            return prior, gradient
        share = 1 / (1 + np.exp(-noise[0]))
        prior = WRONG_COUNT * np.log(share + TINY) + RIGHT_COUNT * np.log(1 - share + TINY)
        by_share = WRONG_COUNT * (1 - share) - RIGHT_COUNT * share
        by_logit = (counts - counts.sum(1, keepdims=True) * matrix)[self.off].sum()
        return float(prior), np.array([by_logit + by_share])
