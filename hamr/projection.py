"""A map of the embeddings in two dimensions (UMAP, McInnes et al. 2018)."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float32

from hamr.neighbours import NeighbourSearch

FIT_ROWS = 200_000  # umap-learn runs out of memory near a million rows
NEIGHBOURS = 15  # umap-learn's default
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
