"""What the frozen embeddings say of each row's label, whatever a run has learned of it.

It changes with the labels alone, so a page works it out once and keeps it over the epochs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int, Int32

from hamr.triage.centres import calibrated, centre_votes

# Neighbours count e^(-1) times as much for each 0.1 that they are less similar than the nearest,
# and two more neighbours of average class stand beside them: far or few ones settle nothing.
SIMILARITY_SCALE, AVERAGE_NEIGHBOURS = 0.1, 2.0
NEIGHBOURS = 50  # nearest rows that are asked; 10 and 20 tell less of rare classes


@dataclass(frozen=True)
class Surroundings:
    """Of the N rows to judge, among M rows with labels; the first N of these are they."""

    labels: Int[np.ndarray, " m"]
    counts: Int[np.ndarray, " c"]  # how many of the N rows each class has
    neighbours: Int32[np.ndarray, "n k"]  # places among the M rows, nearest first; -1: none
    similarities: Float32[np.ndarray, "n k"]  # cosine
    centres: Float32[np.ndarray, "n c"]  # log p(c | the row's place among the classes' centres)
    votes: Float32[np.ndarray, "n c"]  # log p(c | its neighbours' labels)

    @property
    def own(self) -> Int[np.ndarray, " n"]:
        """The labels of the N rows."""
        return self.labels[: len(self.neighbours)]


def survey(
    vectors: Float32[np.ndarray, "m d"],
    labels: Int[np.ndarray, " m"],
    neighbours: Int32[np.ndarray, "n k"],
    similarities: Float32[np.ndarray, "n k"],
    class_count: int,
) -> Surroundings:
    """Asks centres and neighbours about the first N of M embedded rows, itself left out each.

    The other rows, those of validation, give evidence but are not judged. Test rows stay out,
    or labels corrected by them would flatter the test. `neighbours` are those of the first N
    rows among all M, as `NeighbourSearch(vectors, k).of(range(N))` finds them.
    """
    count = len(neighbours)
    own = labels[:count]
    asked = _votes(neighbours, similarities, labels, class_count)
    return Surroundings(
        labels=labels,
        counts=np.bincount(own, minlength=class_count),
        neighbours=neighbours,
        similarities=similarities,
        centres=centre_votes(vectors, labels, class_count)[:count],
        votes=calibrated(np.log(asked), own).astype(np.float32),
    )


def _votes(
    neighbours: Int32[np.ndarray, "n k"],
    similarities: Float32[np.ndarray, "n k"],
    labels: Int[np.ndarray, " m"],
    class_count: int,
) -> np.ndarray:
    """Shares of the classes among each row's neighbours, [N, C] float64, none of them 0."""
    count = len(neighbours)
    shares = (np.bincount(labels, minlength=class_count) + 0.5) / (len(labels) + class_count / 2)
    if not neighbours.size:
        return np.tile(shares, (count, 1))
    nearest = similarities[:, :1].astype(float)
    weights = np.exp((similarities - nearest) / SIMILARITY_SCALE)
    weights = np.where(neighbours >= 0, weights, 0.0)
    cells = np.arange(count)[:, None] * class_count + labels[neighbours]
    votes = np.bincount(cells.ravel(), weights.ravel(), minlength=count * class_count)
    votes = votes.reshape(count, class_count) + AVERAGE_NEIGHBOURS * shares
    return votes / votes.sum(1, keepdims=True)
