"""The semantic neighbours of rows: FAISS inner-product search on normalised embeddings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from jaxtyping import Float32, Int, Int32

# Below this many rows exact search is fast enough (14k rows against 3k seeds: under a
# second); above it an inverted file finds nearly the same neighbours (recall 1.00 at 200k rows of
# text, 0.97 at 600k made-up ones).
EXACT_ROWS = 50_000
# The inverted file has about four lists for each square root of a row, as FAISS advises, of which
# PROBES are looked at; k-means that makes them sees TRAINED rows a list, not FAISS's 256.
FEWEST_LISTS, PROBES, TRAINED = 1024, 16, 64
AT_A_TIME = 65_536  # rows added, or searched for
PIECE = 16_384  # rows at a time where all are compared with one: 25 MB of 384 dimensions


class NeighbourSearch:
    """k nearest rows of any row, without the row itself.

    Embeddings never change while an encoder is frozen, so every answer is kept: most hard seeds
    are the same rows as in the epoch before, and only new ones are searched. Beside the index,
    which holds a copy of the embeddings, no more than AT_A_TIME rows are copied at once.
    """

    def __init__(self, embeddings: Float32[np.ndarray, "n d"], k: int) -> None:
        """`embeddings` [N, D] need not be normalised, and must not change from now on; `k`
        neighbours are found per row.
        """
        self._embeddings, self._k = embeddings, k
        count = len(embeddings)
        self._index = _empty_index(embeddings)
        for start in range(0, count, AT_A_TIME):
            self._index.add(_normalised(embeddings[start : start + AT_A_TIME]))
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
            for start in range(0, len(new), AT_A_TIME):
                self._search(new[start : start + AT_A_TIME])
        return self._neighbours[rows], self._similarities[rows]

    def near(
        self, others: Float32[np.ndarray, "o d"]
    ) -> tuple[Int32[np.ndarray, "o k"], Float32[np.ndarray, "o k"]]:
        """(neighbours, cosine similarities) of rows that are not among the N; nothing is kept."""
        found = min(self._k, len(self._embeddings))
        neighbours = np.full((len(others), self._k), -1, np.int32)
        similarities = np.full((len(others), self._k), np.nan, np.float32)
        for start in range(0, len(others), AT_A_TIME):
            part = slice(start, start + AT_A_TIME)
            answer = self._index.search(_normalised(others[part]), found)
            similarities[part, :found], neighbours[part, :found] = answer
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
        found = min(self._k + 1, len(self._embeddings))
        similarities, neighbours = self._index.search(_normalised(self._embeddings[rows]), found)
        itself = neighbours == rows[:, None]
        itself[~itself.any(1), -1] = True
        kept = (len(rows), found - 1)
        self._neighbours[rows, : found - 1] = neighbours[~itself].reshape(kept)
        self._similarities[rows, : found - 1] = similarities[~itself].reshape(kept)
        self._known[rows] = True


def _normalised(rows: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"]:
    """A copy, of which each row has length 1."""
    import faiss

    vectors = np.array(rows, np.float32, order="C")
    faiss.normalize_L2(vectors)
    return vectors


def _empty_index(embeddings: Float32[np.ndarray, "n d"]) -> Any:
    """An index for these rows, without any: exact, or an inverted file that is trained on some."""
    import faiss

    count, width = embeddings.shape
    if count <= EXACT_ROWS:
        return _on_gpu(faiss.IndexFlatIP(width))
    lists = lists_for(count)
    factory = f"IVF{lists},Flat"
    index: Any = faiss.index_factory(width, factory, faiss.METRIC_INNER_PRODUCT)
    index.nprobe = PROBES
    index = _on_gpu(index)
    seen = np.linspace(0, count - 1, min(count, TRAINED * lists)).astype(np.int64)
    index.train(_normalised(embeddings[seen]))
    return index


def lists_for(count: int) -> int:
    """How many lists an inverted file of so many rows has: a power of two up to 4 sqrt(count)."""
    return max(FEWEST_LISTS, 1 << (math.isqrt(16 * count).bit_length() - 1))


def _on_gpu(index: Any) -> Any:
    """The index on the first GPU, where this build of FAISS has one; else as it is."""
    import faiss

    if not hasattr(faiss, "StandardGpuResources") or not faiss.get_num_gpus():
        return index
    return faiss.index_cpu_to_gpu(faiss.StandardGpuResources(), 0, index)


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
