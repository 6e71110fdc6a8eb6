"""A map of the embeddings in two dimensions (UMAP, McInnes et al. 2018)."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float32, Float64

from hamr.neighbours import NeighbourSearch

FIT_ROWS = 200_000  # umap-learn runs out of memory near a million rows
NEIGHBOURS = 15  # umap-learn's default
MEDIAN_STEPS = 20  # more change no place visibly
FEWEST_ROWS = 10  # with fewer rows, neighbourhoods mean nothing to UMAP


def project(embeddings: Float32[np.ndarray, "n d"], *, seed: int = 0) -> Float32[np.ndarray, "n 2"]:
    """Places every row on a plane so that similar embeddings (by cosine) are close together.

    Fitted on at most 200,000 rows chosen at random; the others are placed afterwards. Fewer than
    ten rows are placed by principal components instead. The same input and seed give the same map.
    """
    if len(embeddings) < FEWEST_ROWS:
        return _principal_components(embeddings)
    count = len(embeddings)
    if count <= FIT_ROWS:
        found: np.ndarray = _fit(embeddings, seed, _knn(embeddings)).embedding_
        return found.astype(np.float32)
    generator = np.random.default_rng(seed)
    chosen = np.sort(generator.choice(count, FIT_ROWS, replace=False))
    rest = np.setdiff1d(np.arange(count), chosen)
    mapper = _fit(
        embeddings[chosen], seed, None
    )  # UMAP can place more rows only with its own index
    placed = np.empty((count, 2), np.float32)
    placed[chosen], placed[rest] = mapper.embedding_, mapper.transform(embeddings[rest])
    return placed


def _fit(embeddings: np.ndarray, seed: int, knn: tuple[np.ndarray, np.ndarray] | None) -> Any:
    from umap import UMAP

    settings: dict[str, Any] = {} if knn is None else {"precomputed_knn": knn}
    neighbours = min(NEIGHBOURS, len(embeddings) - 1)
    mapper = UMAP(
        n_neighbors=neighbours, min_dist=0.1, metric="cosine", random_state=seed, n_jobs=1,
        **settings,
    )  # fmt: skip
    return mapper.fit(embeddings)


def _knn(embeddings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(rows [N, k], cosine distances [N, k]), each row its own first neighbour.

    Found by FAISS: umap-learn's own search would first compile itself for some twenty seconds
    of one core.
    """
    everyone = np.arange(len(embeddings))
    k = min(NEIGHBOURS, len(embeddings) - 1) - 1
    rows, similarities = NeighbourSearch(embeddings, k).of(everyone)
    distances = np.maximum(0, 1 - similarities)
    itself = everyone[:, None]
    return np.hstack([itself, rows]), np.hstack([np.zeros_like(distances[:, :1]), distances])


def _principal_components(embeddings: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, "n 2"]:
    centred = embeddings - embeddings.mean(0)
    left, scale, _ = np.linalg.svd(centred, full_matrices=False)
    placed = np.zeros((len(embeddings), 2), np.float32)
    width = min(2, len(scale))
    placed[:, :width] = (left * scale)[:, :width]
    return placed


def place_among(
    others: Float32[np.ndarray, "h d"],
    embeddings: Float32[np.ndarray, "n d"],
    places: Float32[np.ndarray, "n 2"],
) -> Float32[np.ndarray, "h 2"]:
    """Places other rows on the map of N rows, near the rows that they are most similar to.

    Each goes to the weighted geometric median of the places of its 15 nearest rows (by cosine),
    with the weights that UMAP gives to neighbours, exp(-(d - d_1) / s). A median, because the mean
    of neighbours in two groups lies in the empty space between them: on built-in rows the 15
    nearest on the map then hold 25 % of the 15 nearest by embedding, with the mean 14 %. UMAP's own
    placing gives 23 %, and takes 22 s in place of 0.1 s for 1,200 rows among 2,800. No place lies
    outside the hull of the N places, so both maps have the same frame.
    """
    k = min(NEIGHBOURS, len(embeddings))
    rows, similarities = NeighbourSearch(embeddings, k).near(others)
    weights = _closeness(np.maximum(0, 1 - similarities.astype(np.float64)))
    found: np.ndarray = _medians(places[rows].astype(np.float64), weights).astype(np.float32)
    return found


def _closeness(distances: Float64[np.ndarray, "h k"]) -> Float64[np.ndarray, "h k"]:
    """UMAP's weights of the k nearest: exp(-(d - d_1) / s), with s so that they sum to log2 k."""
    beyond = distances - distances[:, :1]
    low, high = np.zeros(len(beyond)), np.full(len(beyond), 100.0)
    wanted = np.log2(max(distances.shape[1], 2))
    for _ in range(40):  # halves the interval of s each time
        middle = (low + high) / 2
        above = _decay(beyond, middle).sum(1) > wanted
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return _decay(beyond, (low + high) / 2)


def _decay(beyond: np.ndarray, scale: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.exp(-beyond / np.maximum(scale, 1e-9)[:, None])
    return found


def _medians(
    points: Float64[np.ndarray, "h k 2"], weights: Float64[np.ndarray, "h k"]
) -> Float64[np.ndarray, "h 2"]:
    """Weighted geometric medians, by Weiszfeld's steps from the weighted means."""
    near, found = weights, points[:, 0]
    for _ in range(MEDIAN_STEPS):
        found = (near[..., None] * points).sum(1) / near.sum(1)[:, None]
        far = np.sqrt(((points - found[:, None]) ** 2).sum(2) + 1e-6)
        near = weights / far
    return found
