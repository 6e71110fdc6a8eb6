"""Embeddings of new texts, made as training made those of a run's rows.

Same encoder, same greatest length, same pooling, so that the cosine similarity of a new text and a
row means what it means between two rows.

Axes: T texts, D size of an embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hamr.config import TrainingSettings
from hamr.records import Task
from hamr.tasks import features

if TYPE_CHECKING:
    from hamr.models import Encoder


class Embedder:
    """The encoder that embedded the rows of a run, for further texts."""

    def __init__(self, encoder: Encoder, task: Task) -> None:
        self._encoder, self._task = encoder, task

    def embed(self, texts: Sequence[str] | Sequence[Sequence[str]]) -> np.ndarray:
        """Their embeddings, [T, D] float32, each of length 1.

        A sentence of a token task is its words: the text, parted at blanks, or a list of them.
        """
        from hamr.training import embed_texts

        return embed_texts(self._task, self._encoder, texts)

    def cuts(self, text: str) -> bool:
        """Whether the text fills all that the encoder reads of one, so that more is left out."""
        if features(self._task).windows:
            return False
        return len(self._encoder.tokenize([text])[0]) >= self._encoder.max_length


def load_embedder(settings: TrainingSettings, task: Task) -> Embedder:
    """Load the encoder that a run with these settings embeds its rows with.

    A run that fine-tunes starts from this encoder; its rows' embeddings are those before training.
    Raises ModelError where its folder is gone, damaged or larger than memory.
    """
    from hamr.models import encoder_folder, load_encoder

    return Embedder(load_encoder(encoder_folder(settings.model), settings.max_length), task)
