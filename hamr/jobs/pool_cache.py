"""What the cache has of unlabelled rows: parts of CHUNK rows, and the keys that find them.

Embeddings are those of the encoder before training, as on the maps, so all runs with one encoder
share them; everything else is a run's own.

Axes: P rows of the pool, D size of an embedding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hamr.errors import StoreError
from hamr.store import Run
from hamr.store.pools import Pool

VECTORS, CHANCES, KEYS = "pool_vectors", "pool_probabilities", "keys"
CHUNK = 8192
TEXTS = 512  # that are embedded at a time


@dataclass(frozen=True)
class Chunk:
    """Rows of a pool that are kept together."""

    pool: Pool
    start: int  # index of its first row in the pool
    end: int
    vectors_key: str
    chances_key: str
    history_key: str

    def __len__(self) -> int:
        return self.end - self.start

    def texts(self) -> Iterator[list[str]]:
        """Its texts, TEXTS at a time."""
        for start in range(self.start, self.end, TEXTS):
            yield self.pool.texts(np.arange(start, min(start + TEXTS, self.end)))

    def sentences(self) -> Iterator[list[list[str]]]:
        """The words of its sentences, as many at a time."""
        for start in range(self.start, self.end, TEXTS):
            yield self.pool.words(np.arange(start, min(start + TEXTS, self.end)))


def pool_of(run: Run) -> Pool:
    """The unlabelled rows that are attached to the data of a run."""
    return Pool(run.store.decisions(run.info.label_source or ""))


def chunks_of(run: Run, pool: Pool) -> Iterator[Chunk]:
    """The parts that the cache keeps; none holds rows of two attachments."""
    noted = run.store.cache.get(KEYS, encoder_key(run))
    encoder = "" if noted is None else np.asarray(noted).tobytes().decode()
    length, best, heads = run.info.settings.training.max_length, run.info.best_epoch, run.heads()
    for part, first in zip(pool.parts, pool.starts.tolist(), strict=False):
        for start in range(0, part.rows, CHUNK):
            end = min(start + CHUNK, part.rows)
            rows = f"{part.sha256} {start} {end}"
            yield Chunk(
                pool, first + start, first + end,
                f"{encoder} {length} {rows}", f"{run.id} {best} {rows}",
                f"{run.id} {best} {heads} {rows}",
            )  # fmt: skip


def encoder_key(run: Run) -> str:
    """Where the hash of the run's encoder is kept, for processes without torch."""
    return f"encoder {run.info.settings.training.model}"


class PoolVectors:
    """[P, D] of the pool, read from the cache a chunk at a time.

    Asking for rows raises StoreError where the cache was cleared.
    """

    def __init__(self, run: Run, chunks: list[Chunk]) -> None:
        self._cache, self._chunks = run.store.cache, chunks
        self._starts = np.array([chunk.start for chunk in chunks])
        self._count = chunks[-1].end if chunks else 0

    def __getitem__(self, rows: slice | np.ndarray) -> np.ndarray:
        where = np.arange(self._count)[rows] if isinstance(rows, slice) else np.asarray(rows)
        numbers = np.searchsorted(self._starts, where, "right") - 1
        found: np.ndarray | None = None
        for number in np.unique(numbers).tolist():
            own = np.flatnonzero(numbers == number)
            chunk = self._chunks[number]
            vectors = self._cache.get(VECTORS, chunk.vectors_key)
            if vectors is None:
                raise StoreError("the embeddings of the unlabelled rows were cleared: score again")
            if found is None:
                found = np.empty((len(where), vectors.shape[1]), np.float32)
            found[own] = np.asarray(vectors)[where[own] - chunk.start]
        return np.empty((0, 0), np.float32) if found is None else found
