"""The semantic neighbours of rows: FAISS inner-product search on normalised embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float32, Int, Int32

# Below this many rows exact search is fast enough (14k rows against 3k seeds: under a
# second); above it an inverted file finds the same neighbours (recall 1.00 at 200k rows).
EXACT_ROWS = 50_000
LISTS, PROBES = 1024, 16
PIECE = 16_384  # rows at a time where all are compared with one: 25 MB of 384 dimensions


class NeighbourSearch:
    """k nearest rows of any row, without the row itself.

    Embeddings never change while an encoder is frozen, so every answer is kept: most hard seeds
    are the same rows as in the epoch before, and only new ones are searched.
    """

    def __init__(self, embeddings: Float32[np.ndarray, "n d"], k: int) -> None:
        """`embeddings` [N, D] need not be normalised; `k` neighbours are found per row."""
        import faiss

        self._vectors = np.array(embeddings, np.float32, order="C")
        faiss.normalize_L2(self._vectors)
        self._k = k
        count, width = self._vectors.shape
        self._index: Any
        if count <= EXACT_ROWS:
            self._index = faiss.IndexFlatIP(width)
        else:
            self._index = faiss.index_factory(width, f"IVF{LISTS},Flat", faiss.METRIC_INNER_PRODUCT)
            self._index.nprobe = PROBES
            self._index.train(self._vectors)
        self._index.add(self._vectors)
        self._known = np.zeros(count, bool)
        self._neighbours = np.full((count, k), -1, np.int32)
        self._similarities = np.full((count, k), np.nan, np.float32)

    def of(
        self, rows: Int[np.ndarray, " s"]
    ) -> tuple[Int32[np.ndarray, "s k"], Float32[np.ndarray, "s k"]]:
        """(neighbours, cosine similarities) of each row, nearest first.

        Rows that have fewer than k neighbours are filled up with -1 and NaN.
        """
        new = np.unique(rows[~self._known[rows]])
        if len(new):
            self._search(new)
        return self._neighbours[rows], self._similarities[rows]

    def near(
        self, others: Float32[np.ndarray, "o d"]
    ) -> tuple[Int32[np.ndarray, "o k"], Float32[np.ndarray, "o k"]]:
        """(neighbours, cosine similarities) of rows that are not among the N; nothing is kept."""
        import faiss

        vectors = np.array(others, np.float32, order="C")
        faiss.normalize_L2(vectors)
        found = min(self._k, len(self._vectors))
        neighbours = np.full((len(vectors), self._k), -1, np.int32)
        similarities = np.full((len(vectors), self._k), np.nan, np.float32)
        similarities[:, :found], neighbours[:, :found] = self._index.search(vectors, found)
        return neighbours, similarities

    def save(self) -> dict[str, np.ndarray]:
        """All answers so far. A matrix product may round a row's similarity differently
        together with other rows, so a resumed run must not search them again.
        """
        rows = np.flatnonzero(self._known)
        return {
            "rows": rows,
            "neighbours": self._neighbours[rows],
            "similarities": self._similarities[rows],
        }

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        """Takes the answers of `save`, from a search over the same embeddings."""
        rows = saved["rows"]
        self._known[rows] = True
        self._neighbours[rows] = saved["neighbours"]
        self._similarities[rows] = saved["similarities"]

    def _search(self, rows: Int[np.ndarray, " s"]) -> None:
        # Ask for one more than k, since the row finds itself. Where exact copies of the row push
        # it off the list, drop the farthest answer.
        found = min(self._k + 1, len(self._vectors))
        similarities, neighbours = self._index.search(self._vectors[rows], found)
        itself = neighbours == rows[:, None]
        itself[~itself.any(1), -1] = True
        kept = (len(rows), found - 1)
        self._neighbours[rows, : found - 1] = neighbours[~itself].reshape(kept)
        self._similarities[rows, : found - 1] = similarities[~itself].reshape(kept)
        self._known[rows] = True


def most_similar(
    vectors: Float32[np.ndarray, "n d"],
    query: Float32[np.ndarray, " d"],
    top: int,
    *,
    leave_out: int | None = None,
) -> tuple[Int[np.ndarray, " k"], Float32[np.ndarray, " k"]]:
    """(rows, cosine similarities) of the `top` vectors most similar to one, the best first.

    Exact, and a piece at a time, so that `vectors` may lie in a file larger than memory. Of equal
    ones the lower row comes first. `leave_out` is a row that is not to be found.
    """
    query = query / max(float(np.linalg.norm(query)), 1e-12)
    rows, similarities = np.empty(0, np.int64), np.empty(0, np.float32)
    for first in range(0, len(vectors), PIECE):
        piece = np.asarray(vectors[first : first + PIECE], np.float32)
        lengths = np.sqrt(np.einsum("nd,nd->n", piece, piece))
        found = np.nan_to_num(piece @ query / np.maximum(lengths, 1e-12), nan=-1.0)
        if leave_out is not None and first <= leave_out < first + len(piece):
            found[leave_out - first] = -np.inf
        rows = np.concatenate([rows, np.arange(first, first + len(piece))])
        similarities = np.concatenate([similarities, found.astype(np.float32)])
        best = np.argsort(-similarities, kind="stable")[:top]
        rows, similarities = rows[best], similarities[best]
    kept = np.isfinite(similarities)
    return rows[kept], similarities[kept]
