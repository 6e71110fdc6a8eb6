"""Validation and test rows that fall in a region, and how well the model does on them.

A validation or test row falls in a region where most of its nearest training rows do.

Axes: N training rows; H validation and test rows; K nearest training rows.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int

NEAREST = 5  # K, odd
FEWEST = 5  # rows; of fewer no F1 is given


class TrainingVectors:
    """The vectors of the training rows, among which others look for their nearest."""

    def __init__(self, vectors: Float[np.ndarray, "n d"]) -> None:
        """They need not be of length 1; an index holds a copy of them."""
        import faiss

        known = _normalised(vectors)
        self._index = faiss.IndexFlatIP(known.shape[1])
        self._index.add(known)

    def nearest(self, others: Float[np.ndarray, "h d"]) -> Int[np.ndarray, "h k"]:
        """The K nearest training rows of each of the others, by cosine similarity."""
        count = min(NEAREST, self._index.ntotal)
        found: np.ndarray = self._index.search(_normalised(others), count)[1]
        return found


def nearest_training_rows(
    vectors: Float[np.ndarray, "n d"], held_out: Float[np.ndarray, "h d"]
) -> Int[np.ndarray, "h k"]:
    """The K nearest training rows of each held-out row, by cosine similarity."""
    return TrainingVectors(vectors).nearest(held_out)


def _normalised(vectors: Float[np.ndarray, "n d"]) -> np.ndarray:
    """A copy, of which each has length 1."""
    import faiss

    finite = np.nan_to_num(vectors, posinf=0, neginf=0)
    found = np.array(finite, np.float32, order="C")
    faiss.normalize_L2(found)
    return found


def falls_in(
    nearest: Int[np.ndarray, "h k"], rows: Int[np.ndarray, " m"], count: int
) -> Bool[np.ndarray, " h"]:
    """Whether each held-out row falls in a region with these rows, of `count` training rows."""
    inside = np.zeros(count, bool)
    inside[rows] = True
    found: np.ndarray = 2 * inside[nearest].sum(1) > nearest.shape[1]
    return found


def macro_f1(labels: Int[np.ndarray, " r"], predictions: Int[np.ndarray, " r"]) -> float | None:
    """The mean F1 of the classes that occur among the labels; None for fewer than 5 rows.

    Classes that are only predicted there have no recall; they lower the precision of none and are
    left out of the mean, but every row predicted as one counts against its own class. A label of
    -1 is that of an entity predicted where there is none, which is no row.
    """
    if (labels >= 0).sum() < FEWEST or (predictions < 0).any():
        return None
    found = []
    for label in np.unique(labels[labels >= 0]):
        own, said = labels == label, predictions == label
        found.append(2 * float((own & said).sum()) / float(own.sum() + said.sum()))
    return float(np.mean(found))
