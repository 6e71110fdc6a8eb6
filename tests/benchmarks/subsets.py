"""Fewer rows, and other splits, of a data set of texts: for studies that would take too long, and
for choosing defaults without a look at the test rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hamr.records import Dataset, Rows

LEAST = 4  # rows of a class that a subset keeps, where it has as many
SHARES = (0.70, 0.12)  # of training and validation rows in a new split


def fewer(dataset: Dataset, count: int, seed: int) -> Dataset:
    """About `count` training rows and a quarter as many validation rows, all classes in the shares
    that they have; the test rows stay.
    """
    rng = np.random.default_rng([seed, count])
    train = _of(dataset.train, _sample(dataset.train.labels, count, rng))
    validation = _of(dataset.validation, _sample(dataset.validation.labels, count // 4, rng))
    return replace(dataset, train=train, validation=validation)


def split_again(dataset: Dataset, seed: int) -> Dataset:
    """Training and validation rows pooled and split in three at random; no row of the test set."""
    rng, old = np.random.default_rng(seed), (dataset.train, dataset.validation)
    ids = tuple(f"{number}" for number in range(sum(map(len, old))))
    texts = old[0].texts + old[1].texts
    pool = Rows(ids, texts, np.concatenate([rows.labels for rows in old]))
    parts: tuple[list[np.ndarray], ...] = ([], [], [])
    for label in np.unique(pool.labels):
        own = rng.permutation(np.flatnonzero(pool.labels == label))
        cuts = np.round(np.cumsum(SHARES) * len(own)).astype(int)
        for part, rows in zip(parts, np.split(own, cuts), strict=True):
            part.append(rows)
    train, validation, test = (_of(pool, rng.permutation(np.concatenate(part))) for part in parts)
    return replace(dataset, train=train, validation=validation, test=test)


def _sample(labels: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    found = []
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == label))
        found.append(own[: max(LEAST, round(count * len(own) / len(labels)))])
    return np.sort(np.concatenate(found))


def _of(rows: Rows, index: np.ndarray) -> Rows:
    """Some rows: ids, texts and labels."""
    chosen = index.tolist()
    ids, texts = tuple(rows.ids[i] for i in chosen), tuple(rows.texts[i] for i in chosen)
    return Rows(ids, texts, rows.labels[index])
