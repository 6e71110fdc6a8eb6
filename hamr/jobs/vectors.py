"""The vectors that the maps of a run show; training has left them in the cache."""

from __future__ import annotations

import numpy as np

from hamr.entities import Spans, all_spans, spans_of_splits, word_places
from hamr.errors import StoreError
from hamr.records import SPLITS, Dataset
from hamr.store import Run

PIECE = 8192  # mentions at a time: some 20 MB of word vectors in float32


def embedding_key_of(run: Run, dataset: Dataset) -> str:
    """The key of the embeddings of a run's rows in the cache."""
    from hamr.training import embedding_key

    return embedding_key(dataset, run.info.settings.training)


def row_vectors(run: Run, key: str) -> np.ndarray:
    """The embeddings of the training rows, [N, D] float32."""
    return np.asarray(_embeddings(run, key)[: len(run.rows())])


def held_out_vectors(run: Run, key: str) -> np.ndarray:
    """The embeddings of the validation rows and then the test rows, [H, D] float32."""
    return np.asarray(_embeddings(run, key)[len(run.rows()) :])


def _embeddings(run: Run, key: str) -> np.ndarray:
    embeddings = run.store.cache.get("embeddings", key)
    if embeddings is None:
        raise StoreError("the embeddings of its rows are not in the cache; train again")
    return embeddings


def mention_vectors(run: Run, key: str) -> np.ndarray:
    """The vectors of the entities in the training rows, [M, D] float32."""
    rows = run.rows()
    return vectors_of_spans(run, key, all_spans(rows.all_tags, rows.word_starts))


def held_out_mention_vectors(run: Run, key: str) -> np.ndarray:
    """The vectors of the entities in the validation rows and then the test rows, [M, D] float32."""
    spans = _all_spans(run)
    held_out = spans.row >= len(run.rows())
    return vectors_of_spans(run, key, Spans(*(part[held_out] for part in spans)))


def all_mention_vectors(run: Run, key: str) -> np.ndarray:
    """The vectors of the entities in training, validation and then test rows, [M, D] float32."""
    return vectors_of_spans(run, key, _all_spans(run))


def _all_spans(run: Run) -> Spans:
    tables = [run.rows(split) for split in SPLITS]
    return spans_of_splits([(table.all_tags, table.word_starts) for table in tables])


def vectors_of_spans(run: Run, key: str, spans: Spans) -> np.ndarray:
    """The vectors of any spans, whose words are counted over all splits, [M, D] float32."""
    words = run.store.cache.get("words", key)
    if words is None:
        raise StoreError("the vectors of its words are not in the cache; train again")
    return span_vectors(words, spans)


def span_vectors(words: np.ndarray, spans: Spans) -> np.ndarray:
    """The mean of the vectors of each span's words, scaled to length 1; [M, D] float32.

    `words` [W, D] may lie in a file that is larger than memory, so only the spans'
    own words are read, a piece at a time.
    """
    vectors = np.empty((len(spans.row), words.shape[1]), np.float32)
    for first in range(0, len(vectors), PIECE):
        piece = slice(first, first + PIECE)
        places, firsts = word_places(spans.start[piece], spans.end[piece])
        # The sum points where the mean does, and only the direction is kept.
        vectors[piece] = np.add.reduceat(words[places].astype(np.float32), firsts)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return vectors
