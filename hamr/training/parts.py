"""Embeds the rows part by part: what is done is kept, and several ranks share each part.

A set of millions of rows takes hours to embed. When the process is killed, or one of several ranks
dies, the parts that are complete lie in the cache, and the next attempt begins after them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import numpy as np

from hamr.ranks import Ranks
from hamr.records import Progress
from hamr.training.embedded import Cache, Embedded

PART_ROWS = 50_000
ROW_PARTS, WORD_PARTS = "embedding_parts", "word_parts"

# Yields (rows done, None), and last (rows, the embeddings) of rows that it is given.
Embed = Callable[[slice], Iterator[tuple[int, Embedded | None]]]


class Parts:
    """The embeddings of all rows, made of those of their parts."""

    def __init__(
        self, embed: Embed, total: int, key: str, cache: Cache, ranks: Ranks, everywhere: bool
    ) -> None:
        """`embed` embeds some of the `total` rows; `key` is that of all embeddings; without
        `everywhere` rank 0 alone keeps them.
        """
        self._holds = everywhere or ranks.main
        self._embed, self._total, self._key = embed, total, key
        self._cache, self._ranks = cache, ranks

    def embedded(self, stop: Callable[[], bool]) -> Generator[Progress, None, Embedded | None]:
        """Embeds the parts that are not in the cache; the embeddings of all rows.

        Returns None where they are not kept, and when several ranks were stopped, which they are
        after a part. Raises the error of any rank on rank 0, and RankLost on all others.
        """
        rows: np.ndarray | None = None
        words: list[np.ndarray] = []
        for start in range(0, self._total, PART_ROWS):
            part = self._ranks.broadcast(self._kept(start) if self._ranks.main else None)
            if part is None:
                part = yield from self._part(start)
                self._keep(start, part)
            if self._holds:
                if rows is None:
                    rows = np.empty((self._total, part.rows.shape[1]), part.rows.dtype)
                rows[start : start + len(part.rows)] = part.rows
                words += [] if part.words is None else [part.words]
            if self._ranks.count > 1 and self._ranks.any(stop()):
                return None
        if rows is None:
            return None
        return Embedded(rows, np.concatenate(words) if words else None)

    def forget(self) -> None:
        """Remove the parts from the cache, now that it holds the whole."""
        if self._several and self._ranks.main:
            for start in range(0, self._total, PART_ROWS):
                for kind in (ROW_PARTS, WORD_PARTS):
                    self._cache.drop(kind, self._name(start))

    @property
    def _several(self) -> bool:
        return self._total > PART_ROWS

    def _name(self, start: int) -> str:
        return f"{self._key}:{start}:{PART_ROWS}"

    def _kept(self, start: int) -> Embedded | None:
        """A part that an earlier attempt has embedded."""
        if not self._several:
            return None
        rows = self._cache.get(ROW_PARTS, self._name(start))
        words = self._cache.get(WORD_PARTS, self._name(start))
        if rows is None:
            return None
        return Embedded(np.asarray(rows), None if words is None else np.asarray(words))

    def _keep(self, start: int, part: Embedded) -> None:
        if self._several and self._ranks.main:
            if part.words is not None:  # first, since a part counts as kept by its rows
                self._cache.put(WORD_PARTS, self._name(start), part.words)
            self._cache.put(ROW_PARTS, self._name(start), part.rows)

    def _part(self, start: int) -> Generator[Progress, None, Embedded]:
        """The embeddings of a part, of which each rank embeds its share."""
        ranks, count = self._ranks, min(PART_ROWS, self._total - start)
        own, found = ranks.share(count), None
        with ranks.agreed():
            for done, found in self._embed(slice(start + own.start, start + own.stop)):
                if found is None:
                    total_done = start + min(done * ranks.count, count)
                    yield Progress("embedding", total_done, self._total, "embedding the rows")
        assert found is not None  # embedding ends with the embeddings
        shares = ranks.gather_values(found)
        if len(shares) == 1:
            return found
        words = [share.words for share in shares if share.words is not None]
        rows = np.concatenate([share.rows for share in shares])
        return Embedded(rows, np.concatenate(words) if words else None)
