"""Candidate regions: clusters at many scales, over several views of the rows.

Each view (`hamr.regions.views`) is clustered by k-means with a number of clusters for every scale,
so that a region of any size is near one of the clusters, and that with fewer and more of its
coordinates, since k-means of texts is fickle. Neither labels nor a run have part in
it: all epochs, and all runs on the same rows, choose their regions among the same candidates.

Other clusters of the same views were measured with regions planted in the built-in rows and in
news: found were 0.95 and 1.00 with k-means, 0.70 and 0.80 with communities of the graph of nearest
rows (Leiden, five resolutions), 0.65 and 0.70 with EVoC, 0.05 and 0.50 with HDBSCAN (leaves and
most stable clusters, of at least 5, 10 and 20 rows).

Axes: N training rows; M entries of all Q candidates together; D the width of a view; K nearest
rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Int
from threadpoolctl import threadpool_limits

from hamr.regions.views import of_length_one, views_of

LEAST_ROWS = 50  # fewer rows have no regions
SMALLEST, LARGEST_SHARE = 8, 0.25  # rows of a candidate; share of all rows
SCALE_STEP = 1.6  # from one mean size of a cluster to the next
FIRST_SCALE = 25  # rows, the smallest mean size of a cluster
FEWEST_CLUSTERS = 10  # at the finest scale
ITERATIONS = 6
PER_CLUSTER = 20  # rows that k-means reads
MOST_CLUSTERS = 700  # at one scale
NEAREST = 20  # rows
EXACT_ROWS = 4_000  # above, nearest rows are searched in an inverted file
CONTENT = 2  # the view of `views_of` that says best what a text is about
GROUP = 70  # rows
WIDTHS = (30, 45, 60)  # coordinates of a view that are read, each with a seed of its own


@dataclass(frozen=True)
class Candidates:
    """Q sets of rows that may be regions, and which rows are near each other."""

    members: Int[np.ndarray, " m"]  # candidate q has the rows members[starts[q]:starts[q + 1]]
    starts: Int[np.ndarray, " q1"]
    near: Int[np.ndarray, "n k"]  # the nearest rows of each, by their embeddings
    groups: Int[np.ndarray, " n"]  # each row's group of alike texts, for `hamr.regions.outside`
    why_none: str = ""  # a sentence where there are no candidates

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def rows(self) -> int:
        """N."""
        return len(self.near)

    def of(self, candidate: int) -> Int[np.ndarray, " r"]:
        """The rows of a candidate, ascending."""
        found: np.ndarray = self.members[self.starts[candidate] : self.starts[candidate + 1]]
        return found

    def matrix(self) -> Any:
        """1 where a candidate has a row, [Q, N] sparse."""
        from scipy.sparse import csr_matrix  # slow to load

        ones = np.ones(len(self.members))
        return csr_matrix((ones, self.members, self.starts), shape=(len(self), self.rows))

    @property
    def sizes(self) -> Int[np.ndarray, " q"]:
        """How many rows each has."""
        return np.diff(self.starts)


def find_candidates(
    vectors: Float[np.ndarray, "n d"], texts: Sequence[str] | None = None
) -> Candidates:
    """The clusters of all views at all scales; of the embeddings alone without texts.

    Never raises for odd rows: `why_none` says why there are no candidates.
    """
    count = len(vectors)
    if count < LEAST_ROWS:
        why = f"Regions need at least {LEAST_ROWS} training rows; there are {count}."
        return _none(count, why)
    import faiss  # noqa: F401  before the limit, which is of the libraries loaded by then

    # On busy cores threads that wait for each other made this many times as slow as one.
    with threadpool_limits(1):
        views = views_of(vectors, texts)
        if not views:
            return _none(count, "All rows are alike, so that no group of them stands out.")
        clusters = {
            group.tobytes(): group
            for view in views
            for seed, width in enumerate(WIDTHS)
            for group in _clusters(of_length_one(view[:, :width]), seed)
        }
        near = _nearest(views[0])
        groups = _alike(views[min(CONTENT, len(views) - 1)])
    if not clusters:
        return _none(count, "No group of rows is close together.")
    found = list(clusters.values())
    starts = np.cumsum([0, *map(len, found)])
    return Candidates(np.concatenate(found), starts, near, groups)


def _none(count: int, why: str) -> Candidates:
    near, groups = np.zeros((count, 0), np.int32), np.zeros(count, np.int32)
    return Candidates(np.zeros(0, np.int32), np.zeros(1, np.int64), near, groups, why)


def _clusters(view: Float32[np.ndarray, "n d"], seed: int) -> list[np.ndarray]:
    """The clusters of one view at all scales, each ascending."""
    count = len(view)
    found: list[np.ndarray] = []
    largest = max(SMALLEST, int(LARGEST_SHARE * count))
    scale = min(float(FIRST_SCALE), count / FEWEST_CLUSTERS)
    scale *= SCALE_STEP ** (seed / len(WIDTHS))  # between the scales of the other seeds
    while scale <= largest:
        number = min(round(count / scale), MOST_CLUSTERS)
        scale *= SCALE_STEP
        if number < 2:
            break
        of_row = _k_means(view, number, seed)
        order = np.argsort(of_row, kind="stable").astype(np.int32)
        groups = np.split(order, np.cumsum(np.bincount(of_row, minlength=number))[:-1])
        found += [group for group in groups if SMALLEST <= len(group) <= largest]
    return found


def _alike(view: Float32[np.ndarray, "n d"]) -> Int[np.ndarray, " n"]:
    """The cluster of each row, of about GROUP rows."""
    number = int(np.clip(round(len(view) / GROUP), FEWEST_CLUSTERS, MOST_CLUSTERS))
    return _k_means(view, number, 0).astype(np.int32)


def _k_means(view: Float32[np.ndarray, "n d"], number: int, seed: int) -> Int[np.ndarray, " n"]:
    """The cluster of each row."""
    import faiss

    means = faiss.Kmeans(
        view.shape[1], number, niter=ITERATIONS, seed=seed, min_points_per_centroid=1,
        max_points_per_centroid=PER_CLUSTER, spherical=True,
    )  # fmt: skip
    means.train(view)
    nearest: np.ndarray = np.maximum(means.index.search(view, 1)[1][:, 0], 0)
    return nearest


def _nearest(view: Float32[np.ndarray, "n d"]) -> Int[np.ndarray, "n k"]:
    """The nearest other rows of each row; where there are copies of it, it may be among them."""
    import faiss

    count, width = view.shape
    index: Any = faiss.IndexFlatIP(width)
    if count > EXACT_ROWS:
        lists = round(count**0.5)
        index = faiss.index_factory(width, f"IVF{lists},Flat", faiss.METRIC_INNER_PRODUCT)
        index.train(view)
        index.nprobe = max(8, lists // 10)
    index.add(view)
    found: np.ndarray = index.search(view, min(NEAREST + 1, count))[1][:, 1:]
    return np.where(found < 0, np.arange(count)[:, None], found).astype(np.int32)
