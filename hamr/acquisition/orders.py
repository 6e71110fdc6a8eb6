"""The order in which each strategy labels rows: pure functions of what a model makes of them.

A strategy picks a batch: rows are chosen one after the other, and where it looks at diversity, each
choice counts those before it.

Axes: P unlabelled rows, N labelled rows, C classes, D size of an embedding, K rows chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float, Int

from hamr.acquisition import strategy_of
from hamr.errors import SettingError

NEIGHBOURS = 10  # labelled rows whose hardness an unlabelled row is given
CANDIDATES = 20_000  # rows, drawn at random, that strategies with diversity choose from
BLOCK = 4096  # rows that are compared with the labelled ones at a time
SAMPLE = 1000  # unlabelled rows that density is measured by
COPY = 0.9  # cosine similarity from which on a row is a near copy of a chosen one


class Vectors(Protocol):
    """[P, D] float, each of length 1: an array, or parts of files that are read when asked for."""

    def __getitem__(self, rows: Any) -> np.ndarray:
        """The vectors of a slice of rows, or of rows by their indices."""


@dataclass(frozen=True)
class Scored:
    """What a model makes of unlabelled rows, and what it was trained on."""

    probabilities: Float[np.ndarray, "p c"]
    vectors: Vectors
    labelled: Float[np.ndarray, "n d"]  # of length 1
    counts: Int[np.ndarray, " c"]  # labelled rows of each class
    hardness: Float[np.ndarray, " n"]  # of the labelled rows; the larger the harder
    # How far the models of the epochs disagree; None where they are not kept.
    disagreement: Float[np.ndarray, " p"] | None = None
    # Of tagged sentences, from 0 to 1. Their `probabilities` are the numbers of entities of each
    # type that they are expected to hold, and `counts` are labelled entities of each type.
    uncertainty: Float[np.ndarray, " p"] | None = None

    def __len__(self) -> int:
        return len(self.probabilities)

    def of(self, rows: Int[np.ndarray, " q"]) -> Scored:
        """Some of the unlabelled rows, with their vectors in memory."""
        return replace(self.some(rows), vectors=np.asarray(self.vectors[rows], np.float32))

    def some(self, rows: Int[np.ndarray, " q"]) -> Scored:
        """Some of the unlabelled rows, but with the vectors of all."""
        return replace(
            self,
            probabilities=self.probabilities[rows],
            disagreement=None if self.disagreement is None else self.disagreement[rows],
            uncertainty=None if self.uncertainty is None else self.uncertainty[rows],
        )


def order(scored: Scored, strategy: str, count: int, *, seed: int = 0) -> Int[np.ndarray, " k"]:
    """The `count` rows (all, where there are fewer) that a strategy labels, the first one first.

    Of more than CANDIDATES rows a strategy with diversity looks at as many, drawn at random.
    Raises SettingError for a strategy that there is not, that is not for tagged sentences, or that
    needs what is not kept.
    """
    chosen = strategy_of(strategy, sentences=scored.uncertainty is not None)
    pick = _PICKS[chosen.name]
    random = np.random.default_rng(seed)
    count = min(count, len(scored))
    if pick not in _DIVERSE:
        whole: np.ndarray = pick(scored, count, random)
        return whole
    rows = np.arange(len(scored))
    if len(scored) > max(CANDIDATES, count):
        rows = np.sort(random.choice(len(scored), max(CANDIDATES, count), replace=False))
    found: np.ndarray = rows[pick(scored.of(rows), count, random)]
    return found


def margin(probabilities: Float[np.ndarray, "p c"]) -> Float[np.ndarray, " p"]:
    """The largest probability minus the second largest, [P]: small where the model is uncertain."""
    top = np.partition(probabilities, -2, axis=1)[:, -2:]
    found: np.ndarray = top[:, 1].astype(np.float32) - top[:, 0]
    return found


def nearby_hardness(scored: Scored) -> Float[np.ndarray, " p"]:
    """The mean hardness of the NEIGHBOURS most similar labelled rows, [P]."""
    k = min(NEIGHBOURS, len(scored.labelled))
    found = np.empty(len(scored), np.float32)
    for rows, alike in _similarities(scored):
        nearest = np.argpartition(-alike, k - 1, axis=1)[:, :k]
        found[rows] = scored.hardness[nearest].mean(1)
    return found


def _similarities(scored: Scored) -> Any:
    """(slice of rows, their similarities [b, N] to all labelled rows), block by block."""
    for start in range(0, len(scored), BLOCK):
        rows = slice(start, min(start + BLOCK, len(scored)))
        yield rows, np.asarray(scored.vectors[rows], np.float32) @ scored.labelled.T


Pick = Callable[[Scored, int, np.random.Generator], Int[np.ndarray, " k"]]


def _doubt(scored: Scored) -> Float[np.ndarray, " p"]:
    """How uncertain the model is of each row, [P]: from 0 to 1, where two classes are as likely."""
    known = scored.uncertainty
    found: np.ndarray = 1.0 - margin(scored.probabilities) if known is None else known
    return found


def _uncertain(scored: Scored, count: int, _random: np.random.Generator) -> np.ndarray:
    return np.argsort(-_doubt(scored), kind="stable")[:count]


def _disagreeing(scored: Scored, count: int, _random: np.random.Generator) -> np.ndarray:
    if scored.disagreement is None:
        raise SettingError(
            "the strategy 'disagreement' needs the models of earlier epochs, which this run has "
            "not kept: choose another one, or train a run whose encoder stays as it is",
            field="strategy",
        )
    unsure = margin(scored.probabilities)
    return np.lexsort((unsure, -scored.disagreement))[:count]


def _hard(scored: Scored, count: int, _random: np.random.Generator) -> np.ndarray:
    return np.argsort(-nearby_hardness(scored), kind="stable")[:count]


def _drawn(scored: Scored, count: int, random: np.random.Generator) -> np.ndarray:
    return random.permutation(len(scored))[:count]


def _rare(scored: Scored, count: int, _random: np.random.Generator) -> np.ndarray:
    return _evening(scored, count, np.ones(len(scored)))


def _balanced(scored: Scored, count: int, random: np.random.Generator) -> np.ndarray:
    """By uncertainty times density: the mean similarity to SAMPLE other unlabelled rows."""
    vectors = np.asarray(scored.vectors[:])
    sample = vectors[random.permutation(len(vectors))[:SAMPLE]]
    density = np.clip((vectors @ sample.T).mean(1), 1e-3, None)
    return _evening(scored, count, _doubt(scored) * density)


def _evening(scored: Scored, count: int, worth: Float[np.ndarray, " p"]) -> np.ndarray:
    """Greedily the row of the largest worth * sum_c p_c / (n_c + 1); a choice adds its p_c to n_c.

    n_c are the labels of class c; of sentences, entities of type c. Near copies of a chosen row are
    worth a thousandth.
    """
    chances, counts = scored.probabilities.astype(np.float64), scored.counts.astype(np.float64)
    vectors, worth = np.asarray(scored.vectors[:]), worth.astype(np.float64).copy()
    chosen = np.empty(count, np.int64)
    for at in range(count):
        chosen[at] = best = int((worth * (chances @ (1 / (counts + 1)))).argmax())
        counts = counts + chances[best]
        worth[vectors @ vectors[best] > COPY] *= 1e-3
        worth[best] = -1.0
    return chosen


def _diverse(scored: Scored, count: int, _random: np.random.Generator) -> np.ndarray:
    """Greedy k-centre: the row that is farthest from all labelled and chosen ones comes next."""
    vectors = np.asarray(scored.vectors[:])
    nearest = np.full(len(scored), -1.0, np.float32)  # the largest similarity so far
    for rows, alike in _similarities(scored):
        nearest[rows] = alike.max(1, initial=-1.0)
    chosen = np.empty(count, np.int64)
    for at in range(count):
        chosen[at] = best = int(nearest.argmin())
        nearest = np.maximum(nearest, vectors @ vectors[best])
        nearest[best] = np.inf
    return chosen


_PICKS: dict[str, Pick] = {
    "balanced": _balanced,
    "uncertain": _uncertain,
    "disagreement": _disagreeing,
    "hard": _hard,
    "rare": _rare,
    "diverse": _diverse,
    "random": _drawn,
}
_DIVERSE = (_balanced, _rare, _diverse)
