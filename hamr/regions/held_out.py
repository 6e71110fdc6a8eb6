"""Validation and test rows that fall in a region, and how well the model does on them.

A validation or test row falls in a region where most of its nearest training rows do.

Axes: N training rows; H validation and test rows; K nearest training rows.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int

NEAREST = 5  # K, odd
FEWEST = 5  # rows; of fewer no F1 is given


def nearest_training_rows(
    vectors: Float[np.ndarray, "n d"], held_out: Float[np.ndarray, "h d"]
) -> Int[np.ndarray, "h k"]:
    """The K nearest training rows of each held-out row, by cosine similarity."""
    import faiss

    known, asked = (
        np.ascontiguousarray(np.nan_to_num(array, posinf=0, neginf=0), np.float32)
        for array in (vectors, held_out)
    )
    known, asked = known.copy(), asked.copy()
    faiss.normalize_L2(known)
    faiss.normalize_L2(asked)
    index = faiss.IndexFlatIP(known.shape[1])
    index.add(known)
    found: np.ndarray = index.search(asked, min(NEAREST, len(known)))[1]
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
