"""Candidate regions: clusters at many scales, over two views of the rows.

The first view are the rows' embeddings, in which rows are near that mean the same. The second are
their words: TF-IDF, reduced by a truncated singular value decomposition (latent semantic analysis,
Deerwester et al. 1990). Annotators see words, and mistakes that follow a word ("every row that
names regsvr32") need not lie together in the embeddings.

Each view is clustered by k-means with a number of clusters for every scale, so that a region of
any size is near one of the clusters. Neither labels nor a run have part in it: all epochs, and all
runs on the same rows, choose their regions among the same candidates.

Axes: N training rows; M entries of all Q candidates together; D the width of a view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int
from threadpoolctl import threadpool_limits

LEAST_ROWS = 50  # fewer rows have no regions
SMALLEST, LARGEST_SHARE = 8, 0.25  # rows of a candidate; share of all rows
SCALE_STEP = 1.5  # from one mean size of a cluster to the next
FIRST_SCALE = 20  # rows, the smallest mean size of a cluster
WIDTH = 50  # of a view, for clustering
ITERATIONS = 8
MOST_CLUSTERS = 1000  # at one scale
SEED = 0


@dataclass(frozen=True)
class Candidates:
    """Q sets of rows that may be regions."""

    members: Int[np.ndarray, " m"]  # candidate q has the rows members[starts[q]:starts[q + 1]]
    starts: Int[np.ndarray, " q1"]
    rows: int  # N
    views: tuple[Float32[np.ndarray, "n d"], ...] = ()  # coordinates in each view, of length 1
    why_none: str = ""  # a sentence where there are no candidates

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of(self, candidate: int) -> Int[np.ndarray, " r"]:
        """The rows of a candidate, ascending."""
        found: np.ndarray = self.members[self.starts[candidate] : self.starts[candidate + 1]]
        return found

    @property
    def sizes(self) -> Int[np.ndarray, " q"]:
        """How many rows each has."""
        return np.diff(self.starts)


def find_candidates(
    vectors: Float[np.ndarray, "n d"], texts: Sequence[str] | None = None
) -> Candidates:
    """The clusters of both views at all scales; of the embeddings alone without texts.

    Never raises for odd rows: `why_none` says why there are no candidates.
    """
    count = len(vectors)
    if count < LEAST_ROWS:
        why = f"Regions need at least {LEAST_ROWS} training rows; there are {count}."
        return _none(count, why)
    views = [view for view in (_meanings(vectors), _words(texts)) if view is not None]
    if not views:
        return _none(count, "All rows are alike, so that no group of them stands out.")
    groups: dict[bytes, np.ndarray] = {}
    with threadpool_limits(2):
        for view in views:
            for group in _clusters(view):
                groups.setdefault(group.tobytes(), group)
    if not groups:
        return _none(count, "No group of rows is close together.")
    found = list(groups.values())
    starts = np.cumsum([0, *map(len, found)])
    return Candidates(np.concatenate(found), starts, count, tuple(views))


def _none(count: int, why: str) -> Candidates:
    return Candidates(np.zeros(0, np.int32), np.zeros(1, np.int64), count, (), why)


def _meanings(vectors: Float[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"] | None:
    """The embeddings, in their widest directions; None where all are the same."""
    given = np.nan_to_num(np.asarray(vectors, np.float32), posinf=0, neginf=0)
    centred = given / np.maximum(np.linalg.norm(given, axis=1, keepdims=True), 1e-12)
    centred = centred - centred.mean(0)
    if not len(centred) or float(np.abs(centred).max(initial=0)) < 1e-6:
        return None
    _, basis = np.linalg.eigh((centred.T @ centred).astype(float))
    return _of_length_one(centred @ basis[:, ::-1][:, :WIDTH].astype(np.float32))


def _words(texts: Sequence[str] | None) -> Float32[np.ndarray, "n d"] | None:
    """The words of the texts, reduced; None where there are no texts, or all are the same."""
    if texts is None or len(set(texts)) < 2:
        return None
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        counts = TfidfVectorizer(min_df=2, sublinear_tf=True, dtype=np.float32).fit_transform(texts)
    except ValueError:  # no word occurs twice
        return None
    width = min(WIDTH, *(side - 1 for side in counts.shape))
    if width < 2:
        return None
    return _of_length_one(TruncatedSVD(width, n_iter=2, random_state=SEED).fit_transform(counts))


def _of_length_one(view: Float[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"]:
    length = np.maximum(np.linalg.norm(view, axis=1, keepdims=True), 1e-12)
    return np.ascontiguousarray(view / length, np.float32)


def _clusters(view: Float32[np.ndarray, "n d"]) -> list[np.ndarray]:
    """The clusters of one view at all scales, each ascending."""
    count, found = len(view), []
    largest = max(SMALLEST, int(LARGEST_SHARE * count))
    scale = float(FIRST_SCALE)
    while scale <= largest:
        number = min(round(count / scale), MOST_CLUSTERS)
        scale *= SCALE_STEP
        if number < 2:
            break
        of_row = _k_means(view, number)
        order = np.argsort(of_row, kind="stable").astype(np.int32)
        groups = np.split(order, np.cumsum(np.bincount(of_row, minlength=number))[:-1])
        found += [group for group in groups if SMALLEST <= len(group) <= largest]
    return found


def _k_means(view: Float32[np.ndarray, "n d"], number: int) -> Int[np.ndarray, " n"]:
    """The cluster of each row."""
    import faiss

    means = faiss.Kmeans(
        view.shape[1], number, niter=ITERATIONS, seed=SEED, min_points_per_centroid=1,
        max_points_per_centroid=max(64, len(view) // number + 1), spherical=True,
    )  # fmt: skip
    means.train(view)
    nearest: np.ndarray = np.maximum(means.index.search(view, 1)[1][:, 0], 0)
    return nearest
