"""Where predicted entities are among the mentions of a run's training sentences.

The hard regions of tagged sentences are found among the vectors of mentions by the encoder as it
was before training (`hamr.jobs.vectors`), so predicted entities are embedded by that encoder, too:
with a frozen one in the pass that predicts, else in a second pass over the sentences with entities.

Axes: M mentions of the training rows; P predicted entities; K nearest mentions; D width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Int

from hamr.entities import Spans
from hamr.errors import StoreError
from hamr.inference.predictions import Predictions
from hamr.jobs.neighbour_evidence import cached_embedding_key, note_embedding_key
from hamr.jobs.vectors import mention_vectors, span_vectors
from hamr.regions.held_out import TrainingVectors
from hamr.store import Run

if TYPE_CHECKING:
    from hamr.inference import Predictor
    from hamr.inference.passes import Given
    from hamr.models import Encoder

MOST_WORDS = 100_000  # predicted at a time: their vectors take 77 MB with 384 dimensions
ALIKE = 0.99  # cosine similarity from which on a word embedded again is the same; usually 1.0000


class MentionPlaces:
    """The mentions of the training sentences, among which predicted entities are placed."""

    def __init__(self, vectors: Float32[np.ndarray, "m d"], encoder: Encoder | None = None) -> None:
        """`encoder` embeds the words where the model's own encoder is no longer the one that
        embedded the rows.
        """
        self._known, self._encoder = TrainingVectors(vectors), encoder

    def predict(self, predictor: Predictor, texts: Given) -> Predictions:
        """The predictions of sentences, with all that `nearest` needs."""
        return predictor.predict(texts, embeddings=True, words=self._encoder is None)

    def nearest(self, found: Predictions, texts: Given) -> Int[np.ndarray, "p k"]:
        """The training mentions that are most similar to each predicted entity."""
        spans = found.entities
        if not len(spans.row):
            return np.zeros((0, 1), np.int64)
        words = found.words
        if self._encoder is not None:
            words, spans = _again(self._encoder, texts, spans, found)
        assert words is not None  # `predict` has asked for them
        return self._known.nearest(span_vectors(words, spans))


def mention_places(run: Run, predictor: Predictor) -> MentionPlaces | None:
    """Those of a run. None where the vectors of its words are no longer in the cache, and where
    another encoder is in the place of the one that a fine-tuned model began with.
    """
    key = cached_embedding_key(run) or note_embedding_key(run, run.dataset())
    settings = run.info.settings.training
    try:
        vectors = mention_vectors(run, key)
    except StoreError:
        return None
    if not settings.fine_tunes:
        return MentionPlaces(vectors)
    from hamr.models import encoder_folder, load_encoder

    encoder = load_encoder(encoder_folder(settings.model), settings.max_length)
    encoder.model.requires_grad_(False).to(predictor.device)
    return MentionPlaces(vectors, encoder) if _embedded(run, key, encoder) else None


def pieces(texts: Given) -> Iterator[Given]:
    """The sentences, some at a time, so that the vectors of all their words fit into memory."""
    first, words = 0, 0
    for place, text in enumerate(texts):
        own = len(text.split()) if isinstance(text, str) else len(text)
        if words and words + own > MOST_WORDS:
            yield texts[first:place]
            first, words = place, 0
        words += own
    yield texts[first:]


def _again(
    encoder: Encoder, texts: Given, spans: Spans, found: Predictions
) -> tuple[np.ndarray, Spans]:
    """(vectors of the words of the sentences with entities, the entities among these words)."""
    assert found.starts is not None  # they are sentences
    rows, place = np.unique(spans.row, return_inverse=True)
    first, counts = found.starts[rows], found.starts[rows + 1] - found.starts[rows]
    shift = (np.cumsum(counts) - counts - first)[place]
    words = _words(encoder, [_parted(texts[row]) for row in rows.tolist()])
    return words, Spans(place, spans.start + shift, spans.end + shift, spans.type)


def _words(encoder: Encoder, sentences: Sequence[Sequence[str]]) -> np.ndarray:
    """The vectors of their words, [W, D] float16, made as those of the rows."""
    from hamr.models.wordvectors import embed_words

    for _, found in embed_words(encoder, sentences):
        if found is not None:
            return found[1]
    raise AssertionError("embedding ends with the embeddings")


def _parted(text: str | Sequence[str]) -> Sequence[str]:
    return text.split() if isinstance(text, str) else text


def _embedded(run: Run, key: str, encoder: Encoder) -> bool:
    """Whether this encoder has embedded the rows: it embeds the first sentence again."""
    stored, first = run.store.cache.get("words", key), run.rows().words(0)
    assert stored is not None  # the vectors of the mentions are made of them
    own, again = (
        np.asarray(part, np.float32) for part in (stored[: len(first)], _words(encoder, [first]))
    )
    if own.shape != again.shape:
        return False
    lengths = np.linalg.norm(own) * np.linalg.norm(again)
    return bool((own * again).sum() >= ALIKE * lengths)
