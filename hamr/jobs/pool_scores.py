"""What a run's model makes of unlabelled rows, and which of them to label first.

A process of its own (`hamr pool-scores RUN`) embeds the rows and predicts them by the model of the
run's best epoch, and by those of all its epochs where they are kept (`pool_history`). It keeps all
in the cache CHUNK rows at a time, so that one that is killed goes on where it was, and a million
rows are never in memory at once. Everybody else reads the cache.

Embeddings are those of the encoder before training, as on the maps, so all runs with one encoder
share them. A head on a frozen encoder reads them too; a fine-tuned model reads the texts. What is
kept of tagged sentences is in `pool_sentences`; they have no history.

Axes: P rows of the pool, C classes, D size of an embedding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from hamr.acquisition import default_of
from hamr.acquisition.orders import Scored, order
from hamr.decisions import Corrections
from hamr.difficulty import FLAT
from hamr.errors import StoreError
from hamr.jobs.neighbour_evidence import cached_embedding_key, note_embedding_key
from hamr.jobs.pool_cache import (
    CHANCES,
    KEYS,
    VECTORS,
    Chunk,
    PoolVectors,
    chunks_of,
    encoder_key,
    pool_of,
)
from hamr.jobs.pool_history import disagreement, head_chances, keep_history
from hamr.jobs.pool_places import place_pool
from hamr.jobs.pool_sentences import (
    entities_by_type,
    expected_entities,
    is_scored,
    score_sentences,
    uncertainty,
)
from hamr.jobs.predicting import predictor_of, weights_of
from hamr.jobs.vectors import row_vectors
from hamr.store import Run
from hamr.store.pools import Pool
from hamr.tasks import features

Report = Callable[[int, int], None]  # rows done, rows in all


# --- for a process with torch ---


def score_pool(
    run: Run, *, report: Report = lambda done, count: None, stop: Callable[[], bool] = lambda: False
) -> bool:
    """Embed and predict all rows of the pool that are not yet, and place them on the map, where it
    is drawn; whether it came to the end.

    Raises StoreError for a run without a model, ModelError where its encoder is gone.
    """
    pool = pool_of(run)
    _note_encoder(run)
    if cached_embedding_key(run) is None:
        note_embedding_key(run, run.dataset())
    own = _Scorer(run)
    for chunk in chunks_of(run, pool):
        if stop():
            return False
        report(chunk.start, len(pool))
        own.score(chunk)
    place_pool(run)
    report(len(pool), len(pool))
    return True


class _Scorer:
    """Loads encoder and model when the first chunk needs them."""

    def __init__(self, run: Run) -> None:
        self._run, self._cache = run, run.store.cache
        self._tuned = run.info.settings.training.fine_tunes
        self._sentences = are_sentences(run)
        self._encoder: Any = None
        self._model: Any = None

    def score(self, chunk: Chunk) -> None:
        """Keep what a chunk lacks."""
        if self._sentences:
            self._score_sentences(chunk)
            return
        vectors = self._vectors(chunk)
        chances = self._cache.get(CHANCES, chunk.chances_key)
        if chances is None:
            chances = self._tuned_chances(chunk) if self._tuned else self._head(vectors)
            self._cache.put(CHANCES, chunk.chances_key, chances.astype(np.float16))
        keep_history(self._run, chunk, vectors, chances)

    def _score_sentences(self, chunk: Chunk) -> None:
        """A model on a frozen encoder makes the embeddings too, so that it reads them once."""
        if not is_scored(self._run, chunk):
            own = score_sentences(self._run, chunk, self._whole_model())
            if not self._tuned and not self._cache.has(VECTORS, chunk.vectors_key):
                self._cache.put(VECTORS, chunk.vectors_key, own)
        self._vectors(chunk)

    def _vectors(self, chunk: Chunk) -> np.ndarray:
        vectors = self._cache.get(VECTORS, chunk.vectors_key)
        if vectors is None:
            blocks = chunk.sentences() if are_sentences(self._run) else chunk.texts()
            parts = [self._embed(texts) for texts in blocks]
            vectors = np.concatenate(parts).astype(np.float16)
            self._cache.put(VECTORS, chunk.vectors_key, vectors)
        return vectors

    def _embed(self, texts: list[str] | list[list[str]]) -> np.ndarray:
        if self._encoder is None:
            from hamr.inference import load_embedder

            info = self._run.info
            self._encoder = load_embedder(info.settings.training, info.task)
        found: np.ndarray = self._encoder.embed(texts)
        return found

    def _whole_model(self) -> Any:
        if self._model is None:
            self._model = predictor_of(self._run)
        return self._model

    def _tuned_chances(self, chunk: Chunk) -> np.ndarray:
        model = self._whole_model()
        return np.concatenate([model.predict(texts).probabilities for texts in chunk.texts()])

    def _head(self, vectors: np.ndarray) -> np.ndarray:
        if self._model is None:
            self._model = weights_of(self._run)
        return head_chances(self._model, vectors)


def _note_encoder(run: Run) -> None:
    """Keep the hash of the encoder's files for processes without torch."""
    from hamr.models import encoder_folder, fingerprint

    own = fingerprint(encoder_folder(run.info.settings.training.model))
    run.store.cache.put(KEYS, encoder_key(run), np.frombuffer(own.encode(), np.uint8))


