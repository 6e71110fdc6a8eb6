"""Neighbour evidence: what the frozen embeddings say about each row's label, before any training.

It depends on the embeddings and the labels alone, so it is computed once for all epochs of a run.

Axes: N training rows; M >= N rows that give evidence, which are those of training and validation;
A >= N rows that are judged, which may include the test rows. A row is judged by the labels of
other rows, never by its own, and no row by the label of a test row: labels corrected with their
help would inflate the test score.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float32, Float64, Int, Int32

from hamr.triage.class_centroids import centroid_log_p, log_softmax, temperature
from hamr.triage.label_noise import LabelNoise, label_noise
from hamr.triage.ridge import ridge_log_p

# A neighbour's vote falls by the factor e^(-1) for each 0.1 of similarity below the nearest one.
# Two more neighbours of average class are added, so that distant or few neighbours decide little.
SIMILARITY_SCALE, AVERAGE_NEIGHBOURS = 0.1, 2.0
NEIGHBOURS = 50  # nearest rows that vote; 10 and 20 say less about rare classes


@dataclass(frozen=True)
class NeighbourEvidence:
    """The evidence for A rows; the first N are the training rows."""

    labels: Int[np.ndarray, " l"]  # of all rows that give evidence or are judged
    counts: Int[np.ndarray, " c"]  # how many of the N training rows each class has
    neighbours: Int32[np.ndarray, "a k"]  # indices among the M rows, nearest first; -1: none
    similarities: Float32[np.ndarray, "a k"]  # cosine
    centroid_log_p: Float32[np.ndarray, "a c"]  # log p(c), by the class centroids without the row
    neighbour_votes: Float32[np.ndarray, "a c"]  # log p(c), by the labels of the neighbours
    ridge_log_p: Float32[np.ndarray, "a c"]  # log p(c), by ridge regression without the row
    giving: int  # M

    @cached_property
    def noise(self) -> LabelNoise:
        """How often labels are wrong, and which class is given in place of which."""
        sources = [self.centroid_log_p, self.ridge_log_p, self.neighbour_votes]
        return label_noise(sources, self.own, min(self.giving, len(self.own)))

    @property
    def own(self) -> Int[np.ndarray, " a"]:
        """The labels of the A rows."""
        return self.labels[: len(self.neighbours)]

    @property
    def trained(self) -> int:
        """N."""
        return int(self.counts.sum())


def neighbour_evidence(
    vectors: Float32[np.ndarray, "l d"],
    labels: Int[np.ndarray, " l"],
    neighbours: Int32[np.ndarray, "a k"],
    similarities: Float32[np.ndarray, "a k"],
    class_count: int,
    *,
    giving: int | None = None,
    trained: int | None = None,
) -> NeighbourEvidence:
    """The evidence for the first A of some embedded rows: training, validation, then test rows.

    The first M rows, `giving`, give evidence: by default all, so that test rows must then be left
    out. The first N, `trained`, are the training rows: by default all that are judged.
    `neighbours` are those of the A rows among the M, without the row itself.
    """
    count = len(neighbours)
    giving = len(labels) if giving is None else giving
    trained = min(count, giving) if trained is None else trained
    known = labels[:giving]
    votes = np.log(_vote_shares(neighbours, similarities, known, class_count))
    others = vectors[giving:count] if count > giving else None
    by_centroids = centroid_log_p(vectors[:giving], known, class_count, others)
    by_ridge = ridge_log_p(vectors[:giving], known, class_count, others)
    # The votes of training rows alone decide how far to trust votes.
    t = temperature(votes[:trained], labels[:trained])
    return NeighbourEvidence(
        labels=labels,
        counts=np.bincount(labels[:trained], minlength=class_count),
        neighbours=neighbours,
        similarities=similarities,
        centroid_log_p=by_centroids[:count],
        neighbour_votes=log_softmax(t * votes).astype(np.float32),
        ridge_log_p=by_ridge[:count],
        giving=giving,
    )


def _vote_shares(
    neighbours: Int32[np.ndarray, "a k"],
    similarities: Float32[np.ndarray, "a k"],
    labels: Int[np.ndarray, " m"],
    class_count: int,
) -> Float64[np.ndarray, "a c"]:
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
    normalised: Float64[np.ndarray, "a c"] = votes / votes.sum(1, keepdims=True)
    return normalised
