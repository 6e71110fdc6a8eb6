"""Neighbour evidence: what the frozen embeddings say about each row's label, before any training.

It depends on the embeddings and the labels alone, so it is computed once for all epochs of a run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int, Int32

from hamr.triage.class_centroids import calibrated, centroid_log_p

# A neighbour's vote falls by the factor e^(-1) for each 0.1 of similarity below the nearest one.
# Two more neighbours of average class are added, so that distant or few neighbours decide little.
SIMILARITY_SCALE, AVERAGE_NEIGHBOURS = 0.1, 2.0
NEIGHBOURS = 50  # nearest rows that vote; 10 and 20 say less about rare classes


@dataclass(frozen=True)
class NeighbourEvidence:
    """The evidence for N rows, which are the first N of M labelled rows."""

    labels: Int[np.ndarray, " m"]
    counts: Int[np.ndarray, " c"]  # how many of the N rows each class has
    neighbours: Int32[np.ndarray, "n k"]  # indices among the M rows, nearest first; -1: none
    similarities: Float32[np.ndarray, "n k"]  # cosine
    centroid_log_p: Float32[np.ndarray, "n c"]  # log p(c), by the class centroids without the row
    neighbour_votes: Float32[np.ndarray, "n c"]  # log p(c), by the labels of the neighbours

    @property
    def own(self) -> Int[np.ndarray, " n"]:
        """The labels of the N rows."""
        return self.labels[: len(self.neighbours)]


def neighbour_evidence(
    vectors: Float32[np.ndarray, "m d"],
    labels: Int[np.ndarray, " m"],
    neighbours: Int32[np.ndarray, "n k"],
    similarities: Float32[np.ndarray, "n k"],
    class_count: int,
) -> NeighbourEvidence:
    """The evidence for the first N of M embedded rows, each row itself left out.

    The other rows, those of the validation set, give evidence but are not scored. Test rows must
    not be included: labels corrected with their help would inflate the test score. `neighbours`
    are those of the first N rows among all M, as `NeighbourSearch(vectors, k).of(range(N))` finds
    them.
    """
    count = len(neighbours)
    own = labels[:count]
    votes = _vote_shares(neighbours, similarities, labels, class_count)
    return NeighbourEvidence(
        labels=labels,
        counts=np.bincount(own, minlength=class_count),
        neighbours=neighbours,
        similarities=similarities,
        centroid_log_p=centroid_log_p(vectors, labels, class_count)[:count],
        neighbour_votes=calibrated(np.log(votes), own).astype(np.float32),
    )


def _vote_shares(
    neighbours: Int32[np.ndarray, "n k"],
    similarities: Float32[np.ndarray, "n k"],
    labels: Int[np.ndarray, " m"],
    class_count: int,
) -> Float64[np.ndarray, "n c"]:
    """Each class's share of the votes of each row's neighbours; always above 0."""
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
    normalised: Float64[np.ndarray, "n c"] = votes / votes.sum(1, keepdims=True)
    return normalised
