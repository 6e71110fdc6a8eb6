"""A map of the embeddings in two dimensions (UMAP, McInnes et al. 2018)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

FIT_ROWS = 200_000  # umap-learn runs out of memory near a million rows
FEWEST_ROWS = 10  # below this UMAP has no neighbourhoods to speak of


def project(embeddings: Float32[np.ndarray, "n d"], *, seed: int = 0) -> Float32[np.ndarray, "n 2"]:
    """Places every row on a plane so that near embeddings (by cosine) stay near.

    Fitted on at most 200,000 rows chosen at random; the others are placed afterwards. A
    handful of rows is placed by principal components instead. The same input and seed give
    the same map.
    """
    if len(embeddings) < FEWEST_ROWS:
        return _principal_components(embeddings)
    from umap import UMAP

    generator = np.random.default_rng(seed)
    neighbours = min(15, len(embeddings) - 1)
    mapper = UMAP(n_neighbors=neighbours, min_dist=0.1, metric="cosine", random_state=seed)
    if len(embeddings) <= FIT_ROWS:
        return np.asarray(mapper.fit_transform(embeddings), np.float32)
    chosen = np.sort(generator.choice(len(embeddings), FIT_ROWS, replace=False))
    rest = np.setdiff1d(np.arange(len(embeddings)), chosen)
    placed = np.empty((len(embeddings), 2), np.float32)
    placed[chosen] = mapper.fit_transform(embeddings[chosen])
    placed[rest] = mapper.transform(embeddings[rest])
    return placed


def _principal_components(embeddings: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, "n 2"]:
    centred = embeddings - embeddings.mean(0)
    left, scale, _ = np.linalg.svd(centred, full_matrices=False)
    placed = np.zeros((len(embeddings), 2), np.float32)
    width = min(2, len(scale))
    placed[:, :width] = (left * scale)[:, :width]
    return placed
