"""Methods that change the training rows instead of the loss: flipped labels, made-up rows.

Both act once, before the first step, on the frozen embeddings x [N, D] of the training rows, and
depend only on the rows and the seed. Validation and test rows never change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int

from hamr.config import TrainingSettings

LARGEST_C = 1.0  # scikit-learn's default: the inverse strength of logistic regression's penalty


class Altered(NamedTuple):
    """The training rows as a method changes them."""

    labels: np.ndarray  # [N], of the rows that are there
    made: np.ndarray  # [M, D] float32, embeddings of rows that are made up
    made_labels: np.ndarray  # [M]


# (x [N, D], labels [N], number of classes, settings) -> the rows that training steps use.
Alteration = Callable[[np.ndarray, np.ndarray, int, TrainingSettings], Altered]


def flip_labels(
    x: Float32[np.ndarray, "n d"],
    labels: Int[np.ndarray, " n"],
    class_count: int,
    settings: TrainingSettings,
) -> Altered:
    """Label-noise rebalancing: `flipped_labels`, and no new rows."""
    flipped = flipped_labels(
        x, labels, class_count, threshold=settings.flip_threshold, seed=settings.seed
    )
    return Altered(flipped, np.zeros((0, x.shape[1]), np.float32), labels[:0])


def add_rows(
    x: Float32[np.ndarray, "n d"],
    labels: Int[np.ndarray, " n"],
    class_count: int,
    settings: TrainingSettings,
) -> Altered:
    """SMOTE: the labels as they are, and the rows that `smote` makes up."""
    made, made_labels = smote(x, labels, neighbours=settings.smote_neighbours, seed=settings.seed)
    return Altered(labels, made, made_labels)


def added_count(counts: Int[np.ndarray, " c"]) -> int:
    """How many rows bring every class that has any up to the size of the largest one."""
    return int((counts.max() - counts[counts > 0]).sum())


def flipped_labels(
    x: Float32[np.ndarray, "n d"],
    labels: Int[np.ndarray, " n"],
    class_count: int,
    *,
    threshold: float = 3.0,
    seed: int = 0,
) -> Int[np.ndarray, " n"]:
    """The labels, with some rows of larger classes relabelled as smaller, similar ones, [N].

    Hu et al. 2025, *Learning Imbalanced Data with Beneficial Label Noise* (LNR). A classifier
    eta, here logistic regression on the embeddings, is fitted to all rows. Let mu_k and sigma_k
    be mean and deviation of eta_k over the rows outside class k, and r_k = 1 - (n_k - n_min) /
    (n_max - n_min) how rare class k is. Row i of class c is flipped to k with probability

        max(0, tanh((eta_ik - mu_k) / sigma_k - threshold)) * max(0, r_k - r_c),

    independently for each class; of several the most probable one gets the row. So a row moves only
    to a rarer class, and only where the classifier finds it unusually like that class.
    """
    counts = np.bincount(labels, minlength=class_count)
    if counts.max() == counts.min():
        return labels.copy()  # no class is rarer than another
    rarity = 1 - (counts - counts.min()) / (counts.max() - counts.min())
    z = _standardised(_posterior(x, labels, class_count, seed), labels)
    rate = np.tanh(z - threshold) * np.maximum(rarity - rarity[labels][:, None], 0)
    taken = np.where(rate > np.random.default_rng(seed).random(rate.shape), rate, 0.0)
    return np.where(taken.any(1), taken.argmax(1), labels).astype(labels.dtype)


def _posterior(
    x: np.ndarray, labels: np.ndarray, class_count: int, seed: int
) -> Float[np.ndarray, "n c"]:
    """eta [N, C]; 0 for a class without rows."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=LARGEST_C, max_iter=200, random_state=seed).fit(x, labels)
    eta = np.zeros((len(x), class_count))
    eta[:, model.classes_] = model.predict_proba(x)
    return eta


def _standardised(
    eta: Float[np.ndarray, "n c"], labels: Int[np.ndarray, " n"]
) -> Float[np.ndarray, "n c"]:
    """(eta_ik - mu_k) / sigma_k over the rows outside class k; -inf where these are all equal."""
    outside = labels[:, None] != np.arange(eta.shape[1])
    count = np.maximum(outside.sum(0), 1)
    mean = (eta * outside).sum(0) / count
    spread = np.sqrt(((eta - mean) ** 2 * outside).sum(0) / count)
    return np.where(spread > 0, (eta - mean) / np.where(spread > 0, spread, 1), -np.inf)


def smote(
    x: Float32[np.ndarray, "n d"],
    labels: Int[np.ndarray, " n"],
    *,
    neighbours: int = 5,
    seed: int = 0,
) -> tuple[Float32[np.ndarray, "m d"], Int[np.ndarray, " m"]]:
    """Made-up rows that bring every class up to the size of the largest: (x [M, D], labels [M]).

    Chawla et al. 2002, *SMOTE: Synthetic Minority Over-sampling Technique*, by imbalanced-learn:
    each lies between a row and one of its nearest rows of the same class. A class with fewer
    rows than `neighbours` + 1 uses as many as it has; a single row is repeated.
    """
    from imblearn.over_sampling import SMOTE, RandomOverSampler

    counts = np.bincount(labels)
    single = {c: int(counts.max()) for c in np.flatnonzero(counts == 1).tolist()}
    found, found_labels = x, labels
    # Each class has its own number of neighbours, so they are filled up one at a time.
    for label in np.flatnonzero((counts > 1) & (counts < counts.max())).tolist():
        maker = SMOTE(
            sampling_strategy={label: int(counts.max())},
            k_neighbors=min(neighbours, int(counts[label]) - 1),
            random_state=seed + label,
        )
        made, made_labels = maker.fit_resample(x, labels)
        found = np.concatenate([found, made[len(x) :]])
        found_labels = np.concatenate([found_labels, made_labels[len(x) :]])
    if single:
        repeated = RandomOverSampler(sampling_strategy=single, random_state=seed)
        made, made_labels = repeated.fit_resample(x, labels)
        found = np.concatenate([found, made[len(x) :]])
        found_labels = np.concatenate([found_labels, made_labels[len(x) :]])
    return found[len(x) :].astype(np.float32), found_labels[len(x) :].astype(labels.dtype)