# --- for everybody ---


def are_sentences(run: Run) -> bool:
    """Whether the rows of the pool are tagged sentences, not texts with a class."""
    return features(run.info.task).entities


def pool_progress(run: Run) -> tuple[int, int]:
    """How many rows of the pool are scored by the run's model, and how many there are."""
    pool, cache = pool_of(run), run.store.cache
    if cache.get(KEYS, encoder_key(run)) is None:
        return 0, len(pool)
    done, sentences = 0, are_sentences(run)
    for chunk in chunks_of(run, pool):
        own = is_scored(run, chunk) if sentences else cache.has(CHANCES, chunk.chances_key)
        if own and cache.has(VECTORS, chunk.vectors_key):
            done += len(chunk)
    return done, len(pool)


def probabilities(run: Run) -> np.ndarray | None:
    """Those that the run's model gives each class of each row of the pool, [P, C] float16; None
    where not all rows are scored.
    """
    chunks = chunks_of(run, pool_of(run))
    found = [run.store.cache.get(CHANCES, chunk.chances_key) for chunk in chunks]
    whole = [part for part in found if part is not None]
    none = np.empty((0, len(run.classes)), np.float16)
    return np.concatenate([none, *whole]) if len(whole) == len(found) else None


def probabilities_of(run: Run, row: int) -> np.ndarray | None:
    """The same of one row, [C] float32; None where it is not scored."""
    for chunk in chunks_of(run, pool_of(run)):
        if chunk.start <= row < chunk.end:
            found = run.store.cache.get(CHANCES, chunk.chances_key)
            return None if found is None else np.asarray(found[row - chunk.start], np.float32)
    return None


def scored(run: Run, corrections: Corrections | None = None) -> Scored:
    """What the run's model makes of all rows of the pool, and what it was trained on.

    The labels of `corrections` that attached rows have since count as labelled rows of their
    classes. Raises StoreError where the pool is not scored yet, or the cache was cleared.
    """
    key, sentences = cached_embedding_key(run), are_sentences(run)
    chances = expected_entities(run) if sentences else probabilities(run)
    if key is None or chances is None:
        raise StoreError("the unlabelled rows are not scored yet: score them, or wait for it")
    return Scored(
        probabilities=chances,
        vectors=PoolVectors(run, list(chunks_of(run, pool_of(run)))),
        labelled=row_vectors(run, key),
        counts=(entities_by_type if sentences else _counts)(run, corrections),
        hardness=_hardness(run),
        disagreement=None if sentences else disagreement(run),
        uncertainty=uncertainty(run) if sentences else None,
    )


def pool_order(run: Run, strategy: str = "", count: int = 1000, *, seed: int = 0) -> np.ndarray:
    """The rows of the pool without a decision, in the order of a strategy, [K]; without a name by
    that which is the default of the task.

    Raises StoreError where the pool is not scored yet, SettingError for another strategy.
    """
    decisions = run.store.decisions(run.info.label_source or "")
    waiting = np.flatnonzero(Pool(decisions).waiting())
    whole = scored(run, decisions.corrections())
    chosen = strategy or default_of(sentences=whole.uncertainty is not None)
    part = replace(whole.some(waiting), vectors=_Some(whole.vectors, waiting))
    found: np.ndarray = waiting[order(part, chosen, count, seed=seed)]
    return found


# --- inside ---


def _counts(run: Run, corrections: Corrections | None) -> np.ndarray:
    """The labelled rows of each class, those that `corrections` have added included, [C]."""
    counts = np.bincount(run.rows().labels, minlength=len(run.classes))
    for label in corrections.added.values() if corrections else ():
        if label in run.classes:
            counts[run.classes.index(str(label))] += 1
    return counts


def _hardness(run: Run) -> np.ndarray:
    """That of the training rows after the last epoch; their loss where the method has none."""
    epoch = run.epochs()[-1]
    found = run.signal("hardness", epoch)
    return found if np.ptp(found) > FLAT else run.signal("loss", epoch)


class _Some:
    """Some rows of other vectors, by their indices there."""

    def __init__(self, whole: Any, rows: np.ndarray) -> None:
        self._whole, self._rows = whole, rows

    def __getitem__(self, rows: slice | np.ndarray) -> np.ndarray:
        found: np.ndarray = self._whole[self._rows[rows]]
        return found
